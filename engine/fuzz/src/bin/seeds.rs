//! Writes what fuzzing starts with: `seeds FOLDER` makes a folder a target, with a file a seed, and prints the names of the targets.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("where to? seeds FOLDER");
        return ExitCode::from(2);
    };
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &std::path::Path) -> std::io::Result<()> {
    for (name, _) in fuzz::TARGETS {
        let own = folder.join(name);
        std::fs::create_dir_all(&own)?;
        for (number, seed) in fuzz::seeds::of(name).iter().enumerate() {
            std::fs::write(own.join(format!("seed-{number:03}")), seed)?;
        }
        println!("{name}");
    }
    Ok(())
}

//! Pairs of files: an input and what became of it.
#![allow(dead_code)] // each test binary uses its part
#![allow(clippy::unwrap_used)] // only tests call this

use std::fs;
use std::path::{Path, PathBuf};

/// Holds `report(file name, bytes)` of every `.rules` file of a folder against the `.txt` beside it.
pub fn check(folder: &Path, report: fn(&str, &[u8]) -> String) {
    let record = std::env::var_os("PODLYNX_RECORD").is_some();
    let inputs = inputs(folder);
    assert!(!inputs.is_empty(), "no cases in {}", folder.display());
    for input in inputs {
        let name = input.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let got = report(&name, &fs::read(&input).unwrap());
        let expected = input.with_extension("txt");
        if record {
            fs::write(&expected, &got).unwrap();
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        assert!(got == wanted, "{name}: got\n{got}\nbut {} has\n{wanted}", expected.display());
    }
}

/// All recorded text of a folder.
pub fn all_text(folder: &Path) -> String {
    inputs(folder).iter().filter_map(|input| fs::read_to_string(input.with_extension("txt")).ok()).collect()
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "rules"));
    paths.sort();
    paths
}

//! Every target on its seeds, and on each input that once broke it (`kept/TARGET/NAME`).
#![allow(clippy::expect_used, clippy::panic, missing_docs, reason = "a test ends where its files cannot be read")]

use std::path::Path;

#[test]
fn every_target_takes_its_seeds_whole_and_cut() {
    for (name, target) in fuzz::TARGETS {
        let seeds = fuzz::seeds::of(name);
        assert!(!seeds.is_empty(), "{name} has no seed");
        for seed in seeds {
            target(&seed);
            (0..seed.len()).step_by(seed.len() / 16 + 1).for_each(|end| target(&seed[..end]));
        }
    }
}

#[test]
fn what_once_broke_a_target_does_not_any_more() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("kept");
    for folder in std::fs::read_dir(kept).expect("the folder of kept inputs").flatten().filter(|entry| entry.path().is_dir()) {
        let name = folder.file_name().to_string_lossy().into_owned();
        let target = fuzz::target(&name).unwrap_or_else(|| panic!("kept/{name}: no such target"));
        for file in std::fs::read_dir(folder.path()).expect("its files").flatten() {
            println!("{name}/{}", file.file_name().to_string_lossy());
            target(&std::fs::read(file.path()).expect("a kept input"));
        }
    }
}

//! `errors/NAME.rules` beside `errors/NAME.txt`: the rules that load and the diagnostics as people see them.
//! `PODLYNX_RECORD=1 cargo test -p podlynx-rules` writes the `.txt` files anew; look at the difference before you commit it.

use std::fmt::Write;
use std::path::Path;

mod goldens;

fn report(name: &str, source: &[u8]) -> String {
    let file = rules::parse(source);
    let mut text = format!("rules: {}\n", file.rules.len());
    for diagnostic in &file.diagnostics {
        let _ = write!(text, "\n{}", rules::render(diagnostic, name, source));
    }
    text
}

#[test]
fn faults_are_reported_as_recorded() {
    goldens::check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors"), report);
}

#[test]
fn every_entry_of_the_catalogue_has_a_case() {
    let built = ["R001", "R024", "R027", "R028"]; // too large for a file, see limits.rs
    let recorded = goldens::all_text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors"));
    let missing: Vec<_> =
        rules::catalogue::ALL.iter().map(|it| it.code).filter(|code| !built.contains(code) && !recorded.contains(*code)).collect();
    assert!(missing.is_empty(), "no case in tests/errors for {missing:?}");
}

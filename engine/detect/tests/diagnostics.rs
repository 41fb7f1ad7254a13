//! `diagnostics/NAME.rules` beside `diagnostics/NAME.txt`: the rules that load and the faults of meaning as people see them.
//! `PODLYNX_RECORD=1 cargo test -p podlynx-detect` writes the `.txt` files anew; look at the difference before you commit it.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use detect::Variables;

fn report(name: &str, source: &[u8]) -> String {
    let loaded = detect::load(&[(name, source)], &Variables::default(), true, Default::default());
    let mut text = format!("rules: {}\n", loaded.rules.rules().len());
    for refusal in &loaded.refusals {
        let _ = write!(text, "\n{}", rules::render(&refusal.diagnostic, name, source));
    }
    text
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rules"));
    paths.sort();
    paths
}

#[test]
fn faults_are_reported_as_recorded_and_the_next_rule_loads() {
    assert!(!cases().is_empty());
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let got = report(&name, &fs::read(&case).unwrap());
        assert!(got.starts_with("rules: 1\n"), "{name}: one rule in it is fine\n{got}");
        let recorded = case.with_extension("txt");
        if std::env::var_os("PODLYNX_RECORD").is_some() {
            fs::write(&recorded, &got).unwrap();
        }
        let wanted = fs::read_to_string(&recorded).unwrap_or_default();
        assert!(got == wanted, "{name}: got\n{got}\nbut {} has\n{wanted}", recorded.display());
    }
}

#[test]
fn every_code_has_a_case_and_a_hint() {
    let recorded: String = cases().iter().filter_map(|case| fs::read_to_string(case.with_extension("txt")).ok()).collect();
    let built = ["D010"]; // too large for a file, see below
    let without: Vec<&str> =
        detect::diagnose::CODES.iter().map(|(code, _)| *code).filter(|code| !built.contains(code) && !recorded.contains(code)).collect();
    assert!(without.is_empty(), "no case in tests/diagnostics for {without:?}");
}

#[test]
fn flowbit_names_have_a_cap() {
    let cap = detect::draft::Flowbits::CAP;
    let rules: String =
        (0..=cap).map(|i| format!("alert tcp any any -> any 80 (content:\"a\"; flowbits:set,bit{i}; sid:{};)\n", i + 1)).collect();
    let loaded = detect::load(&[("many.rules", rules.as_bytes())], &Variables::default(), true, Default::default());
    assert_eq!(loaded.rules.rules().len(), cap);
    assert_eq!(loaded.refusals.iter().map(|refusal| refusal.diagnostic.code).collect::<Vec<_>>(), ["D010"]);
}

#[test]
fn keywords_are_sorted_told_apart_and_explained() {
    let keywords: Vec<&str> = detect::options::OPTIONS.iter().map(|kind| kind.keyword).collect();
    assert!(keywords.windows(2).all(|pair| pair[0] < pair[1]), "{keywords:?}");
    assert!(detect::options::OPTIONS.iter().all(|kind| !kind.summary.is_empty()));
    assert!(detect::options::NOT_EVALUATED.iter().all(|keyword| detect::options::find(keyword).is_none()));
}

#[test]
fn a_keyword_that_is_not_evaluated_loads_and_never_matches() {
    for keyword in detect::options::NOT_EVALUATED {
        let rule = format!("alert tcp any any -> any 80 (content:\"a\"; {keyword}:1; sid:1;)");
        let loaded = detect::load(&[("one.rules", rule.as_bytes())], &Variables::default(), true, Default::default());
        assert_eq!(loaded.rules.rules().iter().map(|rule| rule.not_evaluated.as_deref()).collect::<Vec<_>>(), [Some(keyword)]);
    }
}

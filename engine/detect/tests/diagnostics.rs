//! `diagnostics/NAME.rules` beside `diagnostics/NAME.txt`: the rules that load and the faults of meaning as people see them.
//! `PODLYNX_RECORD=1 cargo test -p podlynx-detect` writes the `.txt` files anew; look at the difference before you commit it.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use detect::Variables;
use detect::options::{OPTIONS, Support};

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
    let cap = detect::Flowbits::CAP;
    let rules: String =
        (0..=cap).map(|i| format!("alert tcp any any -> any 80 (content:\"a\"; flowbits:set,bit{i}; sid:{};)\n", i + 1)).collect();
    let loaded = detect::load(&[("many.rules", rules.as_bytes())], &Variables::default(), true, Default::default());
    assert_eq!(loaded.rules.rules().len(), cap);
    assert_eq!(loaded.refusals.iter().map(|refusal| refusal.diagnostic.code).collect::<Vec<_>>(), ["D010"]);
}

#[test]
fn keywords_are_sorted_told_apart_and_explained() {
    let keywords: Vec<&str> = OPTIONS.iter().map(|kind| kind.keyword).collect();
    assert!(keywords.windows(2).all(|pair| pair[0] < pair[1]), "{keywords:?}");
    assert!(OPTIONS.iter().all(|kind| !kind.summary.is_empty()));
    let reasons = OPTIONS.iter().filter_map(|kind| if let Support::Refused(why) = kind.support { Some(why) } else { None });
    assert!(reasons.into_iter().all(|why| !why.is_empty()));
}

#[test]
fn an_option_that_is_not_supported_is_refused_by_its_name() {
    for kind in OPTIONS.iter().filter(|kind| matches!(kind.support, Support::Refused(_))) {
        for value in ["", ":1", ":\"text\",1"] {
            let rule = format!("alert tcp any any -> any 80 (content:\"a\"; {}{value}; sid:1;)", kind.keyword);
            let loaded = detect::load(&[("one.rules", rule.as_bytes())], &Variables::default(), true, Default::default());
            let said: Vec<_> =
                loaded.refusals.iter().map(|refusal| (refusal.diagnostic.code, refusal.diagnostic.message.as_str())).collect();
            assert_eq!(said, [("D007", format!("`{}` is not supported", kind.keyword).as_str())], "{rule}");
            assert_eq!(loaded.refusals[0].diagnostic.span.start, rule.find(kind.keyword).unwrap());
            assert!(loaded.rules.rules().is_empty());
        }
    }
}

/// A fault names the option and stands where it is.
#[test]
fn every_option_says_what_is_wrong_with_it() {
    for kind in OPTIONS.iter().filter(|kind| !matches!(kind.support, Support::Refused(_))) {
        let rule = format!("alert tcp any any -> any 80 (content:\"a\"; {}:no such argument; sid:1;)", kind.keyword);
        let loaded = detect::load(&[("one.rules", rule.as_bytes())], &Variables::default(), true, Default::default());
        for refusal in &loaded.refusals {
            let told = &refusal.diagnostic;
            let (start, end) = (rule.find(kind.keyword).unwrap(), rule.rfind("; sid").unwrap());
            assert!(told.span.start >= start && told.span.end <= end, "{rule}: {told:?}");
            assert!(!told.hint.is_empty() && told.message.contains('`'), "{rule}: {told:?}");
        }
    }
}

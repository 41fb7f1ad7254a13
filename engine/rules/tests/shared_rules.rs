//! Rule files that others wrote, read from beside the checkout; nothing of them is kept here.

use std::path::{Path, PathBuf};

fn shared(name: &str) -> Option<(PathBuf, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance").join(name);
    match std::fs::read(&path) {
        Ok(source) => Some((path, source)),
        Err(error) => {
            eprintln!("skipped: {}: {error}", path.display());
            None
        }
    }
}

fn assert_clean(name: &str, rules: usize) {
    let Some((path, source)) = shared(name) else { return };
    let file = rules::parse(&source);
    let shown: Vec<String> = file.diagnostics.iter().take(3).map(|it| rules::render(it, &path.display().to_string(), &source)).collect();
    assert!(file.diagnostics.is_empty(), "{} diagnostics, first:\n{}", file.diagnostics.len(), shown.join("\n"));
    assert_eq!(file.rules.len(), rules);
    for rule in &file.rules {
        assert_eq!(rule.text.as_bytes(), rule.span.bytes(&source));
        assert!(rule.options.iter().any(|option| option.keyword.text == "sid"), "line {} has no sid", rule.line);
    }
}

#[test]
fn every_community_rule_parses() {
    assert_clean("rules/snort3-community.rules", 4017);
}

#[test]
fn every_probe_rule_parses() {
    assert_clean("probe.rules", 496);
}

#[test]
fn community_rules_stand_one_a_line() {
    let Some((_, source)) = shared("rules/snort3-community.rules") else { return };
    let file = rules::parse(&source);
    assert!(file.rules.iter().enumerate().all(|(index, rule)| rule.line == index + 1));
}

/// `{"rule": "...", "loads": true}` a line; the only escapes are `\"` and `\\`.
#[test]
fn odd_rules_that_snort_loads_parse() {
    let Some((_, lines)) = shared("refused.jsonl") else { return };
    for line in String::from_utf8_lossy(&lines).lines().filter(|line| line.ends_with("true}")) {
        let rule = line.trim_start_matches("{\"rule\": \"").trim_end_matches("\", \"loads\": true}");
        let source = rule.replace("\\\"", "\"").replace("\\\\", "\\");
        let file = rules::parse(source.as_bytes());
        assert!(file.rules.len() == 1 && file.diagnostics.is_empty(), "{source}: {:?}", file.diagnostics);
    }
}

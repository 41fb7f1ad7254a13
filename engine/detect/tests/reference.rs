//! The rule language as the reference has it: which rules Snort loads and which it refuses, and the keywords that the community rules use.
//! Both lists lie beside a checkout, not in it; where they are absent the tests say so and pass.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use detect::options::Support;
use serde_json::Value;

/// A file of the reference, where there is one.
fn reference(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: there is no {name} beside the checkout");
    }
    text
}

fn loads(rule: &str) -> bool {
    let loaded = detect::load(&[("one.rules", rule.as_bytes())], &detect::Variables::default(), true, Default::default());
    let refused = loaded.refusals.iter().any(|refusal| refusal.diagnostic.fatal);
    assert_eq!(refused, loaded.rules.rules().is_empty(), "a rule loads or is reported: {rule}");
    !refused
}

#[test]
fn rules_load_where_snort_loads_them() {
    let Some(lines) = reference("conformance/refused.jsonl") else { return };
    let cases = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let differs = |case: &Value| {
        let rule = case["rule"].as_str().unwrap();
        (loads(rule) != case["loads"].as_bool().unwrap()).then(|| format!("Snort loads: {}  {rule}", case["loads"]))
    };
    let wrong: Vec<String> = cases.filter_map(|case| differs(&case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_keyword_of_the_community_rules_is_known_and_evaluated() {
    let Some(text) = reference("reference/rule-census.json") else { return };
    let census: Value = serde_json::from_str(&text).unwrap();
    let keywords = census["options"].as_object().unwrap();
    let usable = |keyword: &String| detect::options::find(keyword).is_some_and(|kind| !matches!(kind.support, Support::Refused(_)));
    let unknown: Vec<&String> = keywords.keys().filter(|keyword| !usable(keyword)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn all_community_rules_load() {
    let Some(rules) = reference("conformance/rules/snort3-community.rules") else { return };
    let loaded = detect::load(&[("community.rules", rules.as_bytes())], &detect::Variables::default(), true, Default::default());
    assert!(loaded.refusals.is_empty(), "{:?}", loaded.refusals.first());
    assert_eq!(loaded.rules.rules().len(), 4017);
}

//! What people and programs want to know of a rule set: figures, faults, lists, and one rule explained. As JSON.

use std::collections::BTreeMap;

use detect::options::Support;
use detect::{Loaded, Profile, Rule, RuleSet};
use serde::Serialize;
use serde_json::{Value, json};

/// Figures of a loaded rule set.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Rules that can be used.
    pub loaded: usize,
    /// Rules that cannot.
    pub refused: usize,
    /// Every fault and warning.
    pub diagnostics: Vec<Fault>,
    /// Rules that were refused for an option, or an argument of one, that is not supported, by its name.
    pub not_supported: BTreeMap<String, usize>,
    /// Rules by keyword.
    pub keywords: BTreeMap<String, usize>,
}

/// A fault with its place.
#[derive(Debug, Clone, Serialize)]
pub struct Fault {
    /// Stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
    /// The rule is not used.
    pub fatal: bool,
    /// Name of the file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in bytes.
    pub column: usize,
    /// The offending text.
    pub excerpt: String,
    /// As a terminal shows it.
    pub rendered: String,
}

/// Figures and faults of what was loaded from `files`.
pub fn report(loaded: &Loaded, files: &[(&str, &[u8])]) -> Report {
    let fault = |refusal: &detect::Refusal| {
        let (name, source) = files.get(refusal.file).copied().unwrap_or(("", &[]));
        let diagnostic = &refusal.diagnostic;
        let (line, column) = rules::line_column(source, diagnostic.span.start);
        let excerpt = source.get(diagnostic.span.start..diagnostic.span.end.min(diagnostic.span.start + 200)).unwrap_or_default();
        Fault {
            code: diagnostic.code,
            message: diagnostic.message.clone(),
            hint: diagnostic.hint.clone(),
            fatal: diagnostic.fatal,
            file: name.to_owned(),
            line,
            column,
            excerpt: String::from_utf8_lossy(excerpt).into_owned(),
            rendered: rules::render(diagnostic, name, source),
        }
    };
    let diagnostics: Vec<Fault> = loaded.refusals.iter().map(fault).collect();
    let (mut keywords, mut not_supported) = (BTreeMap::new(), BTreeMap::new());
    for fault in diagnostics.iter().filter(|fault| fault.code == "D007") {
        *not_supported.entry(fault.message.split('`').nth(1).unwrap_or_default().to_owned()).or_default() += 1;
    }
    for rule in loaded.rules.rules() {
        for keyword in keywords_of(rule) {
            *keywords.entry(keyword).or_default() += 1;
        }
    }
    Report {
        loaded: loaded.rules.rules().len(),
        refused: diagnostics.iter().filter(|fault| fault.fatal).count(),
        diagnostics,
        not_supported,
        keywords,
    }
}

fn keywords_of(rule: &Rule) -> Vec<String> {
    let mut names = rule.about.keywords.clone();
    names.sort();
    names.dedup();
    names
}

pub(crate) fn fast_pattern(rule: &Rule) -> Value {
    match &rule.fast_pattern {
        None => Value::Null,
        Some(pattern) => json!({"buffer": pattern.buffer.name(), "text": printable(&pattern.bytes)}),
    }
}

/// Bytes as a rule writes them: printable text, the rest as |hex|.
fn printable(bytes: &[u8]) -> String {
    let (mut text, mut hex) = (String::new(), false);
    for &byte in bytes {
        let plain = (0x20..0x7f).contains(&byte) && !matches!(byte, b'|' | b'"' | b'\\' | b';');
        if plain == hex {
            text.push('|');
            hex = !hex;
        } else if hex {
            text.push(' ');
        }
        if plain { text.push(byte as char) } else { text.push_str(&format!("{byte:02X}")) }
    }
    if hex {
        text.push('|');
    }
    text
}

fn listed(rule: &Rule) -> Value {
    let about = &rule.about;
    json!({
        "gid": rule.id.gid, "sid": rule.id.sid, "rev": rule.id.rev, "msg": about.msg, "action": about.action,
        "classtype": about.classtype, "class_text": about.class_text,
        "priority": about.priority, "protocol": about.protocol, "services": about.services, "references": about.references,
        "metadata": about.metadata, "text": about.text, "file": about.file, "line": about.line, "fast_pattern": fast_pattern(rule),
    })
}

/// Every rule.
pub fn list(set: &RuleSet) -> Value {
    Value::Array(set.rules().iter().map(listed).collect())
}

/// One rule with what each option does; `None` where there is none of that number.
pub fn explain(set: &RuleSet, gid: u32, sid: u32) -> Option<Value> {
    let rule = set.rules().iter().find(|rule| (rule.id.gid, rule.id.sid) == (gid, sid))?;
    let summary = |keyword: &str| detect::options::find(keyword).map_or("", |kind| kind.summary);
    let step = |text: &detect::StepText, searched: bool| json!({"keyword": text.keyword, "text": text.text, "does": summary(&text.keyword), "searched_only": searched});
    let searched = rule.fast_pattern.as_ref().and_then(|pattern| pattern.only.as_ref());
    let steps: Vec<Value> =
        searched.iter().map(|text| step(text, true)).chain(rule.step_texts.iter().map(|text| step(text, false))).collect();
    let mut value = listed(rule);
    value["steps"] = Value::Array(steps);
    value["stage"] = json!(format!("{:?}", rule.stage).to_lowercase());
    value["flowbits_checked_late"] = json!(rule.checks_flowbits);
    value["alerts"] = json!(!rule.no_alert);
    Some(value)
}

/// What each rule cost that was tried, the most expensive first. Times in nanoseconds.
pub fn costs(set: &RuleSet, profile: &Profile) -> Value {
    let nanoseconds = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let one = |((gid, sid), cost): &((u32, u32), detect::Cost)| {
        let rule = set.rules().iter().find(|rule| (rule.id.gid, rule.id.sid) == (*gid, *sid));
        let text = |option: usize| rule.and_then(|rule| rule.step_texts.get(option)).map(|text| &text.text);
        let failed: Vec<Value> = (cost.failed_at.iter().enumerate().filter(|(_, count)| **count > 0))
            .map(|(option, count)| json!({"option": option + 1, "text": text(option), "count": count}))
            .collect();
        json!({
            "gid": gid, "sid": sid, "rev": rule.map(|rule| rule.id.rev), "msg": rule.map(|rule| &rule.about.msg),
            "fast_pattern": rule.map_or(Value::Null, fast_pattern), "candidates": cost.candidates, "evaluations": cost.evaluations,
            "matches": cost.matches, "over_budget": cost.over_budget, "steps": cost.steps, "failed_at": failed,
            "nanoseconds": nanoseconds(cost.time), "longest": nanoseconds(cost.longest),
        })
    };
    json!({
        "units": profile.units, "search_nanoseconds": nanoseconds(profile.search),
        "rules": profile.costs().iter().map(one).collect::<Vec<_>>(),
    })
}

/// Every keyword with what it does, and what is done with it.
pub fn options() -> Value {
    let row = |kind: &detect::options::OptionKind| {
        let (support, why) = match kind.support {
            Support::Evaluated(_) => ("evaluated", ""),
            Support::Accepted(_) => ("accepted", ""),
            Support::Refused(why) => ("refused", why),
        };
        json!({"keyword": kind.keyword, "does": kind.summary, "support": support, "why": why})
    };
    Value::Array(detect::options::OPTIONS.iter().map(row).collect())
}

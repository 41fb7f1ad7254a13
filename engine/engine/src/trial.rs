//! One trial as JSON: the unit, the options one by one, and the bytes that they looked at.

use std::collections::BTreeMap;

use base64::Engine as _;
use detect::trace::{Place, Trial, Tried};
use detect::{Rule, RuleSet, Subject};
use inspect::{BufferId, Section};
use serde_json::{Value, json};

use crate::describe::{direction, generator, protocol};
use crate::report::fast_pattern;
use crate::world::WirePacket;

/// Bytes shown of a buffer.
const EXCERPT: usize = 4_096;
/// Of them before the first place that was looked at.
const LEAD: usize = 512;

/// The trial of a rule on `subject`; `raised`: an alert came of it.
pub fn told(set: &RuleSet, trial: &Trial, subject: &Subject<'_>, wire: &WirePacket<'_>, raised: bool) -> Value {
    let Some(rule) = set.rule(trial.rule) else { return Value::Null };
    let steps: Vec<Value> = trial.steps.iter().map(|tried| step(rule, tried)).collect();
    json!({
        "gid": rule.id.gid, "sid": rule.id.sid, "rev": rule.id.rev, "msg": rule.about.msg,
        "packet": wire.number, "time": subject.time, "unit": generator(subject, wire), "protocol": protocol(subject.kind),
        "service": subject.service.map(inspect::Service::name), "direction": direction(subject.side), "section": section(subject),
        "src_ip": subject.source.ip.to_string(), "src_port": subject.source.port,
        "dst_ip": subject.destination.ip.to_string(), "dst_port": subject.destination.port,
        "fast_pattern": pattern(rule, subject), "steps": steps, "more_steps": trial.more_steps,
        "outcome": trial.outcome.name(), "raised": raised, "buffers": buffers(rule, trial, subject),
    })
}

fn section(subject: &Subject<'_>) -> &'static str {
    match subject.inspection.section {
        Section::None => "all",
        Section::Header => "headers",
        Section::Body => "body",
        Section::Trailer => "trailers",
    }
}

fn pattern(rule: &Rule, subject: &Subject<'_>) -> Value {
    let mut value = fast_pattern(rule);
    if let Some(pattern) = &rule.fast_pattern {
        value["at"] = json!(pattern.finder.find(subject.inspection.buffers.get(pattern.buffer)));
        value["length"] = json!(pattern.bytes.len());
        value["option"] = json!(pattern.only.as_ref().map(|text| &text.text));
    }
    value
}

fn step(rule: &Rule, tried: &Tried) -> Value {
    let text = rule.step_texts.get(usize::from(tried.step));
    json!({
        "option": tried.step + 1, "text": text.map(|text| &text.text), "keyword": text.map(|text| &text.keyword), "holds": tried.holds,
        "before": place(&tried.before), "after": place(&tried.after), "found": tried.found, "variables": tried.variables, "note": tried.note,
    })
}

fn place(place: &Place) -> Value {
    json!({"buffer": place.buffer.name(), "size": place.size, "base": place.base, "at": place.pos})
}

/// Each buffer that was looked into: where its excerpt begins, and the excerpt in base 64.
fn buffers(rule: &Rule, trial: &Trial, subject: &Subject<'_>) -> Value {
    let mut first: BTreeMap<BufferId, usize> = BTreeMap::new();
    let mut looked = |buffer: BufferId, at: usize| {
        first.entry(buffer).and_modify(|first| *first = at.min(*first)).or_insert(at);
    };
    if let Some(pattern) = &rule.fast_pattern {
        looked(pattern.buffer, pattern.finder.find(subject.inspection.buffers.get(pattern.buffer)).unwrap_or(0));
    }
    for tried in &trial.steps {
        let at = |place: &Place| place.base.map(|base| (place.buffer, base + place.pos));
        at(&tried.before).into_iter().chain(at(&tried.after)).for_each(|(buffer, at)| looked(buffer, at));
    }
    let excerpt = |(buffer, at): (&BufferId, &usize)| {
        let data = subject.inspection.buffers.get(*buffer);
        let start = if data.len() <= EXCERPT { 0 } else { at.saturating_sub(LEAD).min(data.len() - EXCERPT) };
        let bytes = base64::engine::general_purpose::STANDARD.encode(&data[start..data.len().min(start + EXCERPT)]);
        (buffer.name().to_owned(), json!({"offset": start, "bytes": bytes}))
    };
    first.iter().map(excerpt).collect()
}

//! What a trace found, as JSON lines for whoever asked, and the sum of it: how trials ended, and why rules were not tried at all.

use std::collections::{BTreeMap, HashMap};

use detect::{FlowState, Outcome, RuleSet, Subject, Trace};
use serde::Serialize;
use serde_json::{Value, json};

use crate::trial;
use crate::world::WirePacket;

/// Looks on for chosen rules, and keeps what people want to read of it.
#[derive(Debug)]
pub struct Tracing {
    /// Takes the steps down.
    pub trace: Trace,
    /// Trials that are told in full of each way in which trials of a rule end.
    most: u64,
    told: HashMap<(usize, Outcome, u16), u64>,
    sums: Vec<Sum>,
    lines: Vec<u8>,
    /// Trials that were not told, beyond [`Tracing::LINES`] bytes that wait.
    dropped: u64,
}

/// The sum of one rule.
#[derive(Debug, Clone, Default)]
struct Sum {
    units: u64,
    raised: u64,
    ended: BTreeMap<(Outcome, u16), Count>,
    /// By name and text.
    untried: BTreeMap<(&'static str, String), Count>,
}

/// How often, and where first.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Count {
    count: u64,
    first_packet: u64,
}

impl Count {
    fn add(&mut self, packet: u64) {
        if self.count == 0 {
            self.first_packet = packet;
        }
        self.count += 1;
    }
}

/// Reasons kept apart of one rule; further ones are counted by their name alone.
const REASONS: usize = 64;

impl Tracing {
    /// Bytes of lines that wait to be taken.
    pub const LINES: usize = 64 << 20;

    /// For these rules; `most` trials are told in full of each way to end.
    pub fn new(wanted: Vec<(u32, u32)>, most: u64) -> Self {
        let sums = vec![Sum::default(); wanted.len()];
        Self { trace: Trace::new(wanted), most, told: HashMap::new(), sums, lines: Vec::new(), dropped: 0 }
    }

    /// Takes the unit that is over into account.
    pub fn after(&mut self, rules: &RuleSet, subject: &Subject<'_>, state: Option<&FlowState>, wire: &WirePacket<'_>, repeated: &[u32]) {
        let trials = std::mem::take(&mut self.trace.trials);
        let wanted: Vec<Option<u32>> = self.trace.rules().map(|(_, index)| index).collect();
        for (at, index) in wanted.into_iter().enumerate() {
            let Some(sum) = self.sums.get_mut(at) else { continue };
            sum.units += 1;
            let mut own = trials.iter().filter(|trial| Some(trial.rule) == index).peekable();
            if own.peek().is_none() {
                sum.untried(index.map(|index| rules.untried(index, subject, state)), wire.number);
            }
            for trial in own {
                let ending = (trial.outcome, if trial.outcome == Outcome::Failed { trial.reached } else { 0 });
                sum.ended.entry(ending).or_default().add(wire.number);
                let raised = trial.outcome == Outcome::Matched && !repeated.contains(&trial.rule);
                sum.raised += u64::from(raised);
                let told = self.told.entry((at, ending.0, ending.1)).or_default();
                *told += 1;
                if *told > self.most {
                    continue;
                }
                if self.lines.len() > Self::LINES {
                    self.dropped += 1;
                    continue;
                }
                let value = trial::told(rules, trial, subject, wire, raised);
                self.lines.extend(value.to_string().into_bytes());
                self.lines.push(b'\n');
            }
        }
        self.trace.trials = trials;
    }

    /// Takes the trials that were told since, as JSON lines.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.lines)
    }

    /// How trials of each rule ended, and why it was not tried.
    pub fn summary(&self, rules: &RuleSet) -> Value {
        let one = |(((gid, sid), index), sum): (((u32, u32), Option<u32>), &Sum)| {
            let text = |reached: u16| Some(index.and_then(|index| rules.rule(index))?.step_texts.get(usize::from(reached))?.text.clone());
            let ended = sum.ended.iter().map(|((outcome, reached), count)| {
                let failed = *outcome == Outcome::Failed;
                json!({
                    "outcome": outcome.name(), "option": failed.then(|| reached + 1), "text": if failed { text(*reached) } else { None },
                    "count": count.count, "first_packet": count.first_packet,
                })
            });
            let untried = sum.untried.iter().map(
                |((name, text), count)| json!({"reason": name, "text": text, "count": count.count, "first_packet": count.first_packet}),
            );
            json!({
                "gid": gid, "sid": sid, "units": sum.units, "raised": sum.raised,
                "ended": ended.collect::<Vec<_>>(), "untried": untried.collect::<Vec<_>>(),
            })
        };
        json!({"rules": self.trace.rules().zip(&self.sums).map(one).collect::<Vec<_>>(), "dropped": self.dropped})
    }
}

impl Sum {
    fn untried(&mut self, why: Option<detect::Untried>, packet: u64) {
        let (name, text) = why.map_or(("no_rule", "no such rule is in use".to_owned()), |why| (why.name, why.text));
        let known = self.untried.len() < REASONS || self.untried.contains_key(&(name, text.clone()));
        let text = if known { text } else { format!("{} (various)", name.replace('_', " ")) };
        self.untried.entry((name, text)).or_default().add(packet);
    }
}

//! Everything the engine counts, as (name, value): what was seen, what was not inspected and why, which caps were hit.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::account::{Account, Amount};
use crate::admission::Admission;
use crate::filters::Filters;

/// A snapshot.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counters {
    /// Wire packets.
    pub packets: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// What became of all of them.
    pub account: Account,
    /// Of that, what rules have looked at.
    pub inspected: Amount,
    /// Why something is being shed now: 0 nothing is, 1 bulk, 2 long flows too, 3 new flows too.
    pub pressure: u8,
    /// Flows ever begun.
    pub flows: u64,
    /// Flows in the table now.
    pub open_flows: u64,
    /// Bytes that flows and what they wait to reassemble take now.
    pub flow_memory: u64,
    /// Events queued.
    pub events: u64,
    /// Packets that gave rules nothing to look at, by reason.
    pub not_inspected: BTreeMap<String, u64>,
    /// Caps that were hit, by name.
    pub caps: BTreeMap<String, u64>,
    /// Work done.
    pub work: BTreeMap<String, u64>,
    /// Packets whose inspection ended in a fault of the engine; the flow was given up.
    pub faults: u64,
}

impl Counters {
    /// What was left out of the events that rules raised.
    pub(crate) fn add_choice(&mut self, admission: &Admission, filters: &Filters) {
        let queues = [("event_queue.max_queue", admission.beyond_queue), ("event_queue.log", admission.beyond_log)];
        add(&mut self.caps, queues.into_iter().chain(filters.caps()));
        let held = [("events filtered", filters.held_back), ("events passed", filters.passed), ("events logged only", filters.logged_only)];
        add(&mut self.work, held);
    }

    /// Both as one: of two workers.
    pub fn plus(&self, other: &Self) -> Self {
        let add = |mine: &BTreeMap<String, u64>, theirs: &BTreeMap<String, u64>| {
            let mut all = mine.clone();
            theirs.iter().for_each(|(name, count)| *all.entry(name.clone()).or_default() += count);
            all
        };
        let account = self.account.plus(&other.account);
        Self {
            packets: self.packets + other.packets,
            bytes: self.bytes + other.bytes,
            account,
            inspected: account.inspected(),
            pressure: self.pressure.max(other.pressure),
            flows: self.flows + other.flows,
            open_flows: self.open_flows + other.open_flows,
            flow_memory: self.flow_memory + other.flow_memory,
            events: self.events + other.events,
            not_inspected: add(&self.not_inspected, &other.not_inspected),
            caps: add(&self.caps, &other.caps),
            work: add(&self.work, &other.work),
            faults: self.faults + other.faults,
        }
    }
}

/// Adds what was counted at all.
pub(crate) fn add(to: &mut BTreeMap<String, u64>, counts: impl IntoIterator<Item = (&'static str, u64)>) {
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        *to.entry(name.to_owned()).or_default() += count;
    }
}

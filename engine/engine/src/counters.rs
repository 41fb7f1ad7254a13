//! Everything the engine counts, as (name, value): what was seen, what was not inspected and why, which caps were hit.

use std::collections::BTreeMap;

use serde::Serialize;

/// A snapshot.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counters {
    /// Wire packets.
    pub packets: u64,
    /// Bytes of their frames.
    pub bytes: u64,
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

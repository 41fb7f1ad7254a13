//! Memory for what an engine keeps, divided among those who keep something. None gets more than it takes without a budget.

use crate::conversation::Conversation;
use crate::recent::RecentLimits;
use crate::world::EventQueue;
use flow::{DefragLimits, FlowLimits, FlowTable};

/// Bytes that what rides on a flow takes on the heap, about: an inspector, its unfinished messages, its last packets' places.
const RIDER: usize = 1024;

/// Bytes for flows, reassembly, fragments, packets around alerts and events that wait, all together.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    bytes: usize,
}

impl Budget {
    /// Below it an engine is of no use.
    pub const LEAST: usize = 16 << 20;

    /// So many bytes, [`Budget::LEAST`] at least.
    pub fn new(bytes: usize) -> Self {
        Self { bytes: bytes.max(Self::LEAST) }
    }

    /// The part of one of so many workers.
    pub fn share(self, workers: usize) -> Self {
        Self::new(self.bytes / workers.max(1))
    }

    /// Half for flows, a quarter for their queues.
    pub(crate) fn flows(self, usual: FlowLimits) -> FlowLimits {
        let each = FlowTable::<Conversation>::FLOW + RIDER;
        FlowLimits { flows: usual.flows.min(self.bytes / 2 / each), memory: usual.memory.min(self.bytes / 4), ..usual }
    }

    /// A sixteenth.
    pub(crate) fn fragments(self) -> DefragLimits {
        let usual = DefragLimits::default();
        DefragLimits { bytes: usual.bytes.min(self.bytes / 16), ..usual }
    }

    /// An eighth.
    pub(crate) fn events(self) -> usize {
        EventQueue::BYTES.min(self.bytes / 8)
    }

    /// A sixteenth.
    pub(crate) fn recent(self, usual: RecentLimits) -> RecentLimits {
        let node_bytes = usual.node_bytes.min(self.bytes / 16);
        RecentLimits { node_bytes, pod_bytes: usual.pod_bytes.min(node_bytes), ..usual }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_together_are_within_it() {
        for mib in [16, 64, 512, 4096] {
            let budget = Budget::new(mib << 20);
            let flows = budget.flows(FlowLimits::default());
            let recent = budget.recent(RecentLimits::default());
            let flow_bytes = flows.flows * (FlowTable::<Conversation>::FLOW + RIDER);
            let all = flow_bytes + flows.memory + budget.fragments().bytes + budget.events() + recent.node_bytes;
            assert!(all <= mib << 20, "{mib} MiB: {all}");
            assert!(flows.flows >= 1000, "{mib} MiB: {} flows", flows.flows);
        }
        assert_eq!(Budget::new(8 << 30).flows(FlowLimits::default()).flows, FlowLimits::default().flows, "never more than usual");
    }
}

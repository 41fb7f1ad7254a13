//! The last packets of each flow, so that an alert can show what went before it, and what came for a while after.
//!
//! A packet costs one copy of its first bytes into memory that its flow holds; nothing is allocated once every flow has its part. What is
//! said in one go by one side without an answer (a download) keeps its beginning and its latest packet: between them lies bulk.

mod aftermath;
mod budget;
mod slabs;

use flow::{FlowInfo, Side};

pub use aftermath::Aftermath;
use aftermath::Waiting;
use budget::Budget;
pub use slabs::{PACKETS, SNAP};
use slabs::{Slab, Slabs};

use crate::event::{Capture, CapturedPacket};
use crate::world::WirePacket;

/// How much is kept, and how much alerts may carry away.
#[derive(Debug, Clone, Copy)]
pub struct RecentLimits {
    /// Bytes of memory for the packets of all flows.
    pub node_bytes: usize,
    /// Of those, for the flows of one interface (a pod's).
    pub pod_bytes: usize,
    /// Packets kept after an alert.
    pub after: usize,
    /// Nanoseconds, by the packets' time, that those are waited for.
    pub wait: i64,
    /// Bytes of packets that all alerts of a second may carry.
    pub node_rate: u64,
    /// Of those, alerts of one interface.
    pub pod_rate: u64,
}

impl Default for RecentLimits {
    fn default() -> Self {
        Self { node_bytes: 32 << 20, pod_bytes: 4 << 20, after: PACKETS, wait: 1_000_000_000, node_rate: 4 << 20, pod_rate: 1 << 20 }
    }
}

/// Where a flow's packets are kept; rides on the flow.
#[derive(Debug, Clone, Copy)]
pub struct Handle(u32);

impl Default for Handle {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

/// An alert whose packet is being processed.
#[derive(Debug, Clone, Copy)]
struct Fresh {
    flow: u64,
    event: u64,
}

/// Alerts of one packet that are followed by what comes after.
const FRESH: usize = 64;

/// The packets of all flows.
#[derive(Debug)]
pub struct Recent {
    slabs: Slabs,
    waiting: Waiting,
    budget: Budget,
    fresh: Vec<Fresh>,
}

impl Recent {
    /// Nothing yet.
    pub fn new(limits: RecentLimits) -> Self {
        Self {
            slabs: Slabs::new(limits.node_bytes, limits.pod_bytes),
            waiting: Waiting::new(limits.after, limits.wait),
            budget: Budget::new(limits.node_rate, limits.pod_rate),
            fresh: Vec::with_capacity(FRESH),
        }
    }

    /// Keeps a packet of `flow`, after it was inspected. `tells`: it carries bytes, or begins or ends something.
    #[inline]
    pub fn note(&mut self, handle: &mut Handle, flow: &FlowInfo, side: Side, wire: &WirePacket<'_>, tells: bool) {
        if tells {
            if !self.slabs.holds(handle.0, flow.id) {
                self.acquire(handle, flow, wire);
            }
            let slab = self.slabs.at(handle.0);
            slab.push(side, wire);
            if slab.waiting != 0 {
                self.follow(handle.0, wire);
            }
        }
        if !self.fresh.is_empty() {
            self.begin(handle, flow, wire);
        }
    }

    /// What went before an alert on `flow`, as far as the budgets reach; what comes after it is waited for from here on.
    pub fn alert(&mut self, handle: Handle, flow: &FlowInfo, wire: &WirePacket<'_>, event: u64) -> Option<Capture> {
        if self.fresh.len() < FRESH {
            self.fresh.push(Fresh { flow: flow.id, event });
        }
        let slab = self.slabs.holds(handle.0, flow.id).then(|| &*self.slabs.at(handle.0))?;
        let before: Vec<CapturedPacket> = slab.packets().map(slabs::Slot::captured).collect();
        let bytes = before.iter().map(|packet| packet.bytes.len() as u64).sum();
        let room = !before.is_empty() && self.budget.take(wire.ifindex.unwrap_or(0), bytes, wire.time);
        room.then_some(Capture { link_type: slab.link, before })
    }

    /// The flow is over.
    pub fn end(&mut self, handle: Handle, flow: u64) {
        if self.slabs.holds(handle.0, flow) {
            let slab = self.slabs.at(handle.0);
            let waiting = std::mem::take(&mut slab.waiting);
            self.waiting.close(waiting);
            self.slabs.release(handle.0);
        }
    }

    /// Ends the wait of alerts whose time is over.
    pub fn settle(&mut self, now: i64) {
        for slab in self.waiting.settle(now) {
            self.slabs.at(slab).waiting = 0;
        }
    }

    /// Ends every wait.
    pub fn finish(&mut self) {
        self.settle(i64::MAX);
    }

    /// What came after alerts and waits to be taken.
    pub fn take(&mut self) -> Vec<Aftermath> {
        self.waiting.take()
    }

    /// Limits that were reached, by name.
    pub fn caps(&self) -> [(&'static str, u64); 6] {
        [
            ("recent packets of one interface", self.slabs.full_pod),
            ("recent packets of all interfaces", self.slabs.full_node),
            ("packets around alerts of one interface", self.budget.over_pod),
            ("packets around all alerts", self.budget.over_node),
            ("alerts that wait for packets", self.waiting.full),
            ("packets after alerts", self.waiting.dropped),
        ]
    }

    /// Memory of the kept packets, in bytes.
    pub fn memory(&self) -> usize {
        self.slabs.memory()
    }

    #[cold]
    fn acquire(&mut self, handle: &mut Handle, flow: &FlowInfo, wire: &WirePacket<'_>) {
        let (index, stolen) = self.slabs.acquire(flow.id, wire);
        self.waiting.close(stolen);
        handle.0 = index;
    }

    #[cold]
    fn follow(&mut self, index: u32, wire: &WirePacket<'_>) {
        let slab: &mut Slab = self.slabs.at(index);
        let room = self.budget.take(wire.ifindex.unwrap_or(0), wire.frame.len().min(SNAP) as u64, wire.time);
        if self.waiting.follow(slab.waiting, wire, room) {
            slab.waiting = 0;
        }
    }

    #[cold]
    fn begin(&mut self, handle: &mut Handle, flow: &FlowInfo, wire: &WirePacket<'_>) {
        if self.fresh.iter().any(|fresh| fresh.flow == flow.id) {
            if !self.slabs.holds(handle.0, flow.id) {
                self.acquire(handle, flow, wire);
            }
            let slab = self.slabs.at(handle.0);
            for fresh in self.fresh.iter().filter(|fresh| fresh.flow == flow.id) {
                slab.waiting = self.waiting.begin(slab.waiting, fresh.event, handle.0, slab.link, wire.time);
            }
        }
        self.fresh.clear();
    }
}

//! How flows end: idle too long, too many, too large, or the capture is over.

use crate::entry::Class;
use crate::splitter::Application;
use crate::table::FlowTable;
use crate::tcp::Pool;

/// Flows and bytes of queues that [`FlowTable::relieve`] leaves room for.
const LEAST_FLOWS: usize = 4_096;
const LEAST_QUEUES: usize = 4 << 20;

/// Flows that one packet may end because they were idle: spreads the work, and ends them faster than packets create them.
const SWEEP_PER_PACKET: usize = 2;

impl<A: Application> FlowTable<A> {
    /// Ends every flow that was idle too long at `now` (nanoseconds since the epoch). [`FlowTable::process`] does the same bit by
    /// bit; needed only while no packets come.
    pub fn expire(&mut self, now: i64, cx: &mut A::Context<'_>) {
        for class in Class::ALL {
            while self.expire_one(class, now, cx) {}
        }
    }

    /// Ends every flow, as at the end of a capture, the one that was idle longest first.
    pub fn finish(&mut self, cx: &mut A::Context<'_>) {
        let mut order: Vec<(i64, u64, u32)> = (0..)
            .zip(&self.slots)
            .filter_map(|(slot, entry)| {
                let info = &entry.as_deref()?.info;
                Some((info.last, info.id, slot))
            })
            .collect();
        order.sort_unstable();
        for (_, _, slot) in order {
            self.end(slot, cx);
        }
    }

    /// Ends a few flows that were idle too long.
    pub(crate) fn sweep(&mut self, now: i64, cx: &mut A::Context<'_>) {
        let mut left = SWEEP_PER_PACKET;
        for class in Class::ALL {
            while left > 0 && self.expire_one(class, now, cx) {
                left -= 1;
            }
        }
    }

    fn expire_one(&mut self, class: Class, now: i64, cx: &mut A::Context<'_>) -> bool {
        let Some(slot) = self.ages.oldest(class as usize) else { return false };
        let idle = self.slots[slot as usize].as_deref().is_none_or(|entry| entry.is_idle(&self.limits, now));
        if idle {
            self.lapse(slot, cx);
        }
        idle
    }

    /// Ends the flow idle longest while the table is full. Flows that never got past their handshake go first once they fill half of it:
    /// a flood of SYNs does not drive out real connections.
    pub(crate) fn make_room(&mut self, cx: &mut A::Context<'_>) {
        while self.len() >= self.limits.flows.max(1) {
            let Some(slot) = self.oldest() else { return };
            self.counters.flows_evicted += 1;
            self.end(slot, cx);
        }
    }

    fn oldest(&self) -> Option<u32> {
        let embryonic = Class::Embryonic as usize;
        if self.ages.len(embryonic) > self.limits.flows / 2 {
            return self.ages.oldest(embryonic);
        }
        let oldest = Class::ALL.into_iter().filter_map(|class| self.ages.oldest(class as usize));
        oldest.min_by_key(|&slot| self.slots[slot as usize].as_deref().map(|entry| (entry.touched, entry.info.id)))
    }

    /// Takes the queues of the flows idle longest while all queues together are too large.
    pub(crate) fn keep_within_memory(&mut self, cx: &mut A::Context<'_>) {
        while self.queued > self.limits.memory {
            let Some(slot) = self.holders.oldest(0) else { return };
            self.shed(slot, cx);
        }
    }

    /// Gives memory back: a quarter of the flows and half of the queues go, those idle longest first, and never come to be that many again.
    pub fn relieve(&mut self, cx: &mut A::Context<'_>) {
        let (flows, bytes) = (self.len() - self.len() / 4, self.queued / 2);
        while self.len() > flows {
            let Some(slot) = self.oldest() else { break };
            self.counters.process_memory_exceeded += 1;
            self.end(slot, cx);
        }
        self.limits.flows = self.limits.flows.min(flows.max(LEAST_FLOWS));
        self.limits.memory = self.limits.memory.min(bytes.max(LEAST_QUEUES));
        self.keep_within_memory(cx);
        self.pool = Pool::default();
    }

    fn shed(&mut self, slot: u32, cx: &mut A::Context<'_>) {
        self.holders.remove(slot);
        let Some(entry) = self.slots[slot as usize].as_deref_mut() else { return };
        self.queued -= entry.tcp.memory();
        let (streams, mut stage) = entry.parts(cx, &self.limits, &mut self.counters, &mut self.pool);
        let dropped = streams.shed(&mut stage);
        self.counters.memory_exceeded += 1;
        self.counters.memory_dropped_bytes += dropped as u64;
    }

    /// Ends one flow: both sides, then the flow.
    pub(crate) fn end(&mut self, slot: u32, cx: &mut A::Context<'_>) {
        let Some(mut entry) = self.remove(slot) else { return };
        self.queued -= entry.tcp.memory();
        let (streams, mut stage) = entry.parts(cx, &self.limits, &mut self.counters, &mut self.pool);
        streams.close_both(&mut stage);
        entry.app.end(cx, &entry.info);
    }
}

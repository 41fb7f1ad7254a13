//! The flow table: finds a packet's flow, keeps its streams, ends it in time.

use std::hash::{BuildHasher, RandomState};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use wire::{Ip, L4, Packet};

use crate::ages::Ages;
use crate::counters::FlowCounters;
use crate::entry::{CLASSES, Entry};
use crate::info::FlowInfo;
use crate::key::{FlowKey, Kind};
use crate::lapsed::Lapsed;
use crate::limits::{FlowLimits, SECOND};
use crate::splitter::{Application, Side};
use crate::tcp::{Pool, opens_flow};

/// Nanoseconds within which a flow does not move in its list again: expiry is late by as much, packets pay nothing.
const TOUCH_AFTER: i64 = SECOND;

/// What the engine needs to know to inspect the packet itself, after its PDUs went out.
#[derive(Debug)]
pub struct Tracked<'t, A> {
    /// The flow.
    pub info: &'t FlowInfo,
    /// Its application.
    pub app: &'t mut A,
    /// Who sent this packet.
    pub side: Side,
    /// Its payload was queued for reassembly, at least in part.
    pub queued: bool,
}

/// All flows of one worker.
#[derive(Debug)]
pub struct FlowTable<A> {
    pub(crate) limits: FlowLimits,
    pub(crate) counters: FlowCounters,
    hasher: FixedState,
    index: HashTable<(FlowKey, u32)>,
    pub(crate) slots: Vec<Option<Box<Entry<A>>>>,
    free: Vec<u32>,
    /// Flows by idle time, a list for each timeout.
    pub(crate) ages: Ages<CLASSES>,
    /// Flows with queued bytes by idle time.
    pub(crate) holders: Ages<1>,
    /// Memory of all queues of flows, in bytes.
    pub(crate) queued: usize,
    pub(crate) pool: Pool,
    lapsed: Lapsed,
    next_id: u64,
}

impl<A: Application> Default for FlowTable<A> {
    fn default() -> Self {
        Self::new(FlowLimits::default())
    }
}

impl<A: Application> FlowTable<A> {
    /// An empty table.
    pub fn new(limits: FlowLimits) -> Self {
        let seed = limits.seed.unwrap_or_else(|| RandomState::new().hash_one(0_u64));
        Self {
            limits,
            counters: FlowCounters::default(),
            hasher: FixedState::with_seed(seed),
            index: HashTable::new(),
            slots: Vec::new(),
            free: Vec::new(),
            ages: Ages::default(),
            holders: Ages::default(),
            queued: 0,
            pool: Pool::default(),
            lapsed: Lapsed::default(),
            next_id: 1,
        }
    }

    /// Takes one packet at `now` (nanoseconds since the epoch, from the capture): updates or creates its flow, hands out the PDUs
    /// that it completes. `None`: the packet belongs to no flow (bare ACK outside a flow, fragment, no IP, ...).
    ///
    /// The PDUs that the packet acknowledges go out first, then its own payload is queued.
    pub fn process(&mut self, packet: &Packet<'_>, now: i64, cx: &mut A::Context<'_>) -> Option<Tracked<'_, A>> {
        self.counters.packets += 1;
        self.sweep(now, cx);
        let Some((slot, forward)) = self.slot_of(packet, now, cx) else {
            self.counters.packets_without_flow += 1;
            return None;
        };
        let (side, queued) = self.track(slot, forward, packet, now, cx)?;
        self.touch(slot, now);
        self.keep_within_memory(cx);
        let entry = self.slots[slot as usize].as_deref_mut()?;
        Some(Tracked { info: &entry.info, app: &mut entry.app, side, queued })
    }

    /// What it may hold.
    pub fn limits(&self) -> &FlowLimits {
        &self.limits
    }

    /// Bytes of one flow in the table.
    pub const FLOW: usize = size_of::<Entry<A>>() + size_of::<(FlowKey, u32)>() * 2 + size_of::<usize>();

    /// Numbers its flows from here on, so that those of two tables are apart.
    pub fn number_from(&mut self, first: u64) {
        self.next_id = first;
    }

    /// Counters since the start.
    pub fn counters(&self) -> &FlowCounters {
        &self.counters
    }

    /// Memory taken by flows and their queues, in bytes, without what applications hold on the heap.
    pub fn memory(&self) -> usize {
        let flows = self.len() * size_of::<Entry<A>>() + self.slots.capacity() * size_of::<usize>();
        flows + self.index.capacity() * size_of::<(FlowKey, u32)>() + self.queued + self.pool.memory()
    }

    /// Flows in the table.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no flow.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The flow of a packet, found or created, and whether its sender stands first in the key.
    fn slot_of(&mut self, packet: &Packet<'_>, now: i64, cx: &mut A::Context<'_>) -> Option<(u32, bool)> {
        let (key, forward) = FlowKey::of(packet)?;
        let hash = self.hasher.hash_one(key);
        if let Some(&(_, slot)) = self.index.find(hash, |(other, _)| *other == key) {
            if !self.is_over(slot, forward, packet, now) {
                return Some((slot, forward));
            }
            self.end(slot, cx);
        }
        let ip = packet.ip.as_ref()?;
        if matches!(&packet.l4, L4::Tcp(tcp) if !opens_flow(tcp, packet.payload)) {
            return None;
        }
        self.make_room(cx);
        let slot = self.create(key, hash, forward, packet, ip, now);
        if let Some(entry) = self.slots[slot as usize].as_mut().filter(|entry| entry.info.midstream) {
            entry.info.answered = self.lapsed.take(key);
        }
        Some((slot, forward))
    }

    /// Whether a flow ended before this packet: idle too long, or replaced by a new connection.
    fn is_over(&mut self, slot: u32, forward: bool, packet: &Packet<'_>, now: i64) -> bool {
        let Some(entry) = self.slots[slot as usize].as_deref_mut() else { return true };
        if entry.is_idle(&self.limits, now) {
            self.counters.flows_timed_out += 1;
            self.lapsed.note(entry.key);
            return true;
        }
        let L4::Tcp(tcp) = &packet.l4 else { return false };
        let side = entry.side(forward);
        let over = entry.tcp.superseded_by(side, tcp, entry.info.established);
        self.counters.flows_reused += u64::from(over);
        over
    }

    fn create(&mut self, key: FlowKey, hash: u64, forward: bool, packet: &Packet<'_>, ip: &Ip<'_>, now: i64) -> u32 {
        let entry = Entry::new(self.next_id, key, forward, packet, ip, now);
        self.next_id += 1;
        self.counters.midstream_flows += u64::from(entry.info.midstream);
        match key.kind() {
            Kind::Tcp => self.counters.tcp_flows += 1,
            Kind::Udp => self.counters.udp_flows += 1,
            Kind::Icmp => self.counters.icmp_flows += 1,
            Kind::Ip => self.counters.ip_flows += 1,
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        self.slots[slot as usize] = Some(Box::new(entry));
        let hasher = &self.hasher;
        self.index.insert_unique(hash, (key, slot), |(key, _)| hasher.hash_one(key));
        slot
    }

    /// Ends a flow that was idle for too long.
    pub(crate) fn lapse(&mut self, slot: u32, cx: &mut A::Context<'_>) {
        self.counters.flows_timed_out += 1;
        if let Some(entry) = self.slots[slot as usize].as_deref() {
            self.lapsed.note(entry.key);
        }
        self.end(slot, cx);
    }

    /// Takes a flow out of the table, without a word to its application.
    pub(crate) fn remove(&mut self, slot: u32) -> Option<Box<Entry<A>>> {
        let entry = self.slots[slot as usize].take()?;
        let hash = self.hasher.hash_one(entry.key);
        if let Ok(found) = self.index.find_entry(hash, |&(_, other)| other == slot) {
            found.remove();
        }
        self.ages.remove(slot);
        self.holders.remove(slot);
        self.free.push(slot);
        Some(entry)
    }

    /// Counts the packet and does what it says.
    fn track(&mut self, slot: u32, forward: bool, packet: &Packet<'_>, now: i64, cx: &mut A::Context<'_>) -> Option<(Side, bool)> {
        let entry = self.slots[slot as usize].as_deref_mut()?;
        let side = entry.side(forward);
        entry.count(side, packet.ip.as_ref()?, now);
        let L4::Tcp(tcp) = &packet.l4 else { return Some((side, false)) };
        entry.tcp.observe(&mut entry.info, side, tcp, packet.payload.len());
        let before = entry.tcp.memory();
        let (streams, mut stage) = entry.parts(cx, &self.limits, &mut self.counters, &mut self.pool);
        let queued = streams.segment(&mut stage, side, tcp, packet.payload, now);
        streams.release(stage.pool);
        let after = streams.memory();
        self.queued = self.queued + after - before;
        Some((side, queued))
    }

    /// Makes a flow the youngest of its lists, where it is not nearly that already.
    fn touch(&mut self, slot: u32, now: i64) {
        let Some(entry) = self.slots[slot as usize].as_deref_mut() else { return };
        let class = entry.class();
        let moves = entry.listed != Some(class) || now.saturating_sub(entry.touched) >= TOUCH_AFTER;
        if moves {
            (entry.listed, entry.touched) = (Some(class), now);
            self.ages.touch(slot, class as usize);
        }
        match (entry.tcp.memory() > 0, self.holders.holds(slot)) {
            (true, held) if moves || !held => self.holders.touch(slot, 0),
            (false, true) => self.holders.remove(slot),
            _ => {}
        }
    }
}

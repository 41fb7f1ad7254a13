//! Memory for the packets of flows: a slab each, taken from whoever had his longest where none is left.

use flow::Side;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::event::CapturedPacket;
use crate::world::WirePacket;

/// Packets of one flow.
pub const PACKETS: usize = 8;
/// Bytes kept of each.
pub const SNAP: usize = 512;
/// Packets of one side in one go that are kept, the latest among them.
const RUN: u8 = 4;
/// Interfaces that have a part of their own; those beyond share one.
const PODS: usize = 4096;
/// Slabs looked at for one of an interface that has more than whoever needs one.
const LOOKS: usize = 8;
const NONE: u64 = 0;

/// The beginning of a packet.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    time: i64,
    length: u32,
    kept: u16,
    bytes: [u8; SNAP],
}

impl Slot {
    pub(super) fn captured(&self) -> CapturedPacket {
        CapturedPacket { time: self.time, length: self.length, bytes: self.bytes[..usize::from(self.kept)].to_vec() }
    }
}

/// The packets of one flow.
#[derive(Debug, Clone)]
pub(super) struct Slab {
    /// Number of the flow; 0: free.
    owner: u64,
    pod: u32,
    /// Where it stands in its interface's list.
    place: u32,
    /// Number of the wait for what comes after an alert; 0: none.
    pub waiting: u32,
    /// Link type.
    pub link: u16,
    next: u8,
    count: u8,
    run: u8,
    side: u8,
    slots: [Slot; PACKETS],
}

impl Slab {
    fn new() -> Box<Self> {
        let slot = Slot { time: 0, length: 0, kept: 0, bytes: [0; SNAP] };
        let slots = std::array::from_fn(|_| slot.clone());
        Box::new(Self { owner: NONE, pod: 0, place: 0, waiting: 0, link: 0, next: 0, count: 0, run: 0, side: 0, slots })
    }

    /// Keeps a packet; beyond the beginning of what a side says in one go, instead of its latest.
    #[inline]
    pub(super) fn push(&mut self, side: Side, wire: &WirePacket<'_>) {
        self.run = if self.side == side as u8 { self.run.saturating_add(1) } else { 1 };
        self.side = side as u8;
        if self.run <= RUN || self.count == 0 {
            self.next = (self.next + 1) % PACKETS as u8;
            self.count = (self.count + 1).min(PACKETS as u8);
        }
        let slot = &mut self.slots[usize::from(self.next) % PACKETS];
        let kept = wire.frame.len().min(SNAP);
        (slot.time, slot.length, slot.kept) = (wire.time, wire.length, kept as u16);
        slot.bytes[..kept].copy_from_slice(&wire.frame[..kept]);
    }

    /// Oldest first.
    pub(super) fn packets(&self) -> impl Iterator<Item = &Slot> {
        let (next, count) = (usize::from(self.next), usize::from(self.count));
        (0..count).map(move |at| &self.slots[(next + PACKETS + 1 + at - count) % PACKETS])
    }
}

/// The slabs of one interface, and which of them goes next.
#[derive(Debug, Default)]
struct Pod {
    slabs: Vec<u32>,
    hand: usize,
}

/// All slabs.
#[derive(Debug)]
pub(super) struct Slabs {
    all: Vec<Box<Slab>>,
    free: Vec<u32>,
    pods: HashMap<u32, Pod, RandomState>,
    hand: usize,
    most: usize,
    most_of_pod: usize,
    /// Times that an interface had no more room.
    pub full_pod: u64,
    /// Times that there was none at all.
    pub full_node: u64,
}

impl Slabs {
    pub(super) fn new(node_bytes: usize, pod_bytes: usize) -> Self {
        let slabs = |bytes: usize| (bytes / size_of::<Slab>()).max(1);
        Self {
            all: Vec::new(),
            free: Vec::new(),
            pods: HashMap::default(),
            hand: 0,
            most: slabs(node_bytes),
            most_of_pod: slabs(pod_bytes),
            full_pod: 0,
            full_node: 0,
        }
    }

    /// Whether the slab of that number is this flow's.
    #[inline]
    pub(super) fn holds(&self, index: u32, flow: u64) -> bool {
        self.all.get(index as usize).is_some_and(|slab| slab.owner == flow)
    }

    /// The slab of that number, which `holds` or `acquire` gave.
    #[inline]
    pub(super) fn at(&mut self, index: u32) -> &mut Slab {
        &mut self.all[index as usize]
    }

    pub(super) fn memory(&self) -> usize {
        self.all.len() * size_of::<Slab>()
    }

    /// A slab for the flow, empty; and the wait (0: none) that whoever had it before loses.
    pub(super) fn acquire(&mut self, flow: u64, wire: &WirePacket<'_>) -> (u32, u32) {
        let mut pod = wire.ifindex.unwrap_or(0);
        if self.pods.len() >= PODS && !self.pods.contains_key(&pod) {
            pod = 0;
        }
        let index = self.find(pod);
        let slab = &mut self.all[index as usize];
        let lost = std::mem::take(&mut slab.waiting);
        (slab.owner, slab.link) = (flow, wire.link.0);
        (slab.next, slab.count, slab.run) = (0, 0, 0);
        (index, lost)
    }

    /// The flow is over.
    pub(super) fn release(&mut self, index: u32) {
        self.all[index as usize].owner = NONE;
        self.leave(index);
        self.free.push(index);
    }

    fn find(&mut self, pod: u32) -> u32 {
        let mine = self.pods.get(&pod).map_or(0, |pod| pod.slabs.len());
        if mine >= self.most_of_pod {
            self.full_pod += 1;
            return self.oldest_of(pod);
        }
        if let Some(index) = self.free.pop() {
            self.join(index, pod);
            return index;
        }
        if self.all.len() < self.most {
            self.all.push(Slab::new());
            let index = (self.all.len() - 1) as u32;
            self.join(index, pod);
            return index;
        }
        self.full_node += 1;
        // Whoever has his part of all takes from himself: a busy pod does not cost a quiet one its packets.
        if mine > 0 && mine * self.pods.len() >= self.most { self.oldest_of(pod) } else { self.take_from_others(pod, mine) }
    }

    fn oldest_of(&mut self, pod: u32) -> u32 {
        let Some(mine) = self.pods.get_mut(&pod) else { return 0 };
        mine.hand = (mine.hand + 1) % mine.slabs.len();
        mine.slabs[mine.hand]
    }

    fn take_from_others(&mut self, pod: u32, mine: usize) -> u32 {
        for _ in 0..LOOKS {
            self.hand = (self.hand + 1) % self.all.len();
            let owner = self.all[self.hand].pod;
            if self.pods.get(&owner).is_some_and(|other| other.slabs.len() > mine) {
                break;
            }
        }
        let index = self.hand as u32;
        self.leave(index);
        self.join(index, pod);
        index
    }

    fn join(&mut self, index: u32, pod: u32) {
        let list = &mut self.pods.entry(pod).or_default().slabs;
        let slab = &mut self.all[index as usize];
        (slab.pod, slab.place) = (pod, list.len() as u32);
        list.push(index);
    }

    fn leave(&mut self, index: u32) {
        let (pod, place) = (self.all[index as usize].pod, self.all[index as usize].place);
        let Some(mine) = self.pods.get_mut(&pod) else { return };
        mine.slabs.swap_remove(place as usize);
        if let Some(&moved) = mine.slabs.get(place as usize) {
            self.all[moved as usize].place = place;
        }
        if mine.slabs.is_empty() {
            self.pods.remove(&pod);
        }
    }
}

#[cfg(test)]
mod tests;

//! Fragments to datagrams (RFC 791, 3.2; RFC 8200, 4.5).

mod datagram;
mod header;

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use wire::{Ip, Packet};

use crate::counters::DefragCounters;
use crate::limits::SECOND;
use datagram::{Added, Datagram};
use header::Parts;

/// What a [`Defragmenter`] may hold, and for how long.
#[derive(Debug, Clone)]
pub struct DefragLimits {
    /// Incomplete datagrams at once; one more gives up the oldest.
    pub datagrams: usize,
    /// Bytes of all fragments that wait, what keeps them included; beyond it the oldest datagram is given up.
    pub bytes: usize,
    /// Nanoseconds from a datagram's first fragment until it is given up (Linux: 30 s, Snort: 60 s).
    pub timeout: i64,
    /// Seed of the hash. `None`: from the operating system.
    pub seed: Option<u64>,
}

impl Default for DefragLimits {
    fn default() -> Self {
        Self { datagrams: 8_192, bytes: 32 << 20, timeout: 60 * SECOND, seed: None }
    }
}

/// What fragments of one datagram share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    id: u32,
    /// IPv4 only: IPv6 tells the protocol in the first fragment alone.
    protocol: u8,
    vlan: Option<u16>,
}

impl Key {
    fn of(ip: &Ip<'_>, vlan: Option<u16>) -> Self {
        let protocol = if ip.version == 4 { ip.protocol } else { 0 };
        Self { src: ip.src, dst: ip.dst, id: ip.id, protocol, vlan }
    }
}

/// Rebuilds datagrams from their fragments.
///
/// Overlaps follow the policy of Linux (Novak, Target-Based Fragmentation Reassembly, 2005): the fragment with the lower offset wins;
/// of two with the same offset, the later one.
#[derive(Debug)]
pub struct Defragmenter {
    limits: DefragLimits,
    counters: DefragCounters,
    datagrams: HashMap<Key, Datagram, FixedState>,
    /// Datagrams in the order in which they began, by key and number; those complete since are passed over.
    order: VecDeque<(Key, u64)>,
    bytes: usize,
    next_number: u64,
    rebuilt: Vec<u8>,
}

impl Default for Defragmenter {
    fn default() -> Self {
        Self::new(DefragLimits::default())
    }
}

impl Defragmenter {
    /// One without fragments.
    pub fn new(limits: DefragLimits) -> Self {
        let seed = limits.seed.unwrap_or_else(|| RandomState::new().hash_one(0_u64));
        Self {
            limits,
            counters: DefragCounters::default(),
            datagrams: HashMap::with_hasher(FixedState::with_seed(seed)),
            order: VecDeque::new(),
            bytes: 0,
            next_number: 0,
            rebuilt: Vec::new(),
        }
    }

    /// Takes one packet at `now` (nanoseconds since the epoch, from the capture). Where it completes a datagram: that datagram from its
    /// IP header on, without fragment fields (IPv4: checksum and length set; IPv6: without the fragment header). Anything but a fragment
    /// is ignored. The VLAN of the datagram is that of its fragments, which the bytes do not tell.
    pub fn push(&mut self, packet: &Packet<'_>, now: i64) -> Option<&[u8]> {
        let ip = packet.ip.as_ref().filter(|ip| ip.fragment.is_fragment())?;
        self.counters.fragments += 1;
        self.expire(now);
        let Some(parts) = Parts::of(packet.frame, ip) else {
            self.counters.malformed += 1;
            return None;
        };
        let key = Key::of(ip, packet.vlan);
        self.begin(key, now);
        self.add(key, ip, &parts).then(|| &*self.rebuilt)
    }

    /// Counters since the start.
    pub fn counters(&self) -> &DefragCounters {
        &self.counters
    }

    /// Memory taken, in bytes.
    pub fn memory(&self) -> usize {
        let tables = self.datagrams.capacity() * size_of::<(Key, Datagram)>() + self.order.capacity() * size_of::<(Key, u64)>();
        tables + self.bytes + self.rebuilt.capacity()
    }

    /// Datagrams that are not complete.
    pub fn len(&self) -> usize {
        self.datagrams.len()
    }

    /// Whether no fragment waits.
    pub fn is_empty(&self) -> bool {
        self.datagrams.is_empty()
    }

    /// Makes sure that a datagram with this key stands in the table.
    fn begin(&mut self, key: Key, now: i64) {
        if self.datagrams.contains_key(&key) {
            return;
        }
        while self.datagrams.len() >= self.limits.datagrams.max(1) && self.give_up_oldest() {
            self.counters.datagrams_exceeded += 1;
        }
        if self.order.len() > 2 * self.limits.datagrams {
            self.order.retain(|(key, number)| self.datagrams.get(key).is_some_and(|datagram| datagram.number == *number));
        }
        self.order.push_back((key, self.next_number));
        self.datagrams.insert(key, Datagram::new(self.next_number, now));
        self.next_number += 1;
    }

    /// Adds a fragment; answers whether its datagram now stands in `rebuilt`.
    fn add(&mut self, key: Key, ip: &Ip<'_>, parts: &Parts<'_>) -> bool {
        let Some(datagram) = self.datagrams.get_mut(&key) else { return false };
        let before = datagram.memory();
        let added = datagram.add(ip.fragment, parts);
        self.bytes = self.bytes + datagram.memory() - before;
        match added {
            Added::Malformed => self.counters.malformed += 1,
            Added::Nothing => self.counters.repeated += 1,
            Added::Overlapping => self.counters.overlaps += 1,
            Added::Fresh => {}
        }
        if datagram.is_complete() {
            let built = datagram.build(&mut self.rebuilt);
            self.counters.datagrams += u64::from(built);
            self.counters.malformed += u64::from(!built);
            self.give_up(&key);
            return built;
        }
        while self.bytes > self.limits.bytes && self.give_up_oldest() {
            self.counters.bytes_exceeded += 1;
        }
        false
    }

    /// Gives up datagrams whose time is over.
    fn expire(&mut self, now: i64) {
        while let Some((key, number)) = self.order.front() {
            let current = self.datagrams.get(key).filter(|datagram| datagram.number == *number);
            match current.map(|datagram| now.saturating_sub(datagram.start) > self.limits.timeout) {
                Some(false) => return,
                Some(true) => {
                    self.counters.timed_out += 1;
                    self.give_up(&key.clone());
                }
                None => {}
            }
            self.order.pop_front();
        }
    }

    fn give_up(&mut self, key: &Key) {
        if let Some(datagram) = self.datagrams.remove(key) {
            self.bytes -= datagram.memory();
        }
    }

    /// Gives up the datagram that began first; `false` where there is none.
    fn give_up_oldest(&mut self) -> bool {
        while let Some((key, number)) = self.order.pop_front() {
            if self.datagrams.get(&key).is_some_and(|datagram| datagram.number == number) {
                self.give_up(&key);
                return true;
            }
        }
        false
    }
}

//! The links to pods that are being watched: what each carried, and which packets were inspected already because the link of the pod
//! that sent them showed them first.
//!
//! Traffic between two watched pods of a node passes both links. Where nothing translated it on the way both show the same datagram but
//! for what a hop may change: inspecting it twice would raise every alert twice. Equal means equal to the last byte, so nobody can have a
//! packet skipped that was not inspected.

use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;

use capture::{Direction, Frame};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde::Serialize;
use wire::LinkType;

/// Addresses of pods that are remembered; where there are more, packets of the others are inspected on both links.
const HOMES: usize = 16_384;

/// Packets between two links that are remembered. One that is forgotten is inspected on both.
const SIGHTINGS: usize = 8_192;

/// Packets and their bytes.
#[derive(Debug, Clone, Copy, Default, Serialize, PartialEq, Eq)]
pub struct Traffic {
    /// Packets.
    pub packets: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// Packets to one station: the others are the broadcasts and multicasts of a bridge, which every one of its links shows.
    pub unicast: u64,
}

/// What one link carried since it was first watched.
#[derive(Debug, Clone, Copy, Default, Serialize, PartialEq, Eq)]
pub struct Link {
    /// Kernel's index of the interface.
    pub ifindex: u32,
    /// Towards the pod.
    pub to_pod: Traffic,
    /// From the pod.
    pub from_pod: Traffic,
    /// When the last packet came, nanoseconds since the epoch; 0: none yet.
    pub last: i64,
}

/// A packet on its way from one pod to another: hash of what no hop changes (0: none), and the link that showed it.
#[derive(Debug, Clone, Copy, Default)]
struct Sighting {
    hash: u64,
    ifindex: u32,
}

/// The watched links.
#[derive(Debug)]
pub struct Links {
    links: HashMap<u32, Link, RandomState>,
    /// Which link an address was last seen to send from.
    homes: HashMap<IpAddr, u32, RandomState>,
    seen: Box<[Sighting]>,
    /// Packets left out because another link had shown them.
    repeated: u64,
    /// Packets of interfaces that were not watched any more when they were read.
    strangers: u64,
    state: RandomState,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            links: HashMap::default(),
            homes: HashMap::default(),
            seen: vec![Sighting::default(); SIGHTINGS].into(),
            repeated: 0,
            strangers: 0,
            state: RandomState::default(),
        }
    }
}

impl Links {
    /// Watches these and no others. What the others carried is forgotten.
    pub fn watch(&mut self, ifindexes: &[u32]) {
        self.links.retain(|ifindex, _| ifindexes.contains(ifindex));
        for &ifindex in ifindexes {
            self.links.entry(ifindex).or_insert(Link { ifindex, ..Link::default() });
        }
        self.homes.retain(|_, ifindex| ifindexes.contains(ifindex));
    }

    /// What each carried.
    pub fn all(&self) -> impl Iterator<Item = &Link> {
        self.links.values()
    }

    /// Packets left out, by reason.
    pub fn left_out(&self) -> [(&'static str, u64); 2] {
        [("inspected on the sender's link", self.repeated), ("interface no longer watched", self.strangers)]
    }

    /// Counts a frame; whether it has to be inspected. One of an interface that is not watched any more has not.
    pub fn take(&mut self, frame: &Frame<'_>) -> bool {
        let Some(link) = self.links.get_mut(&frame.ifindex) else {
            self.strangers += 1;
            return false;
        };
        let towards = frame.direction == Some(Direction::Outgoing);
        let traffic = if towards { &mut link.to_pod } else { &mut link.from_pod };
        traffic.packets += 1;
        traffic.bytes += frame.data.len() as u64;
        traffic.unicast += u64::from(!is_group(frame));
        link.last = frame.time;
        if self.links.len() < 2 || !self.is_repeated(frame, towards) {
            return true;
        }
        self.repeated += 1;
        false
    }

    fn is_repeated(&mut self, frame: &Frame<'_>, towards: bool) -> bool {
        let Some(datagram) = Datagram::of(frame) else { return false };
        if towards {
            return self.homes.get(&datagram.source).is_some_and(|home| *home != frame.ifindex) && self.recall(&datagram, frame.ifindex);
        }
        self.learn(datagram.source, frame.ifindex);
        if self.homes.get(&datagram.destination).is_some_and(|home| *home != frame.ifindex) {
            let hash = datagram.hash(&self.state);
            self.seen[hash as usize % SIGHTINGS] = Sighting { hash, ifindex: frame.ifindex };
        }
        false
    }

    fn learn(&mut self, source: IpAddr, ifindex: u32) {
        let room = self.homes.len() < HOMES;
        match self.homes.get_mut(&source) {
            Some(home) => *home = ifindex,
            None if room => drop(self.homes.insert(source, ifindex)),
            None => {}
        }
    }

    /// Whether another link showed it; once, so that a repetition by its sender counts as one.
    fn recall(&mut self, datagram: &Datagram<'_>, ifindex: u32) -> bool {
        let hash = datagram.hash(&self.state);
        let slot = &mut self.seen[hash as usize % SIGHTINGS];
        let found = slot.hash == hash && slot.ifindex != ifindex;
        if found {
            *slot = Sighting::default();
        }
        found
    }
}

/// Whether the frame is for many stations (IEEE 802, 8.2.2: the first bit of the destination).
fn is_group(frame: &Frame<'_>) -> bool {
    frame.link == LinkType::ETHERNET && frame.data.first().is_some_and(|first| first & 1 == 1)
}

/// An IP datagram as far as it matters here.
struct Datagram<'a> {
    source: IpAddr,
    destination: IpAddr,
    /// Header fields that no hop changes.
    header: [&'a [u8]; 3],
    protocol: u8,
    body: &'a [u8],
}

impl<'a> Datagram<'a> {
    fn of(frame: &Frame<'a>) -> Option<Self> {
        let ip = match frame.link {
            LinkType::ETHERNET => match frame.data.get(12..14)? {
                [0x08, 0x00] | [0x86, 0xdd] => frame.data.get(14..)?,
                _ => return None,
            },
            LinkType::RAW => frame.data,
            _ => return None,
        };
        match ip.first()? >> 4 {
            4 => Self::of_ipv4(ip),
            6 => Self::of_ipv6(ip),
            _ => None,
        }
    }

    /// All but TOS, TTL and header checksum (RFC 791, 3.1).
    fn of_ipv4(ip: &'a [u8]) -> Option<Self> {
        let length = usize::from(ip.first()? & 15) * 4;
        let (header, body) = (ip.get(..length.max(20))?, ip.get(length.max(20)..)?);
        let four = |at: usize| <[u8; 4]>::try_from(&header[at..at + 4]).map(IpAddr::from).ok();
        let fragment = header[6] & 0x1f != 0 || header[7] != 0;
        Some(Self {
            source: four(12)?,
            destination: four(16)?,
            header: [&header[..1], &header[2..8], &header[12..]],
            protocol: if fragment { 0 } else { header[9] },
            body,
        })
    }

    /// All but traffic class, flow label and hop limit (RFC 8200, 3).
    fn of_ipv6(ip: &'a [u8]) -> Option<Self> {
        let (header, body) = (ip.get(..40)?, ip.get(40..)?);
        let sixteen = |at: usize| <[u8; 16]>::try_from(&header[at..at + 16]).map(IpAddr::from).ok();
        Some(Self {
            source: sixteen(8)?,
            destination: sixteen(24)?,
            header: [&header[..0], &header[4..7], &header[8..]],
            protocol: header[6],
            body,
        })
    }

    /// Never 0. A checksum that a stack left to hardware may be filled in between two links, so TCP's and UDP's do not count.
    fn hash(&self, state: &RandomState) -> u64 {
        let mut hasher = state.build_hasher();
        hasher.write_u8(self.protocol);
        self.header.iter().for_each(|part| hasher.write(part));
        let checksum = match self.protocol {
            6 => 16,
            17 => 6,
            _ => self.body.len(),
        };
        hasher.write(&self.body[..checksum.min(self.body.len())]);
        hasher.write(self.body.get(checksum + 2..).unwrap_or_default());
        hasher.finish().max(1)
    }
}

#[cfg(test)]
mod tests;

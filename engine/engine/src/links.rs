//! The links to pods that are being watched: what each carried, and which of two links inspects what passes both.
//!
//! Traffic between two watched pods of a node passes both links, and inspecting it twice would raise every alert twice. What counts is
//! what arrives: a pod in an attacker's hands can send what never reaches the other (to a station that nobody has, with a TTL too low,
//! against a policy), and inspected as part of the stream it would hide the bytes that do. So the receiver's link inspects and the
//! sender's leaves it to that one, with these exceptions, in which the sender's inspects and an equal packet at the receiver's is skipped:
//!
//! - Acknowledgements without data: what a pod has taken is told by its own link even where they never arrive. They hold nothing to hide.
//! - Answers in a conversation whose packets arrived otherwise than they were sent (a Service's address was translated): the other link
//!   shows them under another address, where nobody could put them to what was asked.
//!
//! Equal means equal to the last byte but for what a hop may change, so nobody can have a packet skipped that was not inspected. Who lives
//! behind a link is told (`lodge`), never learned from packets, which may be forged.

use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;

use capture::{Direction, Frame};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde::Serialize;
use wire::LinkType;

use crate::account::{Amount, Fate, ShedAmounts};

/// Addresses of pods that are remembered; where there are more, packets of the others are inspected on both links.
const HOMES: usize = 16_384;

/// Translated conversations that are remembered; one that is forgotten is noted again with the next packet that arrives of it.
const TRANSLATED: usize = 8_192;

/// Link-layer addresses of one pod that are remembered; a pod with more of them takes everything.
const STATIONS: usize = 4;

/// Packets between two links that are remembered. One that is forgotten is inspected on both.
const SIGHTINGS: usize = 8_192;

/// Packets and their bytes.
#[derive(Debug, Clone, Copy, Default, Serialize, PartialEq, Eq)]
pub struct Traffic {
    /// Packets.
    pub packets: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// TCP segments to this very station: every conversation of theirs goes both ways. Datagrams need not, and the broadcasts and floods of
    /// a bridge come by every one of its links.
    pub tcp: u64,
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
    /// What became of it.
    #[serde(flatten)]
    pub left_out: LeftOut,
    /// When the last packet came, nanoseconds since the epoch; 0: none yet.
    pub last: i64,
}

/// What of a link's packets was not inspected.
#[derive(Debug, Clone, Copy, Default, Serialize, PartialEq, Eq)]
pub struct LeftOut {
    /// There was nothing in them for rules, or another link shows them.
    pub skipped: Amount,
    /// There was no time for them.
    pub shed: ShedAmounts,
}

impl Link {
    /// Both as one: of two workers.
    pub fn plus(&self, other: &Self) -> Self {
        let add = |one: Traffic, two: Traffic| Traffic {
            packets: one.packets + two.packets,
            bytes: one.bytes + two.bytes,
            tcp: one.tcp + two.tcp,
        };
        let mut shed = self.left_out.shed;
        shed.0.iter_mut().zip(other.left_out.shed.0).for_each(|(mine, theirs)| *mine = mine.plus(theirs));
        Self {
            ifindex: self.ifindex,
            to_pod: add(self.to_pod, other.to_pod),
            from_pod: add(self.from_pod, other.from_pod),
            left_out: LeftOut { skipped: self.left_out.skipped.plus(other.left_out.skipped), shed },
            last: self.last.max(other.last),
        }
    }
}

/// Link-layer addresses (IEEE 802) that a pod sends from. A bridge floods what it knows no station for: that comes by the link and is
/// not taken by the pod, whose stream it is no part of. Only what the pod itself sends tells.
#[derive(Debug, Clone, Copy, Default)]
struct Stations {
    known: [[u8; 6]; STATIONS],
    count: usize,
}

impl Stations {
    fn learn(&mut self, station: [u8; 6]) {
        if self.count <= STATIONS && !self.known[..self.count.min(STATIONS)].contains(&station) {
            if let Some(free) = self.known.get_mut(self.count) {
                *free = station;
            }
            self.count += 1;
        }
    }

    /// Whether the pod does not take it; of a pod that has sent nothing yet, or as more stations than are kept, nobody knows.
    fn others(&self, station: [u8; 6]) -> bool {
        (1..=STATIONS).contains(&self.count) && !self.known[..self.count].contains(&station)
    }
}

/// A packet on its way from one pod to another: hash of what no hop changes (0: none), and the link that showed it.
#[derive(Debug, Clone, Copy, Default)]
struct Sighting {
    hash: u64,
    ifindex: u32,
    inspected: bool,
}

/// The watched links.
#[derive(Debug)]
pub struct Links {
    links: HashMap<u32, (Link, Stations), RandomState>,
    /// Which link leads to an address.
    homes: HashMap<IpAddr, u32, RandomState>,
    seen: Box<[Sighting]>,
    /// Hashes of directions whose packets are inspected where they are sent, since those of the other direction arrive translated.
    translated: Box<[u64]>,
    /// Packets left out because the sender's link had shown them.
    repeated: u64,
    /// Packets left out because the receiver's link shows them if they arrive.
    left: u64,
    /// Packets that came by a link and are not for its pod.
    elsewhere: u64,
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
            translated: vec![0; TRANSLATED].into(),
            repeated: 0,
            left: 0,
            elsewhere: 0,
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
            self.links.entry(ifindex).or_insert((Link { ifindex, ..Link::default() }, Stations::default()));
        }
    }

    /// These addresses, and no others, are those of the pods behind the links.
    pub fn lodge(&mut self, addresses: impl IntoIterator<Item = (IpAddr, u32)>) {
        self.homes.clear();
        self.homes.extend(addresses.into_iter().take(HOMES));
    }

    /// What each carried.
    pub fn all(&self) -> impl Iterator<Item = &Link> {
        self.links.values().map(|(link, _)| link)
    }

    /// Packets left out, by reason.
    pub fn left_out(&self) -> [(&'static str, u64); 4] {
        [
            ("inspected on the sender's link", self.repeated),
            ("left to the receiver's link", self.left),
            ("not for the pod of its link", self.elsewhere),
            ("interface no longer watched", self.strangers),
        ]
    }

    /// Notes that a frame which was counted did not come to be inspected.
    #[cold]
    pub(crate) fn leave_out(&mut self, fate: Fate, frame: &Frame<'_>) {
        let Some((link, _)) = self.links.get_mut(&frame.ifindex) else { return };
        match fate {
            Fate::Inspected => {}
            Fate::Skipped => link.left_out.skipped.add(frame.counted_len),
            Fate::Shed(reason) => link.left_out.shed.0[reason as usize].add(frame.counted_len),
        }
    }

    /// Counts a frame; whether it has to be inspected. One of an interface that is not watched any more has not.
    pub fn take(&mut self, frame: &Frame<'_>) -> bool {
        let Some((link, stations)) = self.links.get_mut(&frame.ifindex) else {
            self.strangers += 1;
            return false;
        };
        let towards = frame.direction == Some(Direction::Outgoing);
        let elsewhere = towards && is_for_another(frame, stations);
        if let (false, Some(station)) = (towards, station(frame, 6)) {
            stations.learn(station);
        }
        let traffic = if towards { &mut link.to_pod } else { &mut link.from_pod };
        traffic.packets += 1;
        traffic.bytes += u64::from(frame.counted_len);
        traffic.tcp += u64::from(!elsewhere && is_tcp(frame));
        link.last = frame.time;
        if elsewhere {
            self.elsewhere += 1;
            return false;
        }
        if self.homes.len() < 2 || self.links.len() < 2 {
            return true;
        }
        let Some(datagram) = Datagram::of(frame) else { return true };
        if towards { self.arrives(&datagram, frame.ifindex) } else { self.leaves(&datagram, frame.ifindex) }
    }

    /// Whether a packet that a pod sends has to be inspected where it is sent.
    fn leaves(&mut self, datagram: &Datagram<'_>, ifindex: u32) -> bool {
        let Some(receiver) = self.homes.get(&datagram.destination).filter(|home| **home != ifindex) else { return true };
        if !self.links.contains_key(receiver) {
            return true;
        }
        let direction = datagram.direction(&self.state);
        let inspected = datagram.only_acknowledges() || self.translated[direction as usize % TRANSLATED] == direction;
        let hash = datagram.hash(&self.state);
        self.seen[hash as usize % SIGHTINGS] = Sighting { hash, ifindex, inspected };
        self.left += u64::from(!inspected);
        inspected
    }

    /// Whether a packet that comes to a pod has to be inspected: all but what was, where it was sent.
    fn arrives(&mut self, datagram: &Datagram<'_>, ifindex: u32) -> bool {
        if self.homes.get(&datagram.source).is_none_or(|home| *home == ifindex) {
            return true;
        }
        let answers = datagram.answers(&self.state);
        let noted = &mut self.translated[answers as usize % TRANSLATED];
        let hash = datagram.hash(&self.state);
        let slot = &mut self.seen[hash as usize % SIGHTINGS];
        if slot.hash != hash || slot.ifindex == ifindex {
            *noted = answers;
            return true;
        }
        if *noted == answers {
            *noted = 0;
        }
        // Once, so that a repetition by its sender counts as one.
        let inspected = std::mem::take(slot).inspected;
        self.repeated += u64::from(inspected);
        !inspected
    }
}

/// Whether the frame is for many stations (IEEE 802, 8.2.2: the first bit of the destination).
fn is_group(frame: &Frame<'_>) -> bool {
    frame.link == LinkType::ETHERNET && frame.data.first().is_some_and(|first| first & 1 == 1)
}

/// Whether it is a TCP segment for one station, as far as its first header tells.
fn is_tcp(frame: &Frame<'_>) -> bool {
    let ip = match frame.link {
        LinkType::ETHERNET if !is_group(frame) => frame.data.get(14..),
        LinkType::RAW => Some(frame.data),
        _ => None,
    };
    ip.is_some_and(|ip| match ip.first().map(|first| first >> 4) {
        Some(4) => ip.get(9) == Some(&6),
        Some(6) => ip.get(6) == Some(&6),
        _ => false,
    })
}

/// The link-layer address at that place of the frame: 0 of whom it is for, 6 of whom it is from.
fn station(frame: &Frame<'_>, at: usize) -> Option<[u8; 6]> {
    if frame.link != LinkType::ETHERNET {
        return None;
    }
    frame.data.get(at..at + 6)?.try_into().ok()
}

/// Whether the pod behind the link does not take it: it is for another station, or a TCP segment for all of them (RFC 1122, 4.2.3.10).
fn is_for_another(frame: &Frame<'_>, stations: &Stations) -> bool {
    if is_group(frame) {
        return Datagram::of(frame).is_some_and(|datagram| datagram.protocol == 6);
    }
    station(frame, 0).is_some_and(|station| stations.others(station))
}

/// An IP datagram as far as it matters here.
struct Datagram<'a> {
    source: IpAddr,
    destination: IpAddr,
    /// Header fields that no hop changes.
    header: [&'a [u8]; 3],
    protocol: u8,
    body: &'a [u8],
    /// Length of the body as the header says it: a short frame may be filled up.
    length: usize,
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
            length: usize::from(u16::from_be_bytes([header[2], header[3]])).saturating_sub(header.len()),
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
            length: usize::from(u16::from_be_bytes([header[4], header[5]])),
        })
    }

    /// A TCP segment with ACK alone and no data (RFC 9293, 3.1); the bits of congestion notification do not count.
    fn only_acknowledges(&self) -> bool {
        let header = self.body.get(12).map_or(0, |first| usize::from(first >> 4) * 4);
        self.protocol == 6 && header >= 20 && self.length == header && self.body.get(13).is_some_and(|flags| flags & 0x3f == 0x10)
    }

    /// Hash of who sends to whom, by which ports where there are some. Never 0.
    fn direction(&self, state: &RandomState) -> u64 {
        let (from, to) = self.ports();
        state.hash_one((self.protocol, self.source, from, self.destination, to)).max(1)
    }

    /// `direction` of what answers it.
    fn answers(&self, state: &RandomState) -> u64 {
        let (from, to) = self.ports();
        state.hash_one((self.protocol, self.destination, to, self.source, from)).max(1)
    }

    fn ports(&self) -> (&'a [u8], &'a [u8]) {
        let known = matches!(self.protocol, 6 | 17 | 132) && self.body.len() >= 4;
        if known { (&self.body[..2], &self.body[2..4]) } else { (&[], &[]) }
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

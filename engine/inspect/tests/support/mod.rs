//! Drives an inspector as the engine does: octets in pieces, PDUs where it says so, the rest at the end of the stream.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::panic, clippy::expect_used, reason = "a test ends where its flow cannot go on")]

pub mod conversations;

use flow::{Pdu, PduEnd, Scan, ScanAt, Side};
use inspect::flush_ring::FlushRing;
use inspect::{BufferId, Inspection, Inspector, Service, registry};

/// What a rule would see of one unit of detection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub side: Side,
    pub raw: Vec<u8>,
    /// Buffers that a test looks at, as text: only those that are set.
    pub text: String,
    pub encrypted: bool,
    pub ssl_states: u32,
    pub ssl_versions: u32,
    pub file: Vec<u8>,
}

impl Unit {
    fn of(side: Side, inspection: &Inspection<'_>) -> Self {
        let ssl = inspection.facts.ssl.unwrap_or_default();
        Self {
            side,
            raw: inspection.buffers.get(BufferId::RawData).to_vec(),
            text: describe(inspection),
            encrypted: inspection.encrypted,
            ssl_states: ssl.states,
            ssl_versions: ssl.versions,
            file: inspection.buffers.get(BufferId::FileData).to_vec(),
        }
    }
}

/// `pkt_data`, then the other buffers and facts with their names.
fn describe(inspection: &Inspection<'_>) -> String {
    let mut text = inspection.buffers.get(BufferId::PktData).escape_ascii().to_string();
    if inspection.alternate {
        text += " [alternate]";
    }
    for id in [BufferId::FileData, BufferId::SipHeader, BufferId::SipBody, BufferId::DceStubData] {
        let octets = inspection.buffers.get(id);
        if !octets.is_empty() {
            text += &format!(" {}={}", id.name(), octets.escape_ascii());
        }
    }
    if let Some(sip) = inspection.facts.sip {
        text += &format!(" method={} status={:?}", sip.method.escape_ascii(), sip.status);
    }
    if let Some(dce) = inspection.facts.dce {
        let interface = dce.interface.map(|uuid| format!("{:02x}{:02x}..", uuid[0], uuid[1]));
        text += &format!(" interface={} opnum={:?}", interface.unwrap_or_default(), dce.opnum);
    }
    text
}

/// One flow under test.
#[derive(Debug)]
pub struct Stream {
    pub inspector: Box<dyn Inspector>,
    pending: [Vec<u8>; 2],
    segments: [usize; 2],
    /// The inspector gave a side up.
    pub given_up: [bool; 2],
    pub units: Vec<Unit>,
    /// Lengths of all PDUs.
    pub pdus: Vec<usize>,
    largest: usize,
}

impl Stream {
    /// A flow of `service`; `None`: it has no inspector.
    pub fn new(service: Service) -> Option<Self> {
        Some(Self {
            inspector: registry::inspector(service, &FlushRing::default())?,
            pending: Default::default(),
            segments: [0; 2],
            given_up: [false; 2],
            units: Vec::new(),
            pdus: Vec::new(),
            // HTTP has sections of its own sizes.
            largest: if matches!(service, Service::Http | Service::Http2) { usize::MAX } else { inspect_limit() },
        })
    }

    /// Shows a segment of `side`.
    pub fn send(&mut self, side: Side, segment: &[u8]) {
        let (s, mut rest) = (side as usize, segment);
        while !rest.is_empty() && !self.given_up[s] {
            let at = ScanAt { pending: self.pending[s].len(), segments: self.segments[s], more: false };
            match self.inspector.scan(side, rest, at) {
                None => self.given_up[s] = true,
                Some(Scan::Restart) => panic!("an inspector never asks to be bound again"),
                Some(Scan::More) => {
                    self.pending[s].extend_from_slice(rest);
                    self.segments[s] += 1;
                    rest = &[];
                }
                Some(Scan::Flush(end)) => {
                    assert!((1..=rest.len()).contains(&end), "flush at {end} of {}", rest.len());
                    self.pending[s].extend_from_slice(&rest[..end]);
                    rest = &rest[end..];
                    self.flush(side, PduEnd::Splitter);
                }
            }
        }
    }

    fn flush(&mut self, side: Side, end: PduEnd) {
        let data = std::mem::take(&mut self.pending[side as usize]);
        self.segments[side as usize] = 0;
        self.pdus.push(data.len());
        assert!(data.len() <= self.largest, "a PDU of {} octets", data.len());
        let units = &mut self.units;
        self.inspector.inspect(side, &Pdu { data: &data, time: 0, sequence: 0, end }, &mut |i| units.push(Unit::of(side, i)));
        let _ = self.inspector.expected();
    }

    /// Ends both directions.
    pub fn close(&mut self) {
        for side in [Side::Client, Side::Server] {
            if !self.pending[side as usize].is_empty() && !self.given_up[side as usize] {
                self.flush(side, PduEnd::Close);
            }
            let units = &mut self.units;
            self.inspector.drain(side, &mut |i| units.push(Unit::of(side, i)));
            self.inspector.close(side);
        }
    }
}

/// A PDU ends with the segment that brings it to the limit.
fn inspect_limit() -> usize {
    16_384 + 65_535
}

/// How a turn of a conversation is cut into segments.
#[derive(Debug, Clone, Copy)]
pub enum Cut {
    Whole,
    /// Segments of this many octets.
    Every(usize),
    /// Two segments, the first of at most this many octets.
    After(usize),
}

impl Cut {
    pub fn pieces(self, turn: &[u8]) -> Vec<&[u8]> {
        match self {
            Self::Whole => vec![turn],
            Self::Every(octets) => turn.chunks(octets).collect(),
            Self::After(octets) => {
                let (first, second) = turn.split_at(octets.min(turn.len()));
                vec![first, second]
            }
        }
    }

    /// Whole, octet by octet, and every way to cut turns of at most `longest` octets in two.
    pub fn all(longest: usize) -> impl Iterator<Item = Self> {
        [Self::Whole, Self::Every(1), Self::Every(3)].into_iter().chain((1..longest).map(Self::After))
    }
}

/// Runs a whole conversation.
pub fn run(service: Service, turns: &[(Side, &[u8])], cut: Cut) -> Stream {
    let mut stream = Stream::new(service).unwrap_or_else(|| panic!("no inspector of {}", service.name()));
    for (side, turn) in turns {
        for piece in cut.pieces(turn) {
            stream.send(*side, piece);
        }
    }
    stream.close();
    stream
}

/// Numbers that look random and are the same each time (xorshift, Marsaglia 2003).
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap_or(0)
    }

    pub fn octets(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| u8::try_from(self.below(256)).unwrap_or(0)).collect()
    }
}

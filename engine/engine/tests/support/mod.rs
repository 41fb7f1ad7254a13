//! Forged captures: hosts that talk over Ethernet and IPv4, and an engine that looks on.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a rule that does not load is a mistake in the test")]

use std::sync::Arc;

use capture::Frame;
use detect::{RuleSet, Variables};
use engine::{ChecksumPolicy, Engine, Event};
use wire::{LinkType, tcp_flags};

pub const SECOND: i64 = 1_000_000_000;
pub const START: i64 = 1_700_000_000 * SECOND;

/// Address (last byte of 10.0.0.x) and port.
pub type End = (u8, u16);

/// Frames with their times and interfaces, in order.
#[derive(Debug, Clone, Default)]
pub struct Wire {
    pub frames: Vec<(i64, u32, Vec<u8>)>,
    now: i64,
    ip_id: u16,
    /// Interface that the next frames come by; 0 as in files.
    pub ifindex: u32,
}

fn sum(bytes: &[u8]) -> u32 {
    bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum()
}

/// The Internet checksum of RFC 1071.
fn fold(mut sum: u32) -> [u8; 2] {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

impl Wire {
    /// Lets time pass.
    pub fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now += seconds * SECOND;
        self
    }

    /// One datagram; `fragment` is the word of bits and offset.
    pub fn ip(&mut self, from: u8, to: u8, protocol: u8, fragment: u16, inside: &[u8]) -> &mut Self {
        let mut header = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, from, 10, 0, 0, to];
        header[2..4].copy_from_slice(&(20 + inside.len() as u16).to_be_bytes());
        header[4..6].copy_from_slice(&self.ip_id.to_be_bytes());
        header[6..8].copy_from_slice(&fragment.to_be_bytes());
        let checksum = fold(sum(&header));
        header[10..12].copy_from_slice(&checksum);
        let ethernet = [2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0];
        self.frames.push((START + self.now, self.ifindex, [&ethernet, &header[..], inside].concat()));
        self.now += 1_000_000;
        self.ip_id += u16::from(fragment & 0x2000 == 0);
        self
    }

    fn checked(from: u8, to: u8, protocol: u8, at: usize, mut segment: Vec<u8>) -> Vec<u8> {
        let pseudo = [10, 0, 0, from, 10, 0, 0, to, 0, protocol];
        let checksum = fold(sum(&pseudo) + segment.len() as u32 + sum(&segment));
        segment[at..at + 2].copy_from_slice(&checksum);
        segment
    }

    pub fn udp(&mut self, from: End, to: End, payload: &[u8]) -> &mut Self {
        let datagram = Self::udp_datagram(from, to, payload);
        self.ip(from.0, to.0, 17, 0, &datagram)
    }

    /// The datagram without its IP header.
    pub fn udp_datagram(from: End, to: End, payload: &[u8]) -> Vec<u8> {
        let length = 8 + payload.len() as u16;
        let datagram = [&from.1.to_be_bytes()[..], &to.1.to_be_bytes(), &length.to_be_bytes(), &[0, 0], payload].concat();
        Self::checked(from.0, to.0, 17, 6, datagram)
    }

    pub fn icmp(&mut self, from: u8, to: u8, kind: u8, code: u8, body: &[u8]) -> &mut Self {
        let mut message = [&[kind, code, 0, 0][..], body].concat();
        let checksum = fold(sum(&message));
        message[2..4].copy_from_slice(&checksum);
        self.ip(from, to, 1, 0, &message)
    }

    /// One segment; a SYN carries an MSS.
    pub fn segment(&mut self, from: End, to: End, flags: u8, seq: u32, ack: u32, payload: &[u8]) -> &mut Self {
        let options: &[u8] = if flags & tcp_flags::SYN != 0 { &[2, 4, 5, 0xb4] } else { &[] };
        let offset = ((20 + options.len()) / 4 * 16) as u8;
        let mut header = [&from.1.to_be_bytes()[..], &to.1.to_be_bytes(), &seq.to_be_bytes(), &ack.to_be_bytes()].concat();
        header.extend([offset, flags, 0xff, 0xff, 0, 0, 0, 0]);
        header.extend(options);
        header.extend(payload);
        let segment = Self::checked(from.0, to.0, 6, 16, header);
        self.ip(from.0, to.0, 6, 0, &segment)
    }
}

/// A TCP connection with its sequence numbers.
#[derive(Debug)]
pub struct Talk {
    ends: [End; 2],
    next: [u32; 2],
}

impl Talk {
    /// Opened by a handshake on `wire`.
    pub fn open(wire: &mut Wire, client: End, server: End) -> Self {
        let mut talk = Self { ends: [client, server], next: [1000, 5000] };
        talk.send(wire, 0, tcp_flags::SYN, b"");
        talk.send(wire, 1, tcp_flags::SYN | tcp_flags::ACK, b"");
        talk.send(wire, 0, tcp_flags::ACK, b"");
        talk
    }

    fn send(&mut self, wire: &mut Wire, me: usize, flags: u8, payload: &[u8]) {
        let ack = if flags & tcp_flags::ACK != 0 { self.next[1 - me] } else { 0 };
        wire.segment(self.ends[me], self.ends[1 - me], flags, self.next[me], ack, payload);
        let control = u32::from(flags & tcp_flags::SYN != 0) + u32::from(flags & tcp_flags::FIN != 0);
        self.next[me] += payload.len() as u32 + control;
    }

    /// The client sends without waiting for an answer.
    pub fn push(&mut self, wire: &mut Wire, payload: &[u8]) -> &mut Self {
        self.send(wire, 0, tcp_flags::ACK | tcp_flags::PSH, payload);
        self
    }

    /// The client sends, the server acknowledges.
    pub fn client(&mut self, wire: &mut Wire, payload: &[u8]) -> &mut Self {
        self.send(wire, 0, tcp_flags::ACK | tcp_flags::PSH, payload);
        self.send(wire, 1, tcp_flags::ACK, b"");
        self
    }

    /// The server sends, the client acknowledges.
    pub fn server(&mut self, wire: &mut Wire, payload: &[u8]) -> &mut Self {
        self.send(wire, 1, tcp_flags::ACK | tcp_flags::PSH, payload);
        self.send(wire, 0, tcp_flags::ACK, b"");
        self
    }

    /// Both sides end it.
    pub fn close(&mut self, wire: &mut Wire) {
        self.send(wire, 0, tcp_flags::ACK | tcp_flags::FIN, b"");
        self.send(wire, 1, tcp_flags::ACK | tcp_flags::FIN, b"");
        self.send(wire, 0, tcp_flags::ACK, b"");
    }
}

/// Rules of which none may be refused.
pub fn rules(text: &str) -> Arc<RuleSet> {
    let loaded = detect::load(&[("test.rules", text.as_bytes())], &Variables::default(), true, Default::default());
    assert!(loaded.refusals.is_empty(), "{:?}", loaded.refusals);
    Arc::new(loaded.rules)
}

pub fn frame(time: i64, ifindex: u32, data: &[u8]) -> Frame<'_> {
    Frame {
        time,
        link: LinkType::ETHERNET,
        data,
        original_len: data.len() as u32,
        counted_len: data.len() as u32,
        ifindex,
        interface: 0,
        direction: None,
        checksums_ready: true,
    }
}

/// Hands every frame to `engine`.
pub fn play(engine: &mut Engine, wire: &Wire) {
    wire.frames.iter().for_each(|(time, ifindex, data)| engine.process(&frame(*time, *ifindex, data)));
}

/// The events of a whole capture.
pub fn inspect(text: &str, wire: &Wire) -> Vec<Event> {
    let mut engine = Engine::new(rules(text), ChecksumPolicy::Verify);
    play(&mut engine, wire);
    engine.finish();
    assert_eq!(engine.counters().faults, 0);
    assert_eq!(engine.counters().not_inspected.len(), 0, "the frames are sound: {:?}", engine.counters().not_inspected);
    engine.events()
}

/// Packet number, sid and generator of each event.
pub fn short(events: &[Event]) -> Vec<(u64, u32, &'static str)> {
    events.iter().map(|event| (event.packet_number, event.sid, event.generator)).collect()
}

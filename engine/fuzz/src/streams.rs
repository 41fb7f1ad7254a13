//! Inspectors: two sides that say anything, in segments of any size, with losses.
//!
//! A conversation is a row of turns: a control byte (bit 0: the server's; bit 1: octets were lost before it; bit 2: sent octet by octet;
//! bits 4 to 6: high bits of the length), the low byte of the length, the octets.

use flow::{Pdu, PduEnd, Scan, ScanAt, Side};
use inspect::flush_ring::FlushRing;
use inspect::wizard::{Verdict, Wizard, recognize_datagram};
use inspect::{BufferId, Inspection, Inspector, Service, registry};

use crate::Bytes;

pub const SERVER: u8 = 1;
const LOST: u8 = 2;
const OCTETWISE: u8 = 4;

/// A PDU ends with the segment that brings it to the limit; HTTP has sections of its own sizes.
const LARGEST: usize = 16_384 + 65_535;

/// Protocols that have no target of their own.
const OTHERS: [Service; 10] = [
    Service::FtpData,
    Service::Telnet,
    Service::Ssh,
    Service::Sunrpc,
    Service::Dnp3,
    Service::Modbus,
    Service::Iec104,
    Service::Cip,
    Service::Mms,
    Service::S7commplus,
];

/// One flow.
struct Stream {
    inspector: Box<dyn Inspector>,
    pending: [Vec<u8>; 2],
    segments: [usize; 2],
    given_up: [bool; 2],
}

/// Reads every buffer, as rules would.
fn look(inspection: &Inspection<'_>) {
    for (id, _) in BufferId::NAMES {
        std::hint::black_box(inspection.buffers.get(id).iter().fold(0_u8, |sum, octet| sum ^ octet));
    }
}

impl Stream {
    fn new(service: Service) -> Option<Self> {
        let inspector = registry::inspector(service, &FlushRing::default())?;
        Some(Self { inspector, pending: Default::default(), segments: [0; 2], given_up: [false; 2] })
    }

    fn send(&mut self, side: Side, segment: &[u8]) {
        let (s, mut rest) = (side as usize, segment);
        while !rest.is_empty() && !self.given_up[s] && self.inspector.splits(side) {
            let at = ScanAt { pending: self.pending[s].len(), segments: self.segments[s], more: false };
            let (taken, flushed) = match self.inspector.scan(side, rest, at) {
                None => {
                    self.given_up[s] = true;
                    return;
                }
                Some(Scan::Restart) => panic!("an inspector never asks to be bound again"),
                Some(Scan::More) => (rest.len(), false),
                Some(Scan::Flush(end)) => (end, true),
            };
            assert!((1..=rest.len()).contains(&taken), "flush at {taken} of {}", rest.len());
            self.pending[s].extend_from_slice(&rest[..taken]);
            self.segments[s] += 1;
            rest = &rest[taken..];
            if flushed {
                self.flush(side, PduEnd::Splitter);
            }
        }
    }

    fn flush(&mut self, side: Side, end: PduEnd) {
        let data = std::mem::take(&mut self.pending[side as usize]);
        self.segments[side as usize] = 0;
        let sections = matches!(self.inspector.service(), Service::Http | Service::Http2);
        assert!(sections || data.len() <= LARGEST, "a PDU of {} octets", data.len());
        if !data.is_empty() {
            self.inspector.inspect(side, &Pdu { data: &data, time: 0, sequence: 0, end }, &mut look);
            let _ = self.inspector.expected();
        }
    }

    fn lose(&mut self, side: Side) {
        if self.given_up[side as usize] {
            return;
        }
        self.flush(side, PduEnd::Gap);
        self.given_up[side as usize] = !self.inspector.gap(side);
    }

    fn close(&mut self) {
        for side in [Side::Client, Side::Server] {
            if !self.given_up[side as usize] {
                self.flush(side, PduEnd::Close);
            }
            self.inspector.drain(side, &mut look);
            self.inspector.close(side);
        }
    }
}

/// A conversation with the inspector of `service`; what one side says is also shown as a datagram.
pub fn turns(service: Service, data: &[u8]) {
    let Some(mut stream) = Stream::new(service) else { return };
    let mut rest = Bytes(data);
    while !rest.is_empty() {
        let control = rest.byte();
        let length = usize::from(control >> 4 & 7) << 8 | usize::from(rest.byte());
        let side = if control & SERVER == 0 { Side::Client } else { Side::Server };
        if control & LOST != 0 {
            stream.lose(side);
        }
        let octets = rest.take(length);
        octets.chunks(if control & OCTETWISE == 0 { octets.len().max(1) } else { 1 }).for_each(|piece| stream.send(side, piece));
    }
    stream.close();
    if let Some(mut inspector) = registry::inspector(service, &FlushRing::default()).filter(|_| !data.is_empty()) {
        inspector.datagram(Side::Client, data, &mut look);
    }
}

/// Any bytes as header blocks (RFC 7541) of requests and their answers, each in a HEADERS frame of its own stream.
pub fn hpack(data: &[u8]) {
    let Some(mut stream) = Stream::new(Service::Http2) else { return };
    stream.send(Side::Client, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    stream.send(Side::Client, &frame(4, 0, 0, b""));
    stream.send(Side::Server, &frame(4, 0, 0, b""));
    let mut rest = Bytes(data);
    for number in (1..).step_by(2) {
        let control = rest.byte();
        let block = rest.sized(1);
        let side = if control & SERVER == 0 { Side::Client } else { Side::Server };
        let ends = if control & 8 == 0 { 5 } else { 4 }; // END_HEADERS, with or without END_STREAM
        stream.send(side, &frame(1, ends, number, block));
        if rest.is_empty() {
            break;
        }
    }
    stream.close();
}

/// An HTTP/2 frame (RFC 9113, 4.1).
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(0).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Any bytes as a mail, on its way in (SMTP) and out (IMAP, POP3), in segments of a size that they say.
pub fn mime(data: &[u8]) {
    let mut rest = Bytes(data);
    let size = 1 + usize::from(rest.byte());
    let mail = rest.0;
    let literal = format!("* 1 FETCH (BODY[] {{{}}}\r\n", mail.len());
    let ways: [(Service, Side, &[u8], &[u8]); 3] = [
        (Service::Smtp, Side::Client, b"DATA\r\n", b"\r\n.\r\nQUIT\r\n"),
        (Service::Imap, Side::Server, literal.as_bytes(), b")\r\na OK\r\n"),
        (Service::Pop3, Side::Server, b"+OK\r\n", b"\r\n.\r\n+OK bye\r\n"),
    ];
    for (service, side, before, after) in ways {
        let Some(mut stream) = Stream::new(service) else { continue };
        match service {
            Service::Imap => stream.send(Side::Client, b"a FETCH 1 BODY[]\r\n"),
            Service::Pop3 => stream.send(Side::Client, b"RETR 1\r\n"),
            _ => {}
        }
        stream.send(side, before);
        if service == Service::Smtp {
            stream.send(Side::Server, b"354 go\r\n");
        }
        mail.chunks(size).for_each(|piece| stream.send(side, piece));
        stream.send(side, after);
        stream.close();
    }
}

/// Conversations of the three mail protocols.
pub fn mail(data: &[u8]) {
    let (which, rest) = data.split_first().map_or((0, data), |(first, rest)| (usize::from(*first), rest));
    turns([Service::Smtp, Service::Imap, Service::Pop3][which % 3], rest);
}

/// Conversations of protocols that have no target of their own.
pub fn others(data: &[u8]) {
    let (which, rest) = data.split_first().map_or((0, data), |(first, rest)| (usize::from(*first), rest));
    turns(OTHERS[which % OTHERS.len()], rest);
}

/// The first byte of [`others`] (or [`mail`]) for a conversation of `service`.
pub fn number_of(service: Service) -> Option<u8> {
    let mails = [Service::Smtp, Service::Imap, Service::Pop3];
    let at = OTHERS.iter().position(|other| *other == service).or_else(|| mails.iter().position(|other| *other == service))?;
    u8::try_from(at).ok()
}

/// What nobody knows yet: the wizard decides within its depth.
pub fn wizard(data: &[u8]) {
    let mut wizard = Wizard::new();
    let mut rest = Bytes(data);
    while !rest.is_empty() {
        let control = rest.byte();
        let piece = rest.sized(1);
        let side = if control & SERVER == 0 { Side::Client } else { Side::Server };
        if !piece.is_empty() && wizard.scan(side, piece) != Verdict::More {
            break;
        }
    }
    for side in [Side::Client, Side::Server] {
        std::hint::black_box(recognize_datagram(side, data));
    }
}

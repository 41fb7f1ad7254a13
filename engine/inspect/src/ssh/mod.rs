//! SSH (RFC 4253): a PDU is the banner, then a packet as long as packets are readable, then whatever comes.

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::bounded;
use crate::inspector::{Inspection, Inspector, Sink};
use crate::line_head::LineHead;
use crate::service::Service;

/// Octets of the longest packet that an implementation must take (RFC 4253, 6.1); a longer one is none.
const LONGEST_PACKET: usize = 35_000;

/// Message that ends readable packets (RFC 4253, 7.3).
const NEWKEYS: u8 = 21;

/// SSH on one flow.
#[derive(Debug, Default)]
pub struct SshInspector {
    sides: [Stream; 2],
}

#[derive(Debug, Default)]
struct Stream {
    place: Place,
    line: LineHead,
    /// Length, padding length and message of the current packet.
    header: [u8; 6],
    have: usize,
    left: usize,
    /// What follows the current packet cannot be read.
    last_readable: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Banner,
    Packets,
    Encrypted,
}

impl Stream {
    fn scan(&mut self, piece: &[u8]) -> Scan {
        match self.place {
            Place::Banner => self.banner(piece),
            Place::Packets => self.packet(piece),
            Place::Encrypted => Scan::Flush(piece.len()),
        }
    }

    /// Lines before the banner are allowed to a server (RFC 4253, 4.2).
    fn banner(&mut self, piece: &[u8]) -> Scan {
        let Some(end) = self.line.take(piece) else { return Scan::More };
        let line = self.line.finish();
        if line.starts_with(b"SSH-2.") || line.starts_with(b"SSH-1.99") {
            self.place = Place::Packets;
        } else if line.starts_with(b"SSH-") {
            self.place = Place::Encrypted;
        }
        Scan::Flush(end)
    }

    fn packet(&mut self, piece: &[u8]) -> Scan {
        let mut at = 0;
        if self.left == 0 {
            at = piece.len().min(self.header.len() - self.have);
            self.header[self.have..self.have + at].copy_from_slice(&piece[..at]);
            self.have += at;
            if self.have < self.header.len() {
                return Scan::More;
            }
            self.have = 0;
            self.left = self.begin();
        }
        let body = self.left.min(piece.len() - at);
        self.left -= body;
        if self.left > 0 {
            return Scan::More;
        }
        if self.last_readable {
            self.place = Place::Encrypted;
        }
        Scan::Flush(at + body)
    }

    /// Octets of the packet behind its header.
    fn begin(&mut self) -> usize {
        let [a, b, c, d, _, message] = self.header;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let possible = (2..=LONGEST_PACKET).contains(&length);
        self.last_readable = message == NEWKEYS || !possible;
        if possible { length - 2 } else { 0 }
    }
}

impl Inspector for SshInspector {
    fn service(&self) -> Service {
        Service::Ssh
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        let stream = &mut self.sides[side as usize];
        bounded(piece, at, |piece| Some(stream.scan(piece)))
    }

    fn inspect(&mut self, _side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        sink(&Inspection::plain(pdu.data));
    }
}

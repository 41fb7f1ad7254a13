//! Protocols whose messages begin with a header of fixed size that tells their length: a PDU is a message, and rules see it as it came.

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::bounded;
use crate::inspector::{Inspection, Inspector, Sink};
use crate::service::Service;

/// Octets of the longest header that a framing needs.
const LONGEST_HEADER: usize = 10;

/// How a protocol tells the length of its messages.
#[derive(Debug, Clone, Copy)]
pub struct Framing {
    service: Service,
    /// Octets after which the length is known.
    header: usize,
    /// Length of the whole message, `None` where that cannot be a message.
    length: fn(&[u8; LONGEST_HEADER]) -> Option<usize>,
}

fn big(high: u8, low: u8) -> usize {
    usize::from(u16::from_be_bytes([high, low]))
}

fn little(low: u8, high: u8) -> usize {
    usize::from(u16::from_le_bytes([low, high]))
}

/// Octets of a DNP3 link frame: 10 of header, user data in blocks of 16 with 2 of check each (IEEE 1815, 9.2).
fn dnp3(h: &[u8; LONGEST_HEADER]) -> Option<usize> {
    let user = usize::from(h[2]).checked_sub(5)?;
    (h[0] == 0x05 && h[1] == 0x64).then(|| 10 + user + 2 * user.div_ceil(16))
}

/// TPKT (RFC 1006, 6).
fn tpkt(h: &[u8; LONGEST_HEADER]) -> Option<usize> {
    (h[0] == 3).then(|| big(h[2], h[3]))
}

/// OPC UA connection protocol (OPC 10000-6, 7.1.2.2).
fn opcua(h: &[u8; LONGEST_HEADER]) -> Option<usize> {
    let known = [b"HEL", b"ACK", b"ERR", b"RHE", b"MSG", b"OPN", b"CLO"].iter().any(|kind| h.starts_with(*kind));
    known.then(|| u32::from_le_bytes([h[4], h[5], h[6], h[7]]) as usize)
}

/// Every protocol that is only framed.
pub const FRAMINGS: &[Framing] = &[
    // RFC 1035, 4.2.2: the prefix is part of the PDU.
    Framing { service: Service::Dns, header: 2, length: |h| Some(2 + big(h[0], h[1])) },
    // Modbus messaging on TCP/IP, 3.1.3.
    Framing { service: Service::Modbus, header: 6, length: |h| (big(h[2], h[3]) == 0).then(|| 6 + big(h[4], h[5])) },
    Framing { service: Service::Dnp3, header: 3, length: dnp3 },
    // IEC 60870-5-104, 5.
    Framing { service: Service::Iec104, header: 2, length: |h| (h[0] == 0x68).then(|| 2 + usize::from(h[1])) },
    // EtherNet/IP encapsulation (CIP volume 2, 2-3.1).
    Framing { service: Service::Cip, header: 4, length: |h| Some(24 + little(h[2], h[3])) },
    Framing { service: Service::Opcua, header: 8, length: opcua },
    Framing { service: Service::Mms, header: 4, length: tpkt },
    Framing { service: Service::S7commplus, header: 4, length: tpkt },
];

/// One of these protocols on one flow.
#[derive(Debug)]
pub struct FramedInspector {
    framing: Framing,
    sides: [Frames; 2],
}

#[derive(Debug, Default)]
struct Frames {
    header: [u8; LONGEST_HEADER],
    have: usize,
    left: usize,
}

impl FramedInspector {
    /// The inspector of `service`, where it is one of [`FRAMINGS`].
    pub fn new(service: Service) -> Option<Self> {
        let framing = FRAMINGS.iter().find(|framing| framing.service == service)?;
        Some(Self { framing: *framing, sides: Default::default() })
    }
}

impl Frames {
    /// Takes octets up to the end of a message, and answers where that is. `Err`: not the protocol.
    fn take(&mut self, framing: Framing, piece: &[u8]) -> Result<Option<usize>, ()> {
        let mut at = 0;
        if self.left == 0 {
            let shown = piece.len().min(framing.header - self.have);
            self.header[self.have..self.have + shown].copy_from_slice(&piece[..shown]);
            self.have += shown;
            at = shown;
            if self.have < framing.header {
                return Ok(None);
            }
            let length = (framing.length)(&self.header).ok_or(())?;
            self.left = length.checked_sub(framing.header).ok_or(())?;
            self.have = 0;
        }
        let body = self.left.min(piece.len() - at);
        self.left -= body;
        Ok((self.left == 0).then_some(at + body))
    }
}

impl Inspector for FramedInspector {
    fn service(&self) -> Service {
        self.framing.service
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        let framing = self.framing;
        let frames = &mut self.sides[side as usize];
        bounded(piece, at, |piece| frames.take(framing, piece).ok().map(|end| end.map_or(Scan::More, Scan::Flush)))
    }

    fn inspect(&mut self, _side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        sink(&Inspection::plain(pdu.data));
    }
}

//! The classic capture file: draft-ietf-opsawg-pcap, and the older and modified forms that are still around.

use wire::LinkType;

use crate::bytes::Order;
use crate::file::{Fault, Found};
use crate::source::MAX_FRAME;
use crate::window::Window;

/// Length of the file header.
pub(crate) const HEADER: usize = 24;

/// What the file header says about all packets.
#[derive(Debug)]
pub(crate) struct Pcap {
    order: Order,
    /// Nanoseconds in a unit of a time stamp's second half.
    unit: i64,
    /// Bytes of packet header: 16, or 24 of the modified form with an interface index.
    header: usize,
    link: LinkType,
    minor: u16,
}

/// Byte order, time unit and packet header length that a magic number means.
fn form(magic: &[u8]) -> Option<(Order, i64, usize)> {
    Some(match magic {
        [0xd4, 0xc3, 0xb2, 0xa1] => (Order::Little, 1000, 16),
        [0xa1, 0xb2, 0xc3, 0xd4] => (Order::Big, 1000, 16),
        [0x4d, 0x3c, 0xb2, 0xa1] => (Order::Little, 1, 16),
        [0xa1, 0xb2, 0x3c, 0x4d] => (Order::Big, 1, 16),
        [0x34, 0xcd, 0xb2, 0xa1] => (Order::Little, 1000, 24),
        [0xa1, 0xb2, 0xcd, 0x34] => (Order::Big, 1000, 24),
        _ => return None,
    })
}

impl Pcap {
    /// Whether a file begins like one.
    pub fn begins(magic: &[u8]) -> bool {
        form(magic).is_some()
    }

    /// Reads the file header.
    pub fn open(window: &mut Window) -> Result<Pcap, Fault> {
        let header = window.fill(HEADER)?;
        let Some((order, unit, packet_header)) = header.get(..4).and_then(form).filter(|_| header.len() == HEADER) else {
            return Err(Fault::Truncated("the file ends inside its header"));
        };
        let (major, minor) = (order.u16(header, 4), order.u16(header, 6));
        if major != 2 {
            return Err(Fault::Unsupported(format!("pcap version {major}.{minor} is not read (2.x is)")));
        }
        let link = LinkType::from_header(order.u32(header, 20));
        window.advance(HEADER);
        Ok(Pcap { order, unit, header: packet_header, link, minor })
    }

    /// The next packet, passed in the window; `None` at the end.
    #[inline]
    pub fn next(&mut self, window: &mut Window) -> Result<Option<Found>, Fault> {
        let header = window.fill(self.header)?;
        if header.len() < self.header {
            return if header.is_empty() { Ok(None) } else { Err(Fault::Truncated("the file ends inside a packet's header")) };
        }
        let (seconds, fraction) = (self.order.u32(header, 0), self.order.u32(header, 4));
        let (captured, original_len) = self.lengths(header);
        let length = captured as usize;
        if length > MAX_FRAME {
            return Err(Fault::Damaged(format!("a packet of {captured} bytes, more than any capture holds ({MAX_FRAME})")));
        }
        if window.fill(self.header + length)?.len() < self.header + length {
            return Err(Fault::Truncated("the file ends inside a packet"));
        }
        window.advance(self.header + length);
        let time = i64::from(seconds) * 1_000_000_000 + i64::from(fraction) * self.unit;
        Ok(Some(Found { time, link: self.link, length, after: 0, original_len, interface: 0, direction: None }))
    }

    /// Captured and original length. Files older than version 2.3 have them the other way round, and some of 2.3.
    fn lengths(&self, header: &[u8]) -> (u32, u32) {
        let (first, second) = (self.order.u32(header, 8), self.order.u32(header, 12));
        match self.minor {
            0..=2 => (second, first),
            3 if first > second => (second, first),
            _ => (first, second),
        }
    }
}

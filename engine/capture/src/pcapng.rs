//! The next generation capture file: draft-ietf-opsawg-pcapng.

use wire::LinkType;

use crate::bytes::Order;
use crate::file::{Fault, Found};
use crate::source::{Direction, MAX_FRAME};
use crate::window::{WINDOW, Window};

/// Interfaces that a section may describe.
const MAX_INTERFACES: usize = 65_536;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// Type and total length before the body of a block, total length after it.
const FRAMING: usize = 12;

/// What the section header and interface blocks say about the packets that follow.
#[derive(Debug)]
pub(crate) struct Pcapng {
    order: Order,
    interfaces: Vec<Interface>,
    /// Latest time seen: simple packets have none.
    time: i64,
}

#[derive(Debug)]
struct Interface {
    link: LinkType,
    snap_length: u32,
    resolution: Resolution,
    /// Seconds to be added.
    offset: i64,
}

/// Unit of a time stamp (option if_tsresol).
#[derive(Debug, Clone, Copy)]
enum Resolution {
    /// 10 to minus this, in seconds.
    Decimal(u32),
    /// 2 to minus this, in seconds.
    Binary(u32),
}

impl Pcapng {
    /// Whether a file begins like one.
    pub fn begins(magic: &[u8]) -> bool {
        magic == [0x0a, 0x0d, 0x0d, 0x0a]
    }

    /// Ready for the first block, which is a section header.
    pub fn new() -> Self {
        Pcapng { order: Order::Little, interfaces: Vec::new(), time: 0 }
    }

    /// The next packet, passed in the window; `None` at the end.
    pub fn next(&mut self, window: &mut Window) -> Result<Option<Found>, Fault> {
        while let Some((kind, length)) = self.next_block(window)? {
            let found = match kind {
                SECTION | INTERFACE | OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET => self.block(kind, whole(window, length)?)?,
                _ => {
                    pass(window, length)?;
                    continue;
                }
            };
            window.advance(length);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Type and total length of the block ahead.
    fn next_block(&mut self, window: &mut Window) -> Result<Option<(u32, usize)>, Fault> {
        let head = window.fill(FRAMING)?;
        if head.is_empty() {
            return Ok(None);
        }
        if head.len() < FRAMING {
            return Err(Fault::Truncated("the file ends inside a block's header"));
        }
        // A new section may be of another byte order; its type reads the same in both.
        if self.order.u32(head, 0) == SECTION {
            self.order = order_of(&head[8..])?;
        }
        let (kind, length) = (self.order.u32(head, 0), self.order.u32(head, 4));
        if length % 4 != 0 || (length as usize) < FRAMING {
            return Err(Fault::Damaged(format!("a block that says it is {length} bytes long")));
        }
        Ok(Some((kind, length as usize)))
    }

    fn block(&mut self, kind: u32, block: &[u8]) -> Result<Option<Found>, Fault> {
        match kind {
            SECTION => self.section(block).map(|()| None),
            INTERFACE => self.interface(block).map(|()| None),
            SIMPLE_PACKET => self.simple_packet(block).map(Some),
            _ => self.packet(kind, block).map(Some),
        }
    }

    fn section(&mut self, block: &[u8]) -> Result<(), Fault> {
        let (major, minor) = (self.order.u16(block, 12), self.order.u16(block, 14));
        if major != 1 {
            return Err(Fault::Unsupported(format!("pcapng version {major}.{minor} is not read (1.x is)")));
        }
        self.interfaces.clear();
        Ok(())
    }

    fn interface(&mut self, block: &[u8]) -> Result<(), Fault> {
        if block.len() < FRAMING + 8 {
            return Err(Fault::Damaged("an interface block without its fields".into()));
        }
        if self.interfaces.len() == MAX_INTERFACES {
            return Err(Fault::Damaged(format!("more than {MAX_INTERFACES} interfaces")));
        }
        let (mut resolution, mut offset) = (Resolution::Decimal(6), 0);
        for (code, value) in Options::of(self.order, &block[16..block.len() - 4]) {
            match (code, value) {
                (9, [unit]) if unit & 0x80 != 0 => resolution = Resolution::Binary(u32::from(unit & 0x7f)),
                (9, [unit]) => resolution = Resolution::Decimal(u32::from(*unit)),
                (14, [_, _, _, _, _, _, _, _]) => offset = self.order.u64(value, 0) as i64,
                _ => {}
            }
        }
        let (link, snap_length) = (LinkType(self.order.u16(block, 8)), self.order.u32(block, 12));
        self.interfaces.push(Interface { link, snap_length, resolution, offset });
        Ok(())
    }

    /// Enhanced packet, and the obsolete one that differs in how it numbers its interface.
    fn packet(&mut self, kind: u32, block: &[u8]) -> Result<Found, Fault> {
        let obsolete = kind == OBSOLETE_PACKET;
        let interface = if obsolete { u32::from(self.order.u16(block, 8)) } else { self.order.u32(block, 8) };
        let (captured, original_len) = (self.order.u32(block, 20), self.order.u32(block, 24));
        let after = after(block, 28, captured)?;
        let seen_on = self.seen_on(interface)?;
        let ticks = u64::from(self.order.u32(block, 12)) << 32 | u64::from(self.order.u32(block, 16));
        let (time, link) = (seen_on.time(ticks), seen_on.link);
        let options = Options::of(self.order, &block[block.len() - after + padding(captured)..block.len() - 4]);
        self.time = time;
        Ok(Found { time, link, length: captured as usize, after, original_len, interface, direction: direction(self.order, options) })
    }

    /// Simple packet: of the first interface, cut at its snap length, at no time of its own.
    fn simple_packet(&mut self, block: &[u8]) -> Result<Found, Fault> {
        let original_len = self.order.u32(block, 8);
        let seen_on = self.seen_on(0)?;
        let captured = match seen_on.snap_length {
            0 => original_len,
            limit => original_len.min(limit),
        };
        let link = seen_on.link;
        let after = after(block, 12, captured)?;
        Ok(Found { time: self.time, link, length: captured as usize, after, original_len, interface: 0, direction: None })
    }

    fn seen_on(&self, interface: u32) -> Result<&Interface, Fault> {
        let count = self.interfaces.len();
        let missing = || Fault::Damaged(format!("a packet of interface {interface}, but {count} are described so far"));
        self.interfaces.get(interface as usize).ok_or_else(missing)
    }
}

impl Interface {
    /// Nanoseconds since the epoch.
    fn time(&self, ticks: u64) -> i64 {
        let ticks = u128::from(ticks);
        let nanoseconds = match self.resolution {
            Resolution::Decimal(digits @ 0..=9) => ticks * 10u128.pow(9 - digits),
            Resolution::Decimal(digits) => ticks / 10u128.checked_pow(digits - 9).unwrap_or(u128::MAX),
            // A shift past the width leaves nothing of 64 bits of ticks.
            Resolution::Binary(bits) => (ticks * 1_000_000_000).checked_shr(bits).unwrap_or(0),
        };
        i64::try_from(nanoseconds).unwrap_or(i64::MAX).saturating_add(self.offset.saturating_mul(1_000_000_000))
    }
}

/// Byte order by the magic number in a section header.
fn order_of(magic: &[u8]) -> Result<Order, Fault> {
    match magic {
        [0x4d, 0x3c, 0x2b, 0x1a, ..] => Ok(Order::Little),
        [0x1a, 0x2b, 0x3c, 0x4d, ..] => Ok(Order::Big),
        _ => Err(Fault::Damaged("a section header without its byte order".into())),
    }
}

/// A block that is read whole, its two lengths compared.
fn whole(window: &mut Window, length: usize) -> Result<&[u8], Fault> {
    if length > WINDOW {
        return Err(Fault::Damaged(format!("a block of {length} bytes, more than is read ({WINDOW})")));
    }
    let block = window.fill(length)?;
    if block.len() < length {
        return Err(Fault::Truncated("the file ends inside a block"));
    }
    // Both in the same byte order, whichever it is.
    if block[length - 4..] != block[4..8] {
        return Err(Fault::Damaged("a block whose two lengths differ".into()));
    }
    Ok(block)
}

/// Passes a block that says nothing about packets.
fn pass(window: &mut Window, length: usize) -> Result<(), Fault> {
    match window.skip(length as u64)? {
        true => Ok(()),
        false => Err(Fault::Truncated("the file ends inside a block")),
    }
}

/// Bytes of a packet's block after its data, which begin at `start`.
fn after(block: &[u8], start: usize, captured: u32) -> Result<usize, Fault> {
    if captured as usize > MAX_FRAME {
        return Err(Fault::Damaged(format!("a packet of {captured} bytes, more than any capture holds ({MAX_FRAME})")));
    }
    let end = start + captured as usize;
    block.len().checked_sub(end).filter(|after| *after >= padding(captured) + 4).ok_or_else(|| {
        let room = block.len().saturating_sub(start + 4);
        Fault::Damaged(format!("a packet of {captured} bytes in a block that has room for {room}"))
    })
}

/// Bytes that fill up to a multiple of four.
fn padding(length: u32) -> usize {
    (length.wrapping_neg() & 3) as usize
}

/// Direction by the flags of an enhanced packet (option epb_flags).
fn direction(order: Order, mut options: Options<'_>) -> Option<Direction> {
    let (_, flags) = options.find(|(code, value)| *code == 2 && value.len() == 4)?;
    match order.u32(flags, 0) & 3 {
        1 => Some(Direction::Incoming),
        2 => Some(Direction::Outgoing),
        _ => None,
    }
}

/// The options of a block: code and value each.
struct Options<'a> {
    order: Order,
    rest: &'a [u8],
}

impl<'a> Options<'a> {
    fn of(order: Order, rest: &'a [u8]) -> Self {
        Options { order, rest }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.rest.split_at_checked(4)?;
        let (code, length) = (self.order.u16(head, 0), self.order.u16(head, 2));
        let (value, rest) = rest.split_at_checked(usize::from(length))?;
        self.rest = rest.get(padding(u32::from(length))..).unwrap_or_default();
        (code != 0).then_some((code, value))
    }
}

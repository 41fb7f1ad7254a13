//! What is not inspected when packets come faster than they can be: decided for each packet in constant time, by how full the ring is and
//! how much of the packet's flow was looked at before.
//!
//! The order is stated (docs/budget.md): first bulk, what one side says past [`BULK`] without an answer; then flows past [`LONG`] in which no
//! rule has found anything; last, of all other flows, what each side says past its first [`FIRST`] bytes. Those first bytes, and packets
//! without data, are always looked at. What is shed is still decoded and reassembled, so that inspection finds its way back into the flow.

use flow::{FlowInfo, Side};

/// Bytes that one side says without an answer, beyond which they are bulk.
pub const BULK: u64 = 64 << 10;
/// Bytes of a flow, both ways, beyond which it is long.
pub const LONG: u64 = 1 << 20;
/// Bytes of each side of a flow that are looked at whatever happens.
pub const FIRST: u64 = 8 << 10;

/// Why something was shed, in the order in which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Shed {
    /// One side's speech past [`BULK`].
    Bulk,
    /// A flow past [`LONG`] without a hit.
    LongFlow,
    /// A flow past [`FIRST`].
    NewFlow,
}

impl Shed {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bulk, Self::LongFlow, Self::NewFlow];

    /// As figures name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::LongFlow => "long_flow",
            Self::NewFlow => "new_flow",
        }
    }
}

/// How much there is to do for the time there is: 0 none is shed, 1 bulk, 2 long flows too, 3 new flows too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pressure {
    level: u8,
}

/// A ring that is filled so far (of 256) leads to the level of that place, counted from 1.
const RISES: [u8; 3] = [128, 176, 216];
/// And one that is filled no further than this leads away from it: a level does not flicker.
const FALLS: [u8; 3] = [56, 112, 160];

impl Pressure {
    /// The level now.
    pub fn level(self) -> u8 {
        self.level
    }

    /// Takes note of how far the ring is filled, 0 (empty) to 255; the level from now on.
    pub fn feel(&mut self, filled: u8) -> u8 {
        while self.level < 3 && filled >= RISES[usize::from(self.level)] {
            self.level += 1;
        }
        while self.level > 0 && filled <= FALLS[usize::from(self.level) - 1] {
            self.level -= 1;
        }
        self.level
    }
}

/// Whether a packet with data is shed at a level above 0. `run`: bytes that its side has said since the other did, it included.
pub(crate) fn decide(level: u8, flow: &FlowInfo, side: Side, run: u64, hit: bool) -> Option<Shed> {
    if run > BULK {
        return Some(Shed::Bulk);
    }
    let length = flow.bytes[0] + flow.bytes[1];
    if level >= 2 && !hit && length > LONG {
        return Some(Shed::LongFlow);
    }
    (level >= 3 && flow.bytes[side as usize] > FIRST).then_some(Shed::NewFlow)
}

/// Bytes of one side of a TCP flow that were shed, as sequence numbers: so many from there. Grows while packets follow each other; one that
/// does not begins it anew, and then more is inspected than was counted, never less.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unseen {
    from: u32,
    length: u32,
}

impl Unseen {
    /// Further than any queue reaches: what lies so far behind is forgotten before sequence numbers come round.
    const MEMORY: u32 = 1 << 28;

    pub(crate) fn add(&mut self, sequence: u32, length: u32) {
        if self.length == 0 || sequence != self.from.wrapping_add(self.length) {
            *self = Self { from: sequence, length };
            return;
        }
        self.length += length;
        if self.length > 2 * Self::MEMORY {
            self.from = self.from.wrapping_add(self.length - Self::MEMORY);
            self.length = Self::MEMORY;
        }
    }

    /// Takes note of data that was not shed: far ahead of what was, that is over.
    pub(crate) fn pass(&mut self, sequence: u32) {
        if self.length > 0 && sequence.wrapping_sub(self.from) > self.length.wrapping_add(Self::MEMORY) {
            self.length = 0;
        }
    }

    /// Whether all of a PDU was shed.
    pub(crate) fn holds(&self, sequence: u32, length: usize) -> bool {
        let at = sequence.wrapping_sub(self.from);
        self.length > 0 && at < self.length && length as u64 <= u64::from(self.length - at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_rises_at_once_and_falls_late() {
        let mut pressure = Pressure::default();
        let levels: Vec<u8> = [0, 127, 128, 127, 57, 56, 255, 200, 161, 160, 112, 57, 56, 0].map(|filled| pressure.feel(filled)).into();
        assert_eq!(levels, [0, 0, 1, 1, 1, 0, 3, 3, 3, 2, 1, 1, 0, 0]);
    }

    #[test]
    fn what_was_shed_is_known_by_its_place() {
        let mut unseen = Unseen::default();
        assert!(!unseen.holds(0, 1), "nothing was");
        unseen.add(u32::MAX - 9, 20);
        unseen.add(10, 100);
        assert!(unseen.holds(u32::MAX, 50) && unseen.holds(109, 1), "two packets that follow each other, across the end of numbers");
        assert!(!unseen.holds(u32::MAX - 10, 2) && !unseen.holds(109, 2), "a PDU with one more byte was looked at in part");
        unseen.add(500, 10);
        assert!(unseen.holds(500, 10) && !unseen.holds(10, 10), "behind a hole it begins anew");
        unseen.pass(600);
        assert!(unseen.holds(505, 5));
        unseen.pass(500 + (1 << 28) + 11);
        assert!(!unseen.holds(505, 5), "long ago is forgotten");
    }

    #[test]
    fn what_is_shed_without_end_never_comes_round() {
        let mut unseen = Unseen::default();
        let mut at = 7u32;
        for _ in 0..9_000 {
            unseen.add(at, 1 << 20);
            at = at.wrapping_add(1 << 20);
        }
        assert!(unseen.holds(at.wrapping_sub(1 << 20), 1 << 20));
        assert!(!unseen.holds(at, 1) && !unseen.holds(at.wrapping_sub(1 << 30), 1), "neither what comes nor what is long gone");
    }
}

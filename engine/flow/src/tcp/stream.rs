//! What one side of a connection has sent, as far as the capture shows it.

use super::pool::Pool;
use super::queue::Queue;
use super::readings::Arrivals;
use super::seq::Seq;

/// What a side's SYN said of window scaling (RFC 7323, 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Offer {
    /// No SYN of this side was seen.
    #[default]
    Unseen,
    /// Its SYN had no such option.
    Absent,
    /// Its windows count in units of two to this power.
    Shift(u8),
}

/// One side's stream. Positions are sequence numbers; `base <= scanned <= next()`.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The positions below mean something.
    pub known: bool,
    /// Initial sequence number.
    pub start: Seq,
    /// First byte not yet given out as part of a PDU.
    pub base: Seq,
    /// First byte not yet shown to the splitter.
    pub scanned: Seq,
    /// The peer has acknowledged everything before this, once `heard`.
    pub acked: Seq,
    /// An acknowledgement of the peer was seen.
    pub heard: bool,
    /// End of the furthest segment sent, SYN and FIN counted.
    pub top: Seq,
    /// End of the window that the peer offers, where its scale is known.
    pub edge: Option<Seq>,
    pub offer: Offer,
    /// Position of the FIN.
    pub fin: Option<Seq>,
    /// Nothing of this side is taken any more.
    pub closed: bool,
    /// Segment pieces scanned since the last flush.
    pub pieces: usize,
    /// Waiting bytes. `None`: none.
    pub queue: Option<Box<Queue>>,
    /// The segments of those, where they contradict each other.
    pub arrivals: Option<Box<Arrivals>>,
    /// There was no room for them; nothing is kept until the next PDU.
    pub arrivals_full: bool,
}

impl Stream {
    /// Starts over: the first byte will be `first`, the initial sequence number is `start`.
    pub fn begin(&mut self, start: Seq, first: Seq) {
        let kept = (self.offer, self.closed, self.queue.take());
        *self = Self { known: true, start, base: first, scanned: first, acked: first, top: first, ..Self::default() };
        (self.offer, self.closed, self.queue) = kept;
        if let Some(queue) = &mut self.queue {
            queue.clear();
        }
    }

    /// End of the in-order bytes.
    pub fn next(&self) -> Seq {
        self.base.plus(self.queue.as_ref().map_or(0, |queue| queue.in_order()))
    }

    /// End of the in-order bytes that the peer has acknowledged: these are final.
    pub fn ready(&self) -> Seq {
        if self.heard { self.acked.min(self.next()).max(self.base) } else { self.base }
    }

    /// Whether the peer acknowledged across the hole behind the in-order bytes; then where it ends.
    pub fn passed_hole(&self) -> Option<Seq> {
        let after = self.queue.as_ref()?.after_hole()?;
        (self.heard && !self.acked.before(after)).then_some(after)
    }

    /// Whether a segment that starts at `seq` lies where the receiver takes none.
    pub fn beyond_window(&self, seq: Seq, len: usize) -> bool {
        match self.edge {
            // A single byte at the edge is a probe of a closed window: it may be taken, and is then acknowledged.
            Some(edge) if len == 1 && seq == edge => false,
            Some(edge) => !seq.before(edge),
            None => !seq.near(self.next()),
        }
    }

    /// Whether a segment was acknowledged whole before it was seen: the receiver's window has moved past it.
    pub fn taken_before(&self, seq: Seq, len: usize) -> bool {
        self.heard && self.base.before(seq.plus(len)) && !self.acked.before(seq.plus(len))
    }

    /// Takes note of what was sent, for `stream_size`; answers the distance sent.
    pub fn sent(&mut self, end: Seq) -> u32 {
        if end.near(self.top) {
            self.top = self.top.max(end);
        }
        self.top.since(self.start) as u32
    }

    /// Takes a valid acknowledgement; answers whether it is the newest one.
    pub fn acknowledge(&mut self, ack: Seq) -> bool {
        if ack.before(self.base) && !self.heard || !ack.near(self.acked) {
            return false;
        }
        self.heard = true;
        let newest = !ack.before(self.acked);
        self.acked = self.acked.max(ack);
        newest
    }

    /// Whether the FIN was acknowledged. An acknowledgement past it shows that the receiver did not take it for the end.
    pub fn fin_acked(&mut self) -> bool {
        let Some(fin) = self.fin.filter(|_| self.heard) else { return false };
        if fin.plus(1).before(self.acked) {
            self.fin = None;
        }
        self.fin.is_some() && self.acked == fin.plus(1)
    }

    /// Gives an empty queue back.
    pub fn release(&mut self, pool: &mut Pool) {
        if self.queue.as_ref().is_some_and(|queue| queue.is_empty() || self.closed)
            && let Some(queue) = self.queue.take()
        {
            pool.give(queue);
            self.arrivals = None;
        }
    }

    /// Memory taken by the queue, in bytes.
    pub fn memory(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.memory()) + self.arrivals.as_ref().map_or(0, |arrivals| arrivals.memory())
    }

    /// Keeps a segment that is to be queued, where it or an earlier one contradicts what is queued. Answers whether there was room.
    pub fn note_arrival(&mut self, at: Seq, data: &[u8]) -> bool {
        let Some(queue) = self.queue.as_ref().filter(|_| !self.arrivals_full) else { return true };
        if self.arrivals.is_none() && !queue.contradicts(self.base, at, data) {
            return true;
        }
        let base = self.base;
        let begun = self.arrivals.is_some();
        let arrivals = self.arrivals.get_or_insert_default();
        let kept = (begun || queue.each_segment(base).all(|(at, bytes)| arrivals.add(at, bytes))) && arrivals.add(at, data);
        if !kept {
            (self.arrivals, self.arrivals_full) = (None, true);
        }
        kept
    }

    /// Moves on to `base`, before which everything was given out or lost.
    pub fn restart_at(&mut self, base: Seq) {
        (self.base, self.scanned, self.pieces, self.arrivals_full) = (base, base, 0, false);
        if self.arrivals.as_mut().is_some_and(|arrivals| !arrivals.consume(base)) {
            self.arrivals = None;
        }
    }
}

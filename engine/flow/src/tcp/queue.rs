//! The bytes of one direction that wait: in-order ones in one contiguous buffer, later ones beyond holes.
//!
//! A segment in order is copied once, to the end of the buffer, and a PDU is a slice of it. Consumed bytes are left at the front until
//! the buffer would have to grow; moving the rest then costs no more than was consumed.
//!
//! Overlaps follow the BSD policy (Novak and Sturges, Target-Based TCP Stream Reassembly, 2007): the bytes that came first stay, except
//! that a segment which begins before a queued one replaces what it covers of it.

use std::collections::VecDeque;

use super::seq::Seq;

/// What one queued segment costs beside its bytes.
const OVERHEAD: usize = 64;

/// Start of a segment within the in-order bytes; it ends where the next one starts.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: Seq,
    time: i64,
}

/// A segment beyond a hole.
#[derive(Debug)]
struct Hold {
    at: Seq,
    time: i64,
    bytes: Vec<u8>,
}

impl Hold {
    fn end(&self) -> Seq {
        self.at.plus(self.bytes.len())
    }
}

/// One direction's queue. `base` in its methods is the sequence number of the first in-order byte.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    bytes: Vec<u8>,
    /// Consumed bytes at the front of `bytes`.
    head: usize,
    marks: VecDeque<Mark>,
    holds: VecDeque<Hold>,
    /// Bytes in `holds`.
    held: usize,
}

impl Queue {
    /// In-order bytes.
    pub fn in_order(&self) -> usize {
        self.bytes.len() - self.head
    }

    /// Nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.in_order() == 0 && self.holds.is_empty()
    }

    /// Bytes queued, those beyond holes included.
    pub fn total(&self) -> usize {
        self.in_order() + self.held
    }

    /// Segments queued.
    pub fn segments(&self) -> usize {
        self.marks.len() + self.holds.len()
    }

    /// Memory taken, in bytes.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.held + self.holds.len() * OVERHEAD + self.marks.capacity() * size_of::<Mark>()
    }

    /// `len` in-order bytes from the `offset`th on; both lie within [`Queue::in_order`].
    pub fn slice(&self, offset: usize, len: usize) -> &[u8] {
        let start = (self.head + offset).min(self.bytes.len());
        &self.bytes[start..(start + len).min(self.bytes.len())]
    }

    /// When the segment with the first in-order byte came.
    pub fn time(&self) -> i64 {
        self.marks.front().map_or(0, |mark| mark.time)
    }

    /// Where the segment that holds in-order byte `at` ends.
    pub fn segment_end(&self, base: Seq, at: Seq) -> Seq {
        self.marks.get(self.mark_of(base, at) + 1).map_or(base.plus(self.in_order()), |mark| mark.at)
    }

    /// Where the first segment beyond a hole starts.
    pub fn after_hole(&self) -> Option<Seq> {
        self.holds.front().map(|hold| hold.at)
    }

    /// End of the last byte queued.
    pub fn end(&self, base: Seq) -> Seq {
        self.holds.back().map_or(base.plus(self.in_order()), Hold::end)
    }

    /// Queues `data`, all of it at or after `base`; answers how much of it is new. Repeated bytes are left out.
    pub fn insert(&mut self, base: Seq, at: Seq, data: &[u8], time: i64) -> usize {
        let next = base.plus(self.in_order());
        if next.before(at) {
            return self.hold(at, data, time);
        }
        let (inside, behind) = data.split_at(data.len().min(next.since(at)));
        let (replaced, joined) = if inside.is_empty() { (0, false) } else { self.overwrite(base, at, inside, time) };
        if !behind.is_empty() {
            self.append(next, behind, time, joined);
        }
        replaced + behind.len()
    }

    /// Whether `data` says something else than bytes that are queued.
    pub fn contradicts(&self, base: Seq, at: Seq, data: &[u8]) -> bool {
        let next = base.plus(self.in_order());
        let differs = |from: Seq, queued: &[u8]| {
            let (first, end) = (from.max(at), from.plus(queued.len()).min(at.plus(data.len())));
            first.before(end) && queued[first.since(from)..end.since(from)] != data[first.since(at)..end.since(at)]
        };
        let end = at.plus(data.len());
        let first = self.holds.partition_point(|hold| !at.before(hold.end()));
        let mut covered = self.holds.iter().skip(first).take_while(|hold| hold.at.before(end));
        at.before(next) && differs(base, self.slice(0, self.in_order())) || covered.any(|hold| differs(hold.at, &hold.bytes))
    }

    /// Every segment that is queued, with where it begins.
    pub fn each_segment(&self, base: Seq) -> impl Iterator<Item = (Seq, &[u8])> {
        let in_order = self.marks.iter().enumerate().map(move |(index, mark)| {
            let end = self.marks.get(index + 1).map_or(base.plus(self.in_order()), |next| next.at);
            (mark.at, self.slice(mark.at.since(base), end.since(mark.at)))
        });
        in_order.chain(self.holds.iter().map(|hold| (hold.at, hold.bytes.as_slice())))
    }

    /// Takes the first `n` in-order bytes away.
    pub fn consume(&mut self, base: Seq, n: usize) {
        self.head += n.min(self.in_order());
        let start = base.plus(n);
        if self.in_order() == 0 {
            self.bytes.clear();
            self.marks.clear();
            self.head = 0;
            return;
        }
        let kept = self.mark_of(base, start);
        self.marks.drain(..kept);
        if let Some(first) = self.marks.front_mut() {
            first.at = start;
        }
    }

    /// Forgets where the segments began that end at or before `scanned`, all but the first.
    pub fn forget_marks(&mut self, base: Seq, scanned: Seq) {
        let all = scanned == base.plus(self.in_order());
        let kept = if all { self.marks.len() } else { self.mark_of(base, scanned) };
        if kept > 1 {
            self.marks.drain(1..kept);
        }
    }

    /// Goes on after the hole behind the in-order bytes, which were consumed.
    pub fn skip_hole(&mut self) {
        if let Some(start) = self.after_hole() {
            self.absorb(start);
        }
    }

    /// Drops everything; answers how many bytes.
    pub fn clear(&mut self) -> usize {
        let dropped = self.total();
        self.bytes.clear();
        self.marks.clear();
        self.holds.clear();
        (self.head, self.held) = (0, 0);
        dropped
    }

    /// Gives memory back so that the empty queue keeps at most about `bytes`.
    pub fn shrink(&mut self, bytes: usize) {
        self.bytes.shrink_to(bytes);
        self.marks.shrink_to(bytes / OVERHEAD);
        self.holds.shrink_to(bytes / OVERHEAD);
    }

    /// Index of the segment that holds in-order byte `at`.
    fn mark_of(&self, base: Seq, at: Seq) -> usize {
        self.marks.partition_point(|mark| mark.at.since(base) <= at.since(base)).saturating_sub(1)
    }

    /// Adds `data` at `next`, the end of the in-order bytes. `joined`: it belongs to the segment that ends there.
    fn append(&mut self, next: Seq, data: &[u8], time: i64, joined: bool) {
        if !joined {
            self.marks.push_back(Mark { at: next, time });
        }
        self.extend(data);
        if !self.holds.is_empty() {
            let end = next.plus(data.len());
            self.trim_holds(0, end);
            self.absorb(end);
        }
    }

    fn extend(&mut self, data: &[u8]) {
        let grows = self.bytes.len() + data.len() > self.bytes.capacity();
        if grows && self.head >= self.in_order() {
            let live = self.in_order();
            self.bytes.copy_within(self.head.., 0);
            self.bytes.truncate(live);
            self.head = 0;
        }
        self.bytes.extend_from_slice(data);
    }

    /// Lays a segment over in-order bytes: it replaces every segment that it begins before, as far as it reaches.
    /// Answers how many bytes it replaced (none where it says the same), and whether it is now the last in-order segment.
    fn overwrite(&mut self, base: Seq, at: Seq, data: &[u8], time: i64) -> (usize, bool) {
        let first = self.mark_of(base, at) + 1;
        let end = at.plus(data.len());
        let Some(start) = self.marks.get(first).map(|mark| mark.at).filter(|start| start.before(end)) else { return (0, false) };
        let piece = &data[start.since(at)..];
        let offset = self.head + start.since(base);
        let old = &mut self.bytes[offset..offset + piece.len()];
        let new = if old == piece { 0 } else { piece.len() };
        old.copy_from_slice(piece);
        self.replace_marks(base, first, end, Mark { at: start, time });
        (new, first + 1 == self.marks.len())
    }

    /// Puts one segment in the place of the `first`th to the one before `end`; of that one a rest may stay.
    fn replace_marks(&mut self, base: Seq, first: usize, end: Seq, new: Mark) {
        let last = self.mark_of(base, end.minus_one()).max(first);
        let rest = Mark { at: end, time: self.marks[last].time };
        let has_rest = self.segment_end(base, end.minus_one()) != end;
        self.marks[first] = new;
        self.marks.drain(first + 1..=last);
        if has_rest {
            self.marks.insert(first + 1, rest);
        }
    }

    /// Keeps a segment beyond a hole.
    fn hold(&mut self, at: Seq, data: &[u8], time: i64) -> usize {
        let place = self.holds.partition_point(|hold| !at.before(hold.at));
        let start = match place.checked_sub(1) {
            Some(earlier) => self.holds[earlier].end().max(at),
            None => at,
        };
        let Some(data) = data.get(start.since(at)..).filter(|data| !data.is_empty()) else { return 0 };
        self.trim_holds(place, start.plus(data.len()));
        self.held += data.len();
        self.holds.insert(place, Hold { at: start, time, bytes: data.to_vec() });
        data.len()
    }

    /// Cuts what lies before `end` off the held segments from the `place`th on.
    fn trim_holds(&mut self, place: usize, end: Seq) {
        while let Some(hold) = self.holds.get_mut(place).filter(|hold| hold.at.before(end)) {
            let cut = end.since(hold.at).min(hold.bytes.len());
            self.held -= cut;
            if cut < hold.bytes.len() {
                hold.bytes.drain(..cut);
                hold.at = end;
                return;
            }
            self.holds.remove(place);
        }
    }

    /// Moves held segments to the in-order bytes while they follow on `next`.
    fn absorb(&mut self, mut next: Seq) {
        while self.holds.front().is_some_and(|hold| hold.at == next) {
            let Some(hold) = self.holds.pop_front() else { return };
            self.held -= hold.bytes.len();
            self.marks.push_back(Mark { at: next, time: hold.time });
            self.extend(&hold.bytes);
            next = hold.end();
        }
    }
}

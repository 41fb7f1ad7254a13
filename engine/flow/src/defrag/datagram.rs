//! One datagram in pieces.

use wire::Fragment;

use super::header::{Parts, finish_ipv4, finish_ipv6};

/// Longest datagram, header included (RFC 791, 3.1).
const MAX_DATAGRAM: usize = 65_535;

/// What one piece costs beside its bytes.
const OVERHEAD: usize = 64;

/// A run of bytes of the datagram's payload.
#[derive(Debug)]
struct Piece {
    offset: usize,
    bytes: Vec<u8>,
}

impl Piece {
    fn end(&self) -> usize {
        self.offset + self.bytes.len()
    }
}

/// What a fragment brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    Fresh,
    Overlapping,
    Nothing,
    Malformed,
}

/// The fragments of one datagram.
#[derive(Debug)]
pub(super) struct Datagram {
    /// Tells datagrams apart that used the same key one after the other.
    pub number: u64,
    /// Nanoseconds since the epoch of its first fragment to come.
    pub start: i64,
    /// Sorted by offset, without overlaps.
    pieces: Vec<Piece>,
    /// Sum of the pieces' lengths.
    held: usize,
    /// Header of the fragment with offset 0.
    header: Vec<u8>,
    next_header: Option<u8>,
    /// Length of the payload, known from the last fragment.
    len: Option<usize>,
}

impl Datagram {
    pub fn new(number: u64, start: i64) -> Self {
        Self { number, start, pieces: Vec::new(), held: 0, header: Vec::new(), next_header: None, len: None }
    }

    /// Memory taken, in bytes.
    pub fn memory(&self) -> usize {
        self.held + self.pieces.len() * OVERHEAD + self.header.len()
    }

    /// Takes a fragment, as Linux does: what precedes it keeps its bytes, what follows it is cut.
    pub fn add(&mut self, fragment: Fragment, parts: &Parts<'_>) -> Added {
        let mut data = parts.payload;
        if fragment.more {
            // All fragments but the last carry a multiple of 8 bytes; Linux cuts the rest off.
            data = &data[..data.len() & !7];
        }
        let offset = fragment.offset as usize;
        let end = offset + data.len();
        if data.is_empty() || end + parts.header.len() > MAX_DATAGRAM || self.contradicts(fragment.more, end) {
            return Added::Malformed;
        }
        if !fragment.more {
            self.len = Some(end);
        }
        if offset == 0 {
            self.header = parts.header.to_vec();
            self.next_header = parts.next_header;
        }
        self.place(offset, data)
    }

    /// Whether a fragment that ends at `end` cannot belong to the same datagram as those before.
    fn contradicts(&self, more: bool, end: usize) -> bool {
        match self.len {
            Some(len) => end > len || !more && end != len,
            None => !more && self.pieces.last().is_some_and(|last| last.end() > end),
        }
    }

    fn place(&mut self, offset: usize, data: &[u8]) -> Added {
        let end = offset + data.len();
        let at = self.pieces.partition_point(|piece| piece.offset < offset);
        let start = at.checked_sub(1).map_or(offset, |earlier| self.pieces[earlier].end().max(offset));
        if start >= end {
            return Added::Nothing;
        }
        let cut = self.cut_from(at, end);
        let bytes = data[start - offset..].to_vec();
        self.held += bytes.len();
        self.pieces.insert(at, Piece { offset: start, bytes });
        if cut || start > offset { Added::Overlapping } else { Added::Fresh }
    }

    /// Cuts what lies before `end` off the pieces from the `at`th on.
    fn cut_from(&mut self, at: usize, end: usize) -> bool {
        let covered = self.pieces[at..].partition_point(|piece| piece.end() <= end);
        let gone: usize = self.pieces.drain(at..at + covered).map(|piece| piece.bytes.len()).sum();
        self.held -= gone;
        let Some(piece) = self.pieces.get_mut(at).filter(|piece| piece.offset < end) else { return covered > 0 };
        self.held -= end - piece.offset;
        piece.bytes.drain(..end - piece.offset);
        piece.offset = end;
        true
    }

    /// Whether no byte is missing.
    pub fn is_complete(&self) -> bool {
        self.len == Some(self.held)
    }

    /// Writes the whole datagram to `out`, from its IP header on; `false` where the header does not allow it.
    pub fn build(&self, out: &mut Vec<u8>) -> bool {
        out.clear();
        out.extend_from_slice(&self.header);
        for piece in &self.pieces {
            out.extend_from_slice(&piece.bytes);
        }
        match self.header.first().map(|first| first >> 4) {
            Some(4) => finish_ipv4(out, self.header.len()),
            Some(6) => finish_ipv6(out, self.header.len(), self.next_header),
            _ => false,
        }
    }
}

//! A piece of a byte block by position: what a parsed message keeps instead of borrowed slices.

use std::ops::Range;

/// Octets `start..end` of some block; the reader knows which block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// From positions; blocks are capped far below 4 GiB.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// The bytes it names, empty where the block is another one than it was made for.
    pub fn of(self, block: &[u8]) -> &[u8] {
        block.get(self.range()).unwrap_or_default()
    }

    /// As a range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Number of octets.
    pub fn len(self) -> usize {
        self.range().len()
    }

    /// The same piece without blanks (SP, HTAB, CR, LF) at both ends.
    pub fn trimmed(self, block: &[u8]) -> Self {
        let (mut start, mut end) = (self.start as usize, self.end as usize);
        while end > start && is_blank(block[end - 1]) {
            end -= 1;
        }
        while start < end && is_blank(block[start]) {
            start += 1;
        }
        Self::new(start, end)
    }
}

/// SP, HTAB, CR or LF.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// SP or HTAB.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

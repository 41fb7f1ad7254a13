//! Where in which buffer a rule is looking (Snort 3 manual, "IPS options and the cursor").

use inspect::BufferId;

/// A position in a buffer. Copied at every step so that a failed branch leaves no trace.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    /// The selected buffer.
    pub buffer: BufferId,
    /// Its bytes.
    pub data: &'a [u8],
    /// Next byte to look at; at most `data.len()`.
    pub pos: usize,
    /// How far the current step was moved on by retries; 0 on the first try.
    pub delta: usize,
    /// Bytes of the same file that went before `data` (file_data only).
    pub file_pos: u64,
}

impl<'a> Cursor<'a> {
    /// At the start of `data`.
    pub fn new(buffer: BufferId, data: &'a [u8]) -> Self {
        Self { buffer, data, pos: 0, delta: 0, file_pos: 0 }
    }

    /// Bytes from the position on.
    pub fn rest(&self) -> &'a [u8] {
        self.data.get(self.pos..).unwrap_or_default()
    }

    /// Start of a fixed-position read: buffer start, or the position where `relative`, moved by `offset`.
    /// `None` where that is outside of the buffer.
    pub fn at(&self, relative: bool, offset: i64) -> Option<usize> {
        let base = if relative { self.pos as i64 } else { 0 };
        usize::try_from(base + offset).ok().filter(|&start| start <= self.data.len())
    }
}

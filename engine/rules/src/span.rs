//! Places in a rule file.

/// A byte range of a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// From `start` to before `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// What stands there in `source`; empty where the span lies outside.
    pub fn bytes(self, source: &[u8]) -> &[u8] {
        let end = self.end.min(source.len());
        source.get(self.start..end).unwrap_or_default()
    }
}

/// Line and column of a byte offset, both from 1; columns count characters, a byte that is no UTF-8 as one.
pub fn line_column(source: &[u8], offset: usize) -> (usize, usize) {
    let before = &source[..offset.min(source.len())];
    let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

//! A reader over the bytes of a rule file, bounded so that one broken rule cannot swallow the next.

use crate::ast::Word;
use crate::span::Span;

/// Position in a source and the end up to which it may be read.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'s> {
    source: &'s [u8],
    pub(crate) position: usize,
    end: usize,
}

impl<'s> Scanner<'s> {
    /// Reads `span` of `source`.
    pub(crate) fn new(source: &'s [u8], span: Span) -> Self {
        let end = span.end.min(source.len());
        Self { source, position: span.start.min(end), end }
    }

    /// The next byte, not taken.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// Everything not yet read.
    pub(crate) fn rest(&self) -> &'s [u8] {
        &self.source[self.position..self.end]
    }

    /// Takes a byte.
    pub(crate) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.position += 1;
        Some(byte)
    }

    /// Takes `text` if it comes next.
    pub(crate) fn take(&mut self, text: &[u8]) -> bool {
        let here = self.rest().starts_with(text);
        self.position += if here { text.len() } else { 0 };
        here
    }

    /// Takes bytes as long as `wanted`.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> Word {
        let start = self.position;
        while self.peek().is_some_and(&wanted) {
            self.position += 1;
        }
        self.word(start, self.position)
    }

    /// The text between two offsets; bytes that are no UTF-8 show as U+FFFD.
    pub(crate) fn word(&self, start: usize, end: usize) -> Word {
        let span = Span::new(start, end);
        Word { text: String::from_utf8_lossy(span.bytes(self.source)).into_owned(), span }
    }

    /// All that there is, also what lies outside of the bounds.
    pub(crate) fn source(&self) -> &'s [u8] {
        self.source
    }

    /// The bytes of `span`.
    pub(crate) fn bytes(&self, span: Span) -> &'s [u8] {
        span.bytes(self.source)
    }

    /// The span from `start` to here.
    pub(crate) fn since(&self, start: usize) -> Span {
        Span::new(start, self.position)
    }

    /// The next byte as a span; at the end of the input the byte before, so that a caret has something to point at.
    pub(crate) fn here(&self) -> Span {
        let start = if self.position < self.end { self.position } else { self.last_visible() };
        Span::new(start, start + 1)
    }

    /// The last byte before here that is no blank.
    fn last_visible(&self) -> usize {
        self.source[..self.position].iter().rposition(|&byte| !is_blank(byte)).unwrap_or(0)
    }

    /// Skips blanks, line ends, continued lines and comments. False where a comment was not closed.
    pub(crate) fn skip_blanks(&mut self) -> bool {
        loop {
            match self.rest() {
                [byte, ..] if is_blank(*byte) => self.position += 1,
                [b'\\', b'\n', ..] => self.position += 2,
                [b'\\', b'\r', b'\n', ..] => self.position += 3,
                [b'#', ..] | [b'/', b'*', ..] => {
                    if !self.skip_comment() {
                        return false;
                    }
                }
                _ => return true,
            }
        }
    }

    /// Skips the comment that begins here: `#` to the end of the line, `#begin` to `#end`, or `/*` to `*/`.
    pub(crate) fn skip_comment(&mut self) -> bool {
        if self.rest().starts_with(b"/*") {
            return self.skip_past(b"*/");
        }
        if self.rest().starts_with(b"#begin") {
            return self.skip_past(b"#end") && self.skip_line();
        }
        self.skip_line()
    }

    /// Skips to behind the line end; the end of the input is one.
    pub(crate) fn skip_line(&mut self) -> bool {
        if !self.skip_past(b"\n") {
            self.position = self.end;
        }
        true
    }

    /// Skips to behind `text`. Stays where it is, and says so, where there is none.
    fn skip_past(&mut self, text: &[u8]) -> bool {
        let found = self.rest().windows(text.len()).position(|window| window == text);
        self.position += found.map_or(0, |at| at + text.len());
        found.is_some()
    }
}

/// Blanks between the parts of a rule; rules may span lines.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c)
}

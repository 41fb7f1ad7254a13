//! Header lines (RFC 9112 section 5): found once, kept as positions, with what framing and the buffers need of them.

use std::ops::Range;

use memchr::memchr_iter;

use super::counters::COUNTERS;
use super::decompress::Coding;
use super::line_feeds::LineFeeds;
use super::span::{Span, is_blank, is_space};
use super::start_line::line_end;

/// Header lines kept as single fields; further ones are only part of the whole-header buffers.
pub(crate) const MAX_FIELDS: usize = 256;

/// One header line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// From its first octet to the first of the next line.
    pub line: Span,
    pub name: Span,
    /// Outer blanks removed; folds and blanks inside are as they came.
    pub value: Span,
    /// Continued on further lines; later, that its value had to be folded.
    pub folded: bool,
}

/// What the body's length hangs on, as far as headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Length {
    #[default]
    Unsaid,
    Octets(u64),
    Chunked,
    /// Contradictory or unreadable.
    Ambiguous,
}

/// The header lines of one message.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    /// The first [`MAX_FIELDS`] lines that have a name.
    pub fields: Vec<Field>,
    pub length: Length,
    /// Content coding that can be undone.
    pub coding: Option<Coding>,
    coded: u32,
    pub content_type: Span,
    pub host: Span,
    pub user_agent: Span,
    pub forwarded_for: Span,
    /// The first [`MAX_FIELDS`] lines of Cookie (requests) or Set-Cookie (responses).
    pub cookies: Vec<Field>,
}

impl Headers {
    /// Reads the lines in `block[span]`, a header block without its final line ends.
    pub fn read(&mut self, block: &[u8], span: Span, line_feeds: &LineFeeds, cookie_name: &[u8]) {
        let ended = self.lines(block, span, line_feeds, cookie_name);
        // More CRs than line ends: some stand alone, and those are line ends too.
        if ended != memchr_iter(b'\r', span.of(block)).count() {
            self.lines_with_bare_cr(block, span, cookie_name);
        }
    }

    /// Becomes the same as `other`, reusing the memory.
    pub fn copy(&mut self, other: &Self) {
        let (mut fields, mut cookies) = (std::mem::take(&mut self.fields), std::mem::take(&mut self.cookies));
        fields.clone_from(&other.fields);
        cookies.clone_from(&other.cookies);
        let Self { length, coding, coded, content_type, host, user_agent, forwarded_for, .. } = *other;
        *self = Self { fields, cookies, length, coding, coded, content_type, host, user_agent, forwarded_for };
    }

    fn clear(&mut self) {
        self.fields.clear();
        self.cookies.clear();
        *self = Self { fields: std::mem::take(&mut self.fields), cookies: std::mem::take(&mut self.cookies), ..Self::default() };
    }

    /// Lines that end with LF or CRLF; answers how many CRs that were.
    fn lines(&mut self, block: &[u8], span: Span, line_feeds: &LineFeeds, cookie_name: &[u8]) -> usize {
        self.clear();
        let text = &block[..span.end as usize];
        let (mut start, mut ended, mut folded) = (span.start as usize, 0, false);
        for lf in line_feeds.iter(text, start).take_while(|lf| *lf < text.len()) {
            let crs = usize::from(lf > start && text[lf - 1] == b'\r');
            ended += crs;
            if text.get(lf + 1).is_some_and(|&next| is_space(next)) && lf > start {
                folded = true;
                continue;
            }
            self.line(block, start..lf - crs, lf + 1, folded, cookie_name);
            (start, folded) = (lf + 1, false);
        }
        self.line(block, start..text.len(), text.len(), folded, cookie_name);
        ended
    }

    /// The same where lone CRs end lines.
    fn lines_with_bare_cr(&mut self, block: &[u8], span: Span, cookie_name: &[u8]) {
        self.clear();
        let text = &block[..span.end as usize];
        let (mut start, mut from, mut folded) = (span.start as usize, span.start as usize, false);
        while from < text.len() {
            let (end, next) = line_end(text, from);
            from = next;
            if text.get(next).is_some_and(|&byte| is_space(byte)) && end > start {
                folded = true;
                continue;
            }
            self.line(block, start..end, next, folded, cookie_name);
            (start, folded) = (next, false);
        }
    }

    /// Files the line `at`, with its continuations, behind which the next begins at `next`.
    fn line(&mut self, block: &[u8], at: Range<usize>, next: usize, folded: bool, cookie_name: &[u8]) {
        let line = &block[at.clone()];
        let Some(colon) = colon(line) else { return };
        let name = Span::new(at.start, at.start + colon).trimmed(block);
        let value = Span::new(at.start + colon + 1, at.end).trimmed(block);
        let field = Field { line: Span::new(at.start, next), name, value, folded };
        self.classify(block, &field, cookie_name);
        if self.fields.len() < MAX_FIELDS {
            self.fields.push(field);
        } else if self.fields.len() == MAX_FIELDS {
            COUNTERS.fields_beyond_limit.add();
        }
    }

    fn classify(&mut self, block: &[u8], field: &Field, cookie_name: &[u8]) {
        let (name, value) = (field.name.of(block), field.value.of(block));
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        // By length first: most names are none of these.
        match name.len() {
            4 if is(b"Host") && self.host.len() == 0 => self.host = field.value,
            10 if is(b"User-Agent") => self.user_agent = field.value,
            12 if is(b"Content-Type") => self.content_type = field.value,
            14 if is(b"Content-Length") => self.content_length(value),
            14 if is(b"True-Client-IP") => self.forwarded_for = field.value,
            15 if is(b"X-Forwarded-For") => self.forwarded_for = field.value,
            16 if is(b"Content-Encoding") => self.coding(value),
            17 if is(b"Transfer-Encoding") => self.transfer_encoding(value),
            n if n == cookie_name.len() && is(cookie_name) && self.cookies.len() < MAX_FIELDS => self.cookies.push(*field),
            _ => {}
        }
    }

    fn content_length(&mut self, value: &[u8]) {
        let stated = decimal(value);
        self.length = match (self.length, stated) {
            (Length::Chunked, _) => Length::Chunked,
            (Length::Unsaid, Some(n)) => Length::Octets(n),
            (Length::Octets(a), Some(b)) if a == b => Length::Octets(a),
            _ => Length::Ambiguous,
        };
    }

    fn transfer_encoding(&mut self, value: &[u8]) {
        let last = value.rsplit(|&b| b == b',').next().unwrap_or_default().trim_ascii();
        if last.eq_ignore_ascii_case(b"chunked") {
            self.length = Length::Chunked;
            let before = value[..value.len() - last.len()].trim_ascii().strip_suffix(b",").unwrap_or_default();
            if !before.is_empty() {
                self.coding(before);
            }
        } else if !last.eq_ignore_ascii_case(b"identity") {
            self.coding(value);
            if self.length != Length::Chunked {
                self.length = Length::Ambiguous;
            }
        }
    }

    /// One coding is undone; stacked ones stay.
    fn coding(&mut self, value: &[u8]) {
        if value.trim_ascii().eq_ignore_ascii_case(b"identity") {
            return;
        }
        self.coded += 1;
        self.coding = Coding::named(value).filter(|_| self.coded == 1);
    }

    /// Whether the body is a form with files in it.
    pub fn is_multipart_form(&self, block: &[u8]) -> bool {
        let value = self.content_type.of(block);
        value.get(..19).is_some_and(|kind| kind.eq_ignore_ascii_case(b"multipart/form-data"))
    }
}

/// The first colon of a line. Names are short and their lengths vary: eight octets at a time beat both a loop over octets
/// and a call of memchr.
fn colon(line: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = line.split_at(line.len() & !7);
    for (at, word) in words.chunks_exact(8).enumerate() {
        // A colon becomes a zero octet; the lowest octet whose top bit this sets is the first zero.
        let zeroed = word.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)) ^ (ONES * u64::from(b':'));
        let found = zeroed.wrapping_sub(ONES) & !zeroed & (ONES << 7);
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|&b| b == b':').map(|at| words.len() + at)
}

/// A decimal number; several equal ones joined by commas count as one (RFC 9110 section 8.6).
fn decimal(value: &[u8]) -> Option<u64> {
    let mut found = None;
    for part in value.split(|&b| b == b',') {
        let digits = part.trim_ascii();
        if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = digits.iter().fold(0, |n, d| n * 10 + u64::from(d - b'0'));
        if found.is_some_and(|f| f != number) {
            return None;
        }
        found = Some(number);
    }
    found
}

/// The end of a header block without its final line ends.
pub(crate) fn without_final_line_ends(block: &[u8]) -> usize {
    block.iter().rposition(|&b| !matches!(b, b'\r' | b'\n')).map_or(0, |at| at + 1)
}

/// The last address of an X-Forwarded-For or True-Client-IP value.
pub(crate) fn last_address(value: Span, block: &[u8]) -> Span {
    let text = value.of(block);
    let from = text.iter().rposition(|&b| b == b',' || is_blank(b)).map_or(0, |at| at + 1);
    Span::new(value.start as usize + from, value.end as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(block: &str) -> Headers {
        let mut headers = Headers::default();
        headers.read(block.as_bytes(), Span::new(0, block.len()), &LineFeeds::of(block.as_bytes()), b"Cookie");
        headers
    }

    #[test]
    fn fields_of_every_line_form() {
        let cases: [(&str, &[(&str, &str)]); 8] = [
            ("Host: a\r\nX-B:c", &[("Host", "a"), ("X-B", "c")]),
            ("Host: a\nX-B: c", &[("Host", "a"), ("X-B", "c")]),
            ("Host: a\rX-B: c\r\nD: e", &[("Host", "a"), ("X-B", "c"), ("D", "e")]),
            ("X-Fold: one\r\n two\r\nD: e", &[("X-Fold", "one\r\n two"), ("D", "e")]),
            ("Host : a\r\nno colon\r\n: no name", &[("Host", "a"), ("", "no name")]),
            ("A:  two  words \t", &[("A", "two  words")]),
            ("A: b\r\nC: d", &[("A", "b"), ("C", "d")]),
            ("", &[]),
        ];
        for (block, want) in cases {
            let headers = read(block);
            let text = |span: Span| std::str::from_utf8(span.of(block.as_bytes())).unwrap();
            let got: Vec<_> = headers.fields.iter().map(|f| (text(f.name), text(f.value))).collect();
            assert_eq!(got, want, "{block:?}");
        }
    }

    #[test]
    fn colons() {
        for length in 0..40 {
            assert_eq!(colon(&vec![b';'; length]), None);
            for at in 0..length {
                let mut line = vec![b'a' + (at % 20) as u8; length];
                line[at..].fill(b':');
                assert_eq!(colon(&line), Some(at));
            }
        }
    }

    #[test]
    fn lengths() {
        let cases = [
            ("A: b", Length::Unsaid),
            ("content-length: 5", Length::Octets(5)),
            ("Content-Length: 5\r\nContent-Length: 5", Length::Octets(5)),
            ("Content-Length: 5, 5", Length::Octets(5)),
            ("Content-Length: 5\r\nContent-Length: 6", Length::Ambiguous),
            ("Content-Length: -1", Length::Ambiguous),
            ("Content-Length: 99999999999999999999", Length::Ambiguous),
            ("Content-Length:", Length::Ambiguous),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked", Length::Chunked),
            ("Transfer-Encoding: Chunked\r\nContent-Length: x", Length::Chunked),
            ("Transfer-Encoding: gzip, chunked", Length::Chunked),
            ("Transfer-Encoding: identity\r\nContent-Length: 5", Length::Octets(5)),
            ("Transfer-Encoding: gzip", Length::Ambiguous),
        ];
        for (block, want) in cases {
            assert_eq!(read(block).length, want, "{block:?}");
        }
    }

    #[test]
    fn codings() {
        let cases = [
            ("Content-Encoding: gzip", Some(Coding::Gzip)),
            ("Content-Encoding: deflate", Some(Coding::Deflate)),
            ("Content-Encoding: br", None),
            ("Content-Encoding: gzip, gzip", None),
            ("Content-Encoding: gzip\r\nContent-Encoding: deflate", None),
            ("Transfer-Encoding: gzip, chunked", Some(Coding::Gzip)),
            ("Transfer-Encoding: gzip, chunked\r\nContent-Encoding: gzip", None),
            ("Content-Encoding: identity", None),
        ];
        for (block, want) in cases {
            assert_eq!(read(block).coding, want, "{block:?}");
        }
    }

    #[test]
    fn many_fields_are_capped_but_still_frame() {
        let block = "A: b\r\n".repeat(1000) + "Content-Length: 7\r\nCookie: c";
        let headers = read(&block);
        assert_eq!((headers.fields.len(), headers.length, headers.cookies.len()), (MAX_FIELDS, Length::Octets(7), 1));
        assert!(COUNTERS.fields_beyond_limit.get() > 0);
    }

    #[test]
    fn true_client_address() {
        for (block, want) in [("X-Forwarded-For: 1.2.3.4, 5.6.7.8", "5.6.7.8"), ("True-Client-IP: ::1", "::1"), ("A: b", "")] {
            assert_eq!(last_address(read(block).forwarded_for, block.as_bytes()).of(block.as_bytes()), want.as_bytes());
        }
    }
}

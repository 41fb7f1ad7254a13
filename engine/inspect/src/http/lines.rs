//! The lines of a header block or of trailers, for options that count or measure them (RFC 9112 section 5).

use memchr::memchr;

use super::span::is_space;
use super::start_line::line_end;

/// One line: a continued one counts as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderLine<'a> {
    /// Without blanks around it; empty where there is no colon.
    pub name: &'a [u8],
    /// Without blanks around it, folds and blanks inside as they came.
    pub value: &'a [u8],
    /// Octets up to the line end.
    pub length: usize,
}

/// The lines of a block, each ended by LF, CRLF or a lone CR.
pub fn header_lines(block: &[u8]) -> impl Iterator<Item = HeaderLine<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from;
        let mut end = start;
        while from < block.len() {
            (end, from) = line_end(block, from);
            if end == start || !block.get(from).is_some_and(|&byte| is_space(byte)) {
                break;
            }
        }
        (start < block.len()).then(|| line(&block[start..end.max(start)]))
    })
    .filter(|line| line.length > 0)
}

fn line(text: &[u8]) -> HeaderLine<'_> {
    let (name, value) = memchr(b':', text).map_or((&[][..], text), |colon| (&text[..colon], &text[colon + 1..]));
    HeaderLine { name: name.trim_ascii(), value: value.trim_ascii(), length: text.len() }
}

/// The value with every run of blanks and folds inside made one space.
pub fn folded(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    super::normalize::fold_blanks(value, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, value, length.
    type Line<'a> = (&'a str, &'a str, usize);

    #[test]
    fn lines_of_every_form() {
        let cases: [(&str, &[Line<'_>]); 6] = [
            ("Host: a\r\nX-B:c", &[("Host", "a", 7), ("X-B", "c", 5)]),
            ("Host: a\nX-B: c\n", &[("Host", "a", 7), ("X-B", "c", 6)]),
            ("A: b\rC: d", &[("A", "b", 4), ("C", "d", 4)]),
            ("X: one\r\n two\r\nD: e", &[("X", "one\r\n two", 12), ("D", "e", 4)]),
            ("no colon\r\n: v", &[("", "no colon", 8), ("", "v", 3)]),
            ("", &[]),
        ];
        for (block, want) in cases {
            let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
            let got: Vec<_> = header_lines(block.as_bytes()).map(|line| (text(line.name), text(line.value), line.length)).collect();
            assert_eq!(got, want, "{block:?}");
        }
    }
}

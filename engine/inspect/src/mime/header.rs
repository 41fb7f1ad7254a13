//! Header blocks of mail and of its parts: what they say of the body (RFC 5322, 2.2; RFC 2045, 5 and 6; RFC 2046, 5.1).

use crate::counters::CAPS;

/// Octets of a header block that are read; the rest is passed over.
const LONGEST_BLOCK: usize = 8192;

/// Octets of the longest boundary that is followed (RFC 2046 allows 70).
pub(super) const LONGEST_BOUNDARY: usize = 200;

/// How a body is encoded (RFC 2045, 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    /// As it is.
    #[default]
    Identity,
    Base64,
    QuotedPrintable,
    Uuencode,
}

/// What a header block says of its body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BodyKind {
    /// Content-Transfer-Encoding, where there is one.
    pub encoding: Option<Encoding>,
    /// There is a Content-Type.
    pub typed: bool,
    /// Its boundary parameter.
    pub boundary: Option<Vec<u8>>,
}

/// Collects a header block line by line.
#[derive(Debug, Default)]
pub(super) struct HeaderBlock {
    text: Vec<u8>,
    line_start: usize,
    /// Octets of the current line that did not fit.
    dropped: bool,
}

impl HeaderBlock {
    /// Takes octets up to and with a line end, or less. Answers the line's octets once it ends.
    pub(super) fn push<'a>(&'a mut self, octets: &'a [u8]) -> Option<&'a [u8]> {
        let room = LONGEST_BLOCK - self.text.len();
        self.text.extend_from_slice(&octets[..octets.len().min(room)]);
        if octets.len() > room && !self.dropped {
            self.dropped = true;
            CAPS.mime_headers_too_long.hit();
        }
        octets.ends_with(b"\n").then(|| {
            let start = std::mem::replace(&mut self.line_start, self.text.len());
            let line = &self.text[start..];
            // A line that did not fit is not mistaken for an empty one.
            if octets.len() > room { octets } else { line }
        })
    }

    /// Reads the block and forgets it.
    pub(super) fn finish(&mut self) -> BodyKind {
        let mut kind = BodyKind::default();
        let block = std::mem::take(self);
        for (name, value) in fields(&block.text) {
            if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
                kind.encoding = Some(encoding(&value));
            } else if name.eq_ignore_ascii_case(b"content-type") {
                kind.typed = true;
                kind.boundary = boundary(&value);
            }
        }
        kind
    }
}

/// Fields with folded lines joined.
fn fields(block: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for line in block.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
            if let Some((_, value)) = fields.last_mut() {
                value.extend_from_slice(line);
            }
        } else if let Some(colon) = memchr::memchr(b':', line) {
            fields.push((line[..colon].trim_ascii().to_vec(), line[colon + 1..].trim_ascii().to_vec()));
        }
    }
    fields
}

fn encoding(value: &[u8]) -> Encoding {
    let names: [(&[u8], Encoding); 6] = [
        (b"base64", Encoding::Base64),
        (b"quoted-printable", Encoding::QuotedPrintable),
        (b"x-uuencode", Encoding::Uuencode),
        (b"uuencode", Encoding::Uuencode),
        (b"x-uue", Encoding::Uuencode),
        (b"uue", Encoding::Uuencode),
    ];
    let word = value.split(|b| matches!(b, b';' | b' ' | b'\t' | b'(')).next().unwrap_or_default();
    names.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map_or(Encoding::Identity, |(_, encoding)| *encoding)
}

fn boundary(value: &[u8]) -> Option<Vec<u8>> {
    const NAME: &[u8] = b"boundary";
    let at = value.windows(NAME.len()).position(|w| w.eq_ignore_ascii_case(NAME))?;
    let rest = value[at + NAME.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let text = match rest.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|b| *b == b'"').next(),
        None => rest.split(|b| matches!(b, b';' | b' ' | b'\t')).next(),
    }?;
    (!text.is_empty() && text.len() <= LONGEST_BOUNDARY).then(|| text.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_block_tells_how_its_body_is_kept() {
        let cases: &[(&str, Option<Encoding>, bool, Option<&str>)] = &[
            ("Subject: x\r\n\r\n", None, false, None),
            ("Content-Transfer-Encoding: BASE64\r\n\r\n", Some(Encoding::Base64), false, None),
            ("content-transfer-encoding:quoted-printable \r\n\r\n", Some(Encoding::QuotedPrintable), false, None),
            ("Content-Transfer-Encoding: x-uuencode\n\n", Some(Encoding::Uuencode), false, None),
            ("Content-Transfer-Encoding: 8bit\r\n\r\n", Some(Encoding::Identity), false, None),
            ("Content-Type: multipart/mixed; boundary=\"a b\"; x=y\r\n\r\n", None, true, Some("a b")),
            ("Content-Type: multipart/mixed;\r\n\tBoundary = abc;x\r\n\r\n", None, true, Some("abc")),
            ("Content-Type: multipart/mixed; boundary=\r\n\r\n", None, true, None),
        ];
        for (text, encoding, typed, boundary) in cases {
            let mut block = HeaderBlock::default();
            for line in text.split_inclusive('\n') {
                assert_eq!(block.push(line.as_bytes()), Some(line.as_bytes()));
            }
            let want = BodyKind { encoding: *encoding, typed: *typed, boundary: boundary.map(|b| b.as_bytes().to_vec()) };
            assert_eq!(block.finish(), want, "{text}");
        }
    }

    #[test]
    fn a_block_beyond_the_limit_still_ends_at_its_blank_line() {
        let mut block = HeaderBlock::default();
        block.push(&vec![b'x'; LONGEST_BLOCK + 5]);
        assert_eq!(block.push(b"y\r\n"), Some(&b"y\r\n"[..]));
        assert_eq!(block.push(b"\r\n"), Some(&b"\r\n"[..]));
        assert!(block.text.len() <= LONGEST_BLOCK);
    }
}

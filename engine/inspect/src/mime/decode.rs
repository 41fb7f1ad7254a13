//! Body decodings that go on over any split of the body (RFC 2045, 6.7 and 6.8; uuencode: POSIX).

use super::header::Encoding;

/// One body being decoded.
#[derive(Debug, Default)]
pub(super) struct BodyDecoder {
    encoding: Encoding,
    base64: Base64,
    quoted: QuotedPrintable,
    uu: Uuencode,
}

impl BodyDecoder {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { encoding, ..Self::default() }
    }

    /// Whether octets come out as they went in.
    pub(super) fn is_identity(&self) -> bool {
        self.encoding == Encoding::Identity
    }

    /// Decodes the next octets onto `out`.
    pub(super) fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Identity => out.extend_from_slice(octets),
            Encoding::Base64 => octets.iter().for_each(|b| self.base64.push(*b, out)),
            Encoding::QuotedPrintable => octets.iter().for_each(|b| self.quoted.push(*b, out)),
            Encoding::Uuencode => octets.iter().for_each(|b| self.uu.push(*b, out)),
        }
    }
}

/// Octets outside the alphabet are passed over; padding ends the body.
#[derive(Debug, Default)]
struct Base64 {
    bits: u32,
    have: u32,
    over: bool,
}

impl Base64 {
    fn push(&mut self, octet: u8, out: &mut Vec<u8>) {
        let Some(value) = sextet(octet) else {
            self.over |= octet == b'=';
            return;
        };
        if self.over {
            return;
        }
        self.bits = self.bits << 6 | u32::from(value);
        self.have += 6;
        if self.have >= 8 {
            self.have -= 8;
            out.push((self.bits >> self.have) as u8);
        }
    }
}

fn sextet(octet: u8) -> Option<u8> {
    match octet {
        b'A'..=b'Z' => Some(octet - b'A'),
        b'a'..=b'z' => Some(octet - b'a' + 26),
        b'0'..=b'9' => Some(octet - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// `=hh` is an octet, `=` before a line end joins lines; any other `=` stays.
#[derive(Debug, Default)]
struct QuotedPrintable {
    held: [u8; 2],
    have: usize,
}

impl QuotedPrintable {
    fn push(&mut self, octet: u8, out: &mut Vec<u8>) {
        match (self.have, self.held, octet) {
            (0, _, b'=') => self.hold(octet),
            (0, ..) => out.push(octet),
            (1, _, b'\n') => self.have = 0,
            (1, _, b'\r') => self.hold(octet),
            (1, ..) if octet.is_ascii_hexdigit() => self.hold(octet),
            (2, [_, b'\r'], b'\n') => self.have = 0,
            (2, [_, high], _) if high != b'\r' && octet.is_ascii_hexdigit() => {
                self.have = 0;
                out.push(nibble(high) << 4 | nibble(octet));
            }
            _ => {
                out.extend_from_slice(&self.held[..self.have]);
                self.have = 0;
                self.push(octet, out);
            }
        }
    }

    fn hold(&mut self, octet: u8) {
        self.held[self.have] = octet;
        self.have += 1;
    }
}

fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

/// Lines between `begin` and `end`; the first octet of a line is its length.
#[derive(Debug, Default)]
struct Uuencode {
    state: UuState,
    bits: u32,
    have: u32,
    left: u8,
    word: [u8; 6],
    word_len: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum UuState {
    /// Looking for the `begin` line.
    #[default]
    Before,
    LineStart,
    InLine,
    After,
}

impl Uuencode {
    fn push(&mut self, octet: u8, out: &mut Vec<u8>) {
        match self.state {
            UuState::Before => self.before(octet),
            UuState::LineStart => self.line_start(octet),
            UuState::InLine => self.in_line(octet, out),
            UuState::After => {}
        }
    }

    fn before(&mut self, octet: u8) {
        if octet == b'\n' {
            let begun = self.word == *b"begin ";
            self.state = if begun { UuState::LineStart } else { UuState::Before };
            self.word = [0; 6];
            self.word_len = 0;
        } else if self.word_len < self.word.len() {
            self.word[self.word_len] = octet;
            self.word_len += 1;
        }
    }

    fn line_start(&mut self, octet: u8) {
        (self.bits, self.have) = (0, 0);
        self.left = octet.wrapping_sub(b' ') & 0x3f;
        self.state = match octet {
            b'\r' | b'\n' => UuState::LineStart,
            b'`' | b' ' | b'e' => UuState::After,
            _ => UuState::InLine,
        };
    }

    fn in_line(&mut self, octet: u8, out: &mut Vec<u8>) {
        if octet == b'\n' {
            self.state = UuState::LineStart;
            return;
        }
        if self.left == 0 || !(b' '..=b'`').contains(&octet) {
            return;
        }
        self.bits = self.bits << 6 | u32::from(octet.wrapping_sub(b' ') & 0x3f);
        self.have += 6;
        if self.have >= 8 {
            self.have -= 8;
            self.left -= 1;
            out.push((self.bits >> self.have) as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: &[(Encoding, &[u8], &[u8])] = &[
        (Encoding::Identity, b"a=3D\r\n", b"a=3D\r\n"),
        (Encoding::Base64, b"YXR0YWNo\r\nZWQ=\r\n", b"attached"),
        (Encoding::Base64, b"YX!R0 YWNo", b"attach"),
        (Encoding::Base64, b"YQ==YQ==", b"a"),
        (Encoding::QuotedPrintable, b"a=3Db=\r\nc=\nd", b"a=bcd"),
        (Encoding::QuotedPrintable, b"=4=4x=zz==41", b"=4=4x=zz=A"),
        (Encoding::Uuencode, b"junk\r\nbegin 644 f\r\n#0V%T\r\n`\r\nend\r\n", b"Cat"),
        (Encoding::Uuencode, b"begin 644 f\n$0V%T<P``\n#0V%T\n \nend\n", b"CatsCat"),
    ];

    #[test]
    fn bodies_decode_alike_at_any_split() {
        for (encoding, body, want) in CASES {
            for at in 0..=body.len() {
                let (mut decoder, mut out) = (BodyDecoder::new(*encoding), Vec::new());
                decoder.push(&body[..at], &mut out);
                decoder.push(&body[at..], &mut out);
                assert_eq!(&out, want, "{encoding:?} {:?} at {at}", String::from_utf8_lossy(body));
            }
        }
    }
}

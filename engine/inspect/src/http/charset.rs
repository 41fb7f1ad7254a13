//! Character sets of response bodies: UTF-16 and UTF-32 become one octet a character where that holds it, else UTF-8, so
//! that patterns written in octets find their text.

/// A body's character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Charset {
    /// One octet a character, or UTF-8: nothing to convert.
    #[default]
    Narrow,
    Utf16 {
        big: bool,
    },
    Utf32 {
        big: bool,
    },
    /// To be told from the first octets.
    Unknown,
}

impl Charset {
    /// What a Content-Type says (RFC 9110 section 8.3): its `charset` parameter; for text without one, unknown.
    pub fn of_content_type(value: &[u8]) -> Self {
        let parameter = |at: &usize| value[..*at].last_chunk::<7>().is_some_and(|name| name.eq_ignore_ascii_case(b"charset"));
        if let Some(at) = memchr::memchr_iter(b'=', value).find(parameter) {
            let name = &value[at + 1..];
            return Self::named(name.strip_prefix(b"\"").unwrap_or(name));
        }
        let text = value.get(..5).is_some_and(|kind| kind.eq_ignore_ascii_case(b"text/"));
        if text { Self::Unknown } else { Self::Narrow }
    }

    fn named(name: &[u8]) -> Self {
        let is = |start: usize, text: &[u8]| name.get(start..start + text.len()).is_some_and(|part| part.eq_ignore_ascii_case(text));
        let (wide, wider, big, little) = (is(0, b"utf-16"), is(0, b"utf-32"), is(6, b"be"), is(6, b"le"));
        match (wide, wider) {
            (true, _) if big || little => Self::Utf16 { big },
            (_, true) if big || little => Self::Utf32 { big },
            (false, false) => Self::Narrow,
            _ => Self::Unknown,
        }
    }

    /// Tells the set from a byte order mark; text without one is narrow.
    fn guess(first: &[u8]) -> Self {
        match first {
            [0xFF, 0xFE, 0, 0, ..] => Self::Utf32 { big: false },
            [0, 0, 0xFE, 0xFF, ..] => Self::Utf32 { big: true },
            [0xFF, 0xFE, ..] => Self::Utf16 { big: false },
            [0xFE, 0xFF, ..] => Self::Utf16 { big: true },
            _ => Self::Narrow,
        }
    }

    fn unit(self) -> usize {
        match self {
            Self::Narrow | Self::Unknown => 1,
            Self::Utf16 { .. } => 2,
            Self::Utf32 { .. } => 4,
        }
    }
}

/// Converts the sections of one body.
#[derive(Debug, Default)]
pub(crate) struct Converter {
    charset: Charset,
    /// Octets of a unit cut by the end of a section.
    rest: [u8; 4],
    rest_len: usize,
    /// First half of a surrogate pair.
    high: Option<u16>,
}

impl Converter {
    pub fn new(charset: Charset) -> Self {
        Self { charset, ..Self::default() }
    }

    /// Appends `section` converted to `out` and answers true; false where the section is right as it is.
    pub fn convert(&mut self, section: &[u8], out: &mut Vec<u8>) -> bool {
        if self.charset == Charset::Unknown && !section.is_empty() {
            self.charset = Charset::guess(section);
        }
        let unit = self.charset.unit();
        if unit == 1 {
            return false;
        }
        let mut section = section;
        if self.rest_len > 0 {
            let taken = section.len().min(unit - self.rest_len);
            self.rest[self.rest_len..self.rest_len + taken].copy_from_slice(&section[..taken]);
            self.rest_len += taken;
            section = &section[taken..];
            if self.rest_len < unit {
                return true;
            }
            let rest = self.rest;
            self.units(&rest[..unit], out);
        }
        let whole = section.len() - section.len() % unit;
        self.units(&section[..whole], out);
        self.rest_len = section.len() - whole;
        self.rest[..self.rest_len].copy_from_slice(&section[whole..]);
        true
    }

    fn units(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match self.charset {
            Charset::Utf16 { big } => {
                for pair in bytes.chunks_exact(2) {
                    let unit = u16::from(pair[usize::from(!big)]) << 8 | u16::from(pair[usize::from(big)]);
                    self.utf16(unit, out);
                }
            }
            Charset::Utf32 { big } => {
                for word in bytes.chunks_exact(4) {
                    let fold = |n: u32, b: &u8| n << 8 | u32::from(*b);
                    push(if big { word.iter().fold(0, fold) } else { word.iter().rev().fold(0, fold) }, out);
                }
            }
            Charset::Narrow | Charset::Unknown => {}
        }
    }

    fn utf16(&mut self, unit: u16, out: &mut Vec<u8>) {
        match (self.high.take(), unit) {
            (None, 0..0x100) => out.push(unit as u8),
            (Some(high), 0xDC00..=0xDFFF) => push(0x10000 + ((u32::from(high) & 0x3FF) << 10 | u32::from(unit) & 0x3FF), out),
            (lone, 0xD800..=0xDBFF) => {
                if lone.is_some() {
                    push(u32::from(unit), out);
                }
                self.high = Some(unit);
            }
            (lone, _) => {
                if lone.is_some() {
                    push(0xFFFD, out);
                }
                push(u32::from(unit), out);
            }
        }
    }
}

/// Appends a character; byte order marks vanish, what is no character becomes U+FFFD.
fn push(code: u32, out: &mut Vec<u8>) {
    if let Ok(octet) = u8::try_from(code) {
        out.push(octet);
    } else if code != 0xFEFF {
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, charset: Charset) -> Vec<u8> {
        let mut out = Vec::new();
        match charset {
            Charset::Utf16 { big } => {
                text.encode_utf16().for_each(|u| out.extend(if big { u.to_be_bytes() } else { u.to_le_bytes() }));
            }
            Charset::Utf32 { big } => {
                text.chars().for_each(|c| out.extend(if big { (c as u32).to_be_bytes() } else { (c as u32).to_le_bytes() }));
            }
            _ => out.extend_from_slice(text.as_bytes()),
        }
        out
    }

    #[test]
    fn every_set_in_sections_of_any_size() {
        let (text, want) = ("<a>h\u{e9}llo 😀€\0</a>", b"<a>h\xe9llo \xf0\x9f\x98\x80\xe2\x82\xac\0</a>");
        let big_or_little = [true, false].into_iter();
        for charset in big_or_little.flat_map(|big| [Charset::Utf16 { big }, Charset::Utf32 { big }]) {
            for (known, body) in [(charset, wide(text, charset)), (Charset::Unknown, wide(&format!("\u{FEFF}{text}"), charset))] {
                for size in [4, 5, 7, 100] {
                    let (mut converter, mut out) = (Converter::new(known), Vec::new());
                    assert!(body.chunks(size).all(|part| converter.convert(part, &mut out)), "{charset:?}");
                    assert_eq!(out.escape_ascii().to_string(), want.escape_ascii().to_string(), "{charset:?} by {size}");
                }
            }
        }
    }

    #[test]
    fn narrow_text_is_left_alone() {
        for body in [b"hello".as_slice(), b"", b"h", b"\xEF\xBB\xBFhello", b"\0\0\0\0", b"q\0H\0"] {
            assert!(!Converter::new(Charset::Unknown).convert(body, &mut Vec::new()), "{body:?}");
        }
    }

    #[test]
    fn names() {
        let cases = [
            ("text/html; charset=utf-16le", Charset::Utf16 { big: false }),
            ("text/html;Charset=\"UTF-16BE\"", Charset::Utf16 { big: true }),
            ("application/json; charset=utf-32le", Charset::Utf32 { big: false }),
            ("text/html; charset=utf-16", Charset::Unknown),
            ("text/html; charset=utf-8", Charset::Narrow),
            ("text/plain", Charset::Unknown),
            ("image/png", Charset::Narrow),
        ];
        for (value, want) in cases {
            assert_eq!(Charset::of_content_type(value.as_bytes()), want, "{value}");
        }
    }

    #[test]
    fn lone_surrogates_are_marked() {
        let (mut converter, mut out) = (Converter::new(Charset::Utf16 { big: true }), Vec::new());
        converter.convert(&[0xD8, 0, 0, b'a', 0xDC, 0, 0xD8, 0, 0xD8, 0, 0, b'b'], &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "\u{FFFD}a\u{FFFD}\u{FFFD}\u{FFFD}b");
    }
}

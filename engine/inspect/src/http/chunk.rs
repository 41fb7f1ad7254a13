//! Chunked transfer coding (RFC 9112 section 7.1), read leniently: bare LF, blanks, extensions, leading zeros.

use memchr::memchr;

use super::normalize::hex;

/// Where in the coding the next octet lies. A copy of it re-reads the same octets the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chunked {
    /// Before or within the digits of a size line.
    Size { value: u64, digits: bool },
    /// Behind the digits, up to LF.
    Extension { value: u64 },
    /// Data of a chunk, that many octets left.
    Data { left: u64 },
    /// The line end behind a chunk's data.
    AfterData,
    /// The coding is broken: everything that follows counts as data.
    Broken,
    /// Behind the line of the last chunk.
    Done,
}

/// What [`Chunked::step`] met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// That many octets of framing.
    Frame(usize),
    /// That many octets of data, the front of what was given.
    Data(usize),
}

/// Largest chunk size believed; a larger one breaks the coding.
const MAX_CHUNK: u64 = 1 << 48;

impl Default for Chunked {
    fn default() -> Self {
        Self::Size { value: 0, digits: false }
    }
}

impl Chunked {
    /// Consumes the front of `bytes` (not empty); at most `limit` (not 0) octets when they are data.
    pub fn step(&mut self, bytes: &[u8], limit: usize) -> Step {
        match *self {
            Self::Size { value, digits } => self.size(bytes, value, digits),
            Self::Extension { value } => match memchr(b'\n', bytes) {
                Some(at) => {
                    *self = if value == 0 { Self::Done } else { Self::Data { left: value } };
                    Step::Frame(at + 1)
                }
                None => Step::Frame(bytes.len()),
            },
            Self::Data { left } => {
                let taken = bytes.len().min(limit).min(usize::try_from(left).unwrap_or(usize::MAX));
                let left = left - taken as u64;
                *self = if left == 0 { Self::AfterData } else { Self::Data { left } };
                Step::Data(taken)
            }
            Self::AfterData => self.after_data(bytes),
            Self::Broken | Self::Done => Step::Data(bytes.len().min(limit)),
        }
    }

    fn size(&mut self, bytes: &[u8], mut value: u64, mut digits: bool) -> Step {
        for (at, &byte) in bytes.iter().enumerate() {
            match hex(byte) {
                Some(digit) if value < MAX_CHUNK => {
                    value = value << 4 | u64::from(digit);
                    digits = true;
                }
                None if !digits && matches!(byte, b' ' | b'\t' | b'\r' | b'\n') => {}
                None if digits && matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';') => {
                    *self = Self::Extension { value };
                    return Step::Frame(at);
                }
                _ => {
                    *self = Self::Broken;
                    return Step::Frame(at);
                }
            }
        }
        *self = Self::Size { value, digits };
        Step::Frame(bytes.len())
    }

    fn after_data(&mut self, bytes: &[u8]) -> Step {
        let blank = bytes.iter().position(|&b| !matches!(b, b' ' | b'\t' | b'\r')).unwrap_or(bytes.len());
        match bytes.get(blank) {
            None => return Step::Frame(blank),
            Some(b'\n') => {}
            Some(_) => {
                *self = Self::Broken;
                return Step::Frame(blank);
            }
        }
        *self = Self::default();
        Step::Frame(blank + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Data, octets consumed, end state; fed in pieces of `size` octets.
    fn read(input: &[u8], size: usize) -> (Vec<u8>, usize, Chunked) {
        let (mut state, mut data, mut at) = (Chunked::default(), Vec::new(), 0);
        while at < input.len() && state != Chunked::Done {
            match state.step(&input[at..input.len().min(at + size)], usize::MAX) {
                Step::Frame(n) => at += n,
                Step::Data(n) => {
                    data.extend_from_slice(&input[at..at + n]);
                    at += n;
                }
            }
        }
        (data, at, state)
    }

    #[test]
    fn codings() {
        let cases: [(&str, &str, usize, Chunked); 9] = [
            ("5\r\nhello\r\n7\r\n world!\r\n0\r\n\r\n", "hello world!", 25, Chunked::Done),
            ("5\nhello\n0\n\n", "hello", 10, Chunked::Done),
            ("005;a=b\r\nhello\r\n000;x\r\n", "hello", 23, Chunked::Done),
            (" 5 \r\nhello \r\n0\r\n", "hello", 16, Chunked::Done),
            ("A\r\n0123456789\r\n0\r\nGET", "0123456789", 18, Chunked::Done),
            ("5\r\nhel", "hel", 6, Chunked::Data { left: 2 }),
            ("zz\r\nhello", "zz\r\nhello", 9, Chunked::Broken),
            ("2\r\nhello", "hello", 8, Chunked::Broken),
            ("fffffffffffffffff\r\nx", "ffff\r\nx", 20, Chunked::Broken),
        ];
        for (input, data, used, state) in cases {
            for size in [1, 2, 3, 7, 64] {
                assert_eq!(read(input.as_bytes(), size), (data.as_bytes().to_vec(), used, state), "{input:?} by {size}");
            }
        }
    }
}

//! Content codings gzip and deflate (RFC 9110 section 8.4.1), undone as the body streams by.

use flate2::{Decompress, FlushDecompress, Status};

use super::counters::COUNTERS;

/// Most octets one body section may unfold to (a section of 2,048 octets then holds a ratio of 128). Beyond it the coding is
/// given up: the rest of the message is seen as it came.
pub(crate) const MAX_UNFOLDED: usize = 256 * 1024;

/// Octets made room for at a time.
const STEP: usize = 16 * 1024;

/// A coding that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    /// zlib format, or as many senders have it, a bare deflate stream.
    Deflate,
}

impl Coding {
    /// The coding that a `Content-Encoding` or `Transfer-Encoding` names; stacked and unknown ones give `None`.
    pub fn named(value: &[u8]) -> Option<Self> {
        let value = value.trim_ascii();
        let is = |name: &str| value.eq_ignore_ascii_case(name.as_bytes());
        if is("gzip") || is("x-gzip") {
            return Some(Self::Gzip);
        }
        is("deflate").then_some(Self::Deflate)
    }
}

/// Undoes one coding over the sections of one body.
#[derive(Debug)]
pub(crate) struct Unfolder {
    coding: Coding,
    stream: Option<Box<Decompress>>,
    /// Broken, ended or given up: what follows passes as it is.
    spent: bool,
}

impl Unfolder {
    pub fn new(coding: Coding) -> Self {
        Self { coding, stream: None, spent: false }
    }

    /// Appends the content of `section` to `out`; from a fault on, the bytes as they came.
    pub fn unfold(&mut self, section: &[u8], out: &mut Vec<u8>) {
        let mut used = 0;
        if !self.spent && !section.is_empty() {
            let coding = self.coding;
            let stream = self.stream.get_or_insert_with(|| Box::new(open(coding, section)));
            (used, self.spent) = inflate(stream, section, out);
        }
        if self.spent {
            self.stream = None;
            out.extend_from_slice(&section[used..]);
        }
    }
}

fn open(coding: Coding, first: &[u8]) -> Decompress {
    match coding {
        Coding::Gzip => Decompress::new_gzip(15),
        Coding::Deflate => Decompress::new(is_zlib(first)),
    }
}

/// Whether a deflate body begins with a zlib header (RFC 1950 section 2.2).
fn is_zlib(first: &[u8]) -> bool {
    match first {
        [cmf, flags, ..] => cmf & 0x0F == 8 && (u16::from(*cmf) << 8 | u16::from(*flags)) % 31 == 0,
        [cmf] => *cmf == 0x78,
        [] => true,
    }
}

/// Answers how many octets of `section` were used and whether the stream is at its end. Where a fault comes before any
/// content, none count as used.
fn inflate(stream: &mut Decompress, section: &[u8], out: &mut Vec<u8>) -> (usize, bool) {
    let (start, begun, limit) = (stream.total_in(), out.len(), out.len() + MAX_UNFOLDED);
    loop {
        let used = (stream.total_in() - start) as usize;
        if out.len() >= limit {
            COUNTERS.unfolded_too_far.add();
            return (used, true);
        }
        out.reserve(STEP.min(limit - out.len()));
        let (before_in, before_out) = (stream.total_in(), stream.total_out());
        let status = stream.decompress_vec(&section[used..], out, FlushDecompress::None);
        let used = (stream.total_in() - start) as usize;
        match status {
            Ok(Status::StreamEnd) => return (used, true),
            Ok(_) if used == section.len() && out.len() < out.capacity() => return (used, false),
            Ok(_) if (stream.total_in(), stream.total_out()) != (before_in, before_out) => {}
            _ => {
                COUNTERS.coding_broken.add();
                return (if out.len() == begun { 0 } else { used }, true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};

    fn squeeze(mut stream: Compress, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(data.len() + 1024);
        stream.compress_vec(data, &mut out, FlushCompress::Finish).unwrap();
        out
    }

    fn unfold(coding: Coding, body: &[u8], section: usize) -> Vec<u8> {
        let (mut unfolder, mut out) = (Unfolder::new(coding), Vec::new());
        body.chunks(section).for_each(|part| unfolder.unfold(part, &mut out));
        out
    }

    #[test]
    fn every_coding_in_sections_of_any_size() {
        let text = b"hello squeezed world, hello squeezed world".repeat(900);
        let bodies = [
            (Coding::Gzip, squeeze(Compress::new_gzip(Compression::best(), 15), &text)),
            (Coding::Deflate, squeeze(Compress::new(Compression::best(), true), &text)),
            (Coding::Deflate, squeeze(Compress::new(Compression::best(), false), &text)),
        ];
        for (coding, body) in bodies {
            for section in [2, 3, 100, 1 << 20] {
                assert!(unfold(coding, &body, section) == text, "{coding:?} in sections of {section}");
            }
        }
    }

    #[test]
    fn faults_leave_the_bytes_as_they_came() {
        assert_eq!(unfold(Coding::Gzip, b"not squeezed at all", 4), b"not squeezed at all");
        let mut body = squeeze(Compress::new_gzip(Compression::best(), 15), b"content");
        body.extend_from_slice(b"tail");
        assert_eq!(unfold(Coding::Gzip, &body, 1 << 20), b"contenttail");
    }

    #[test]
    fn a_bomb_is_given_up() {
        let body = squeeze(Compress::new_gzip(Compression::best(), 15), &vec![0; 64 << 20]);
        let out = unfold(Coding::Gzip, &body, 1 << 20);
        assert!(out.len() < 2 * MAX_UNFOLDED + body.len(), "{} octets", out.len());
        assert!(COUNTERS.unfolded_too_far.get() > 0);
    }

    #[test]
    fn names() {
        let cases = [("gzip", true), ("X-GZIP ", true), ("deflate", true), ("br", false), ("gzip, deflate", false), ("", false)];
        for (value, known) in cases {
            assert_eq!(Coding::named(value.as_bytes()).is_some(), known, "{value:?}");
        }
    }
}

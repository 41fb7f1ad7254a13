//! Frames of HTTP/2 (RFC 9113 section 4), cut out of the stream and stripped of padding and priority.

/// What a client sends first (RFC 9113 section 3.4).
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Octets of a frame header.
pub(crate) const HEADER: usize = 9;

/// Octets of a DATA frame taken at once; a longer frame comes in pieces.
const MAX_DATA: usize = 16_384;

/// Octets of any other frame. A peer that agreed on longer ones is given up.
const MAX_CONTROL: usize = 65_535;

/// Frame types that matter here.
#[allow(missing_docs)]
pub(crate) mod kind {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const RST_STREAM: u8 = 3;
    pub const PUSH_PROMISE: u8 = 5;
    pub const CONTINUATION: u8 = 9;
}

/// Flags that matter here.
#[allow(missing_docs)]
pub(crate) mod flag {
    pub const END_STREAM: u8 = 0x1;
    pub const END_HEADERS: u8 = 0x4;
    pub const PADDED: u8 = 0x8;
    pub const PRIORITY: u8 = 0x20;
}

/// A frame header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub length: usize,
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
}

impl FrameHeader {
    /// Reads the nine octets.
    pub fn read(bytes: [u8; HEADER]) -> Self {
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = bytes;
        let stream = u32::from_be_bytes([s0, s1, s2, s3]) & 0x7FFF_FFFF;
        Self { length: usize::from(l0) << 16 | usize::from(l1) << 8 | usize::from(l2), kind, flags, stream }
    }

    /// Whether a flag is set.
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The payload of a HEADERS or PUSH_PROMISE frame without padding, priority and promised stream; and that stream.
    pub fn header_block<'a>(&self, payload: &'a [u8]) -> Option<(&'a [u8], u32)> {
        let (mut rest, mut promised) = (payload, 0);
        if self.has(flag::PADDED) {
            let (&padding, after) = rest.split_first()?;
            rest = after.get(..after.len().checked_sub(usize::from(padding))?)?;
        }
        if self.kind == kind::HEADERS && self.has(flag::PRIORITY) {
            rest = rest.get(5..)?;
        }
        if self.kind == kind::PUSH_PROMISE {
            let (stream, after) = rest.split_first_chunk::<4>()?;
            (promised, rest) = (u32::from_be_bytes(*stream) & 0x7FFF_FFFF, after);
        }
        Some((rest, promised))
    }
}

/// What a piece of a direction says about its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    More,
    /// The PDU ends behind that many octets of the piece.
    End(usize),
    TooLong,
}

/// Cuts one direction into frames; long DATA frames into pieces.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    header: [u8; HEADER],
    /// Octets of the current PDU, once they are known.
    wanted: Option<usize>,
    /// Octets of a DATA frame behind the current PDU.
    behind: usize,
}

impl Frames {
    /// Looks at the next piece; `pending` octets of the PDU went before. `preface`: the direction may begin with it.
    pub fn find(&mut self, piece: &[u8], pending: usize, preface: bool) -> Cut {
        let Some(wanted) = self.wanted.or_else(|| self.measure(piece, pending, preface)) else {
            return Cut::More;
        };
        if wanted > HEADER + MAX_CONTROL {
            return Cut::TooLong;
        }
        self.wanted = Some(wanted);
        let missing = wanted.saturating_sub(pending);
        if piece.len() < missing { Cut::More } else { Cut::End(missing) }
    }

    /// Length of the current PDU, as soon as enough of it was seen.
    fn measure(&mut self, piece: &[u8], pending: usize, preface: bool) -> Option<usize> {
        if self.behind > 0 {
            return Some(self.take_data(self.behind, 0));
        }
        for (slot, octet) in self.header.iter_mut().skip(pending).zip(piece) {
            *slot = *octet;
        }
        if pending + piece.len() < HEADER {
            return None;
        }
        if preface && PREFACE.starts_with(&self.header) {
            return Some(PREFACE.len());
        }
        let header = FrameHeader::read(self.header);
        Some(if header.kind == kind::DATA { self.take_data(header.length, HEADER) } else { HEADER + header.length })
    }

    /// Takes what fits of `left` octets of a DATA frame.
    fn take_data(&mut self, left: usize, header: usize) -> usize {
        let taken = left.min(MAX_DATA);
        self.behind = left - taken;
        header + taken
    }

    /// The PDU was taken: the next one begins.
    pub fn next(&mut self) {
        self.wanted = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![(length >> 16) as u8, (length >> 8) as u8, length as u8, kind, flags, 0, 0, 0, 1];
        bytes.resize(HEADER + length, b'x');
        bytes
    }

    fn cuts(data: &[u8], size: usize) -> Vec<usize> {
        let (mut frames, mut pending, mut sizes) = (Frames::default(), 0, Vec::new());
        for mut piece in data.chunks(size) {
            while !piece.is_empty() {
                match frames.find(piece, pending, sizes.is_empty()) {
                    Cut::More => {
                        pending += piece.len();
                        break;
                    }
                    Cut::End(n) => {
                        sizes.push(pending + n);
                        (pending, piece) = (0, &piece[n..]);
                        frames.next();
                    }
                    Cut::TooLong => return sizes,
                }
            }
        }
        sizes
    }

    #[test]
    fn frames_in_pieces_of_any_size() {
        let data = [PREFACE.to_vec(), frame(4, 0, 0), frame(1, 4, 20), frame(0, 0, 40_000), frame(0, 1, 0), frame(6, 0, 8)].concat();
        for size in [1, 2, 8, 9, 10, 1000, 100_000] {
            assert_eq!(cuts(&data, size), [24, 9, 29, 9 + 16_384, 16_384, 40_000 - 2 * 16_384, 9, 17], "by {size}");
        }
        assert_eq!(cuts(&frame(1, 4, 70_000), 1000), [], "too long to be followed");
    }

    #[test]
    fn header_blocks() {
        let header = |kind, flags| FrameHeader { length: 0, kind, flags, stream: 1 };
        type Block<'a> = Option<(&'a [u8], u32)>;
        let cases: [(FrameHeader, &[u8], Block<'_>); 7] = [
            (header(1, 0), b"block", Some((b"block", 0))),
            (header(1, flag::PADDED), b"\x02blockPP", Some((b"block", 0))),
            (header(1, flag::PRIORITY), b"01234block", Some((b"block", 0))),
            (header(1, flag::PADDED | flag::PRIORITY), b"\x0101234blockP", Some((b"block", 0))),
            (header(5, 0), b"\x80\0\0\x07block", Some((b"block", 7))),
            (header(1, flag::PADDED), b"\x09block", None),
            (header(1, flag::PRIORITY), b"0123", None),
        ];
        for (frame, payload, want) in cases {
            assert_eq!(frame.header_block(payload), want, "{frame:?}");
        }
    }
}

//! One RPC record as it comes in, piece by piece and fragment by fragment (RFC 5531, 11).

use crate::counters::CAPS;

/// Octets of a record mark: a bit for the last fragment, and the fragment's length.
const MARK: usize = 4;

const LAST_FRAGMENT: u32 = 1 << 31;

/// Octets up to which a record in one fragment is shown grown. Seen by running Snort: one cut into small pieces grows (60 octets), one
/// whose first piece is a full segment (1400 octets) does not; where between the two it changes is not known.
const GROWS_UP_TO: usize = 512;

/// Octets of a record that are kept. Seen by running: Snort joins the pieces of 60 octets and no longer those of 1,559.
const LONGEST_RECORD: usize = 1_500;

/// What rules see of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View<'a> {
    /// The piece itself.
    Piece,
    /// The record so far, behind one mark.
    Record(&'a [u8]),
}

/// The record that is coming in.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// First mark, then what its fragments held.
    octets: Vec<u8>,
    /// Octets of a later mark.
    mark: Vec<u8>,
    /// Octets of the current fragment still to come.
    left: usize,
    in_fragment: bool,
    last: bool,
    fragments: usize,
    over: bool,
}

impl Record {
    /// Takes a piece of the stream.
    pub(super) fn take(&mut self, piece: &[u8]) -> View<'_> {
        if self.over {
            *self = Self::default();
        }
        let begun_before = !self.octets.is_empty() && self.octets.len() <= GROWS_UP_TO;
        let mut rest = piece;
        while !rest.is_empty() && !self.over {
            rest = if self.in_fragment { self.fragment(rest) } else { self.header(rest) };
        }
        if self.octets.len() > LONGEST_RECORD {
            CAPS.sunrpc_record_too_long.hit();
            self.over = true;
            return View::Piece;
        }
        // A piece that holds one or more records, each in one fragment, is shown as it came.
        let grown = begun_before || self.fragments > 1;
        if grown && rest.is_empty() { View::Record(&self.octets) } else { View::Piece }
    }

    fn header<'p>(&mut self, rest: &'p [u8]) -> &'p [u8] {
        let first = self.fragments == 0;
        let mark = if first { &mut self.octets } else { &mut self.mark };
        let taken = rest.len().min(MARK - mark.len());
        mark.extend_from_slice(&rest[..taken]);
        if let Some(octets) = mark.first_chunk::<MARK>() {
            let mark = u32::from_be_bytes(*octets);
            self.last = mark & LAST_FRAGMENT != 0;
            self.left = (mark & !LAST_FRAGMENT) as usize;
            self.in_fragment = true;
            self.fragments += 1;
            self.mark.clear();
            self.end_fragment();
        }
        &rest[taken..]
    }

    fn fragment<'p>(&mut self, rest: &'p [u8]) -> &'p [u8] {
        let taken = rest.len().min(self.left);
        let room = (LONGEST_RECORD + 1).saturating_sub(self.octets.len());
        self.octets.extend_from_slice(&rest[..taken.min(room)]);
        self.left -= taken;
        self.end_fragment();
        &rest[taken..]
    }

    fn end_fragment(&mut self) {
        if self.left > 0 {
            return;
        }
        self.in_fragment = false;
        self.over = self.last;
        if self.over && self.fragments > 1 {
            let length = u32::try_from(self.octets.len() - MARK).unwrap_or(0) | LAST_FRAGMENT;
            self.octets[..MARK].copy_from_slice(&length.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces, and what is seen at each (`None`: the piece itself).
    type Case = (&'static [&'static [u8]], &'static [Option<&'static [u8]>]);

    const CASES: &[Case] = &[
        (&[b"\x80\0\0\x03abc", b"\x80\0\0\x01d"], &[None, None]),
        (&[b"\x80\0\0\x03abc\x80\0\0\x01d"], &[None]),
        (&[b"\x80\0\0\x03a", b"b", b"c", b"\x80\0\0\x01d"], &[None, Some(b"\x80\0\0\x03ab"), Some(b"\x80\0\0\x03abc"), None]),
        (&[b"\0\0\0\x03abc\x80\0\0\x02de"], &[Some(b"\x80\0\0\x05abcde")]),
        (&[b"\0\0\0\x03abc", b"\x80\0", b"\0\x02de"], &[None, Some(b"\0\0\0\x03abc"), Some(b"\x80\0\0\x05abcde")]),
        (&[b"qqq", b"qqq", b"q"], &[None, Some(b"qqqqqq"), Some(b"qqqqqqq")]),
        (&[b"\x80\0\0\0", b"\x80\0\0\x01d"], &[None, None]),
    ];

    #[test]
    fn a_record_grows_until_it_is_whole() {
        for (pieces, want) in CASES {
            let mut record = Record::default();
            let got: Vec<Option<Vec<u8>>> = pieces
                .iter()
                .map(|piece| match record.take(piece) {
                    View::Piece => None,
                    View::Record(octets) => Some(octets.to_vec()),
                })
                .collect();
            let want: Vec<Option<Vec<u8>>> = want.iter().map(|w| w.map(<[u8]>::to_vec)).collect();
            assert_eq!(got, want, "{pieces:?}");
        }
    }
}

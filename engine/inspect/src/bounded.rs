//! The size that no PDU exceeds, whatever its protocol says.

use flow::{Scan, ScanAt};

use crate::counters::CAPS;

/// Octets of the largest PDU (Snort: `stream_tcp.max_pdu`).
pub const MAX_PDU: usize = 16384;

/// Shows `split` what still fits into the PDU. Where it finds no end in that, the PDU ends with the piece, whatever the rest of the
/// piece holds (seen by running: a heartbeat record of 16,421 octets is matched together with the header behind it).
pub(crate) fn bounded(piece: &[u8], at: ScanAt, mut split: impl FnMut(&[u8]) -> Option<Scan>) -> Option<Scan> {
    let room = MAX_PDU.saturating_sub(at.pending).clamp(1, piece.len().max(1));
    if piece.len() < room {
        return split(piece);
    }
    let (fits, mut rest) = piece.split_at(room);
    match split(fits)? {
        Scan::More => {}
        scan => return Some(scan),
    }
    CAPS.pdu_cut_at_limit.hit();
    while let Scan::Flush(end) = split(rest)? {
        rest = &rest[end.min(rest.len())..];
        if rest.is_empty() {
            break;
        }
    }
    Some(Scan::Flush(piece.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdu_without_end_is_cut_at_the_limit() {
        let at = ScanAt { pending: MAX_PDU - 10, segments: 3, more: false };
        let cases: &[(usize, Option<Scan>, Option<Scan>)] = &[
            (9, Some(Scan::More), Some(Scan::More)),
            (10, Some(Scan::More), Some(Scan::Flush(10))),
            (99, Some(Scan::More), Some(Scan::Flush(10))),
            (99, Some(Scan::Flush(4)), Some(Scan::Flush(4))),
            (99, None, None),
        ];
        for (len, said, want) in cases {
            let piece = vec![0; *len];
            let got = bounded(&piece, at, |shown| {
                assert!(shown.len() <= 10);
                *said
            });
            assert_eq!(got, *want, "{len} {said:?}");
        }
    }
}

//! The size that no PDU exceeds, whatever its protocol says.

use flow::{Scan, ScanAt};

use crate::counters::CAPS;

/// Octets of the largest PDU (Snort: `stream_tcp.max_pdu`).
pub const MAX_PDU: usize = 16384;

/// Shows `split` what still fits into the PDU. Where it finds no end in that, the PDU ends with the piece, whatever the rest of the
/// piece holds (seen by running: a heartbeat record of 16,421 octets is matched together with the header behind it).
pub(crate) fn bounded(piece: &[u8], at: ScanAt, mut split: impl FnMut(&[u8]) -> Option<Scan>) -> Option<Scan> {
    let room = MAX_PDU.saturating_sub(at.pending).max(1);
    if piece.len() < room {
        return split(piece);
    }
    let (fits, mut rest) = piece.split_at(room);
    match split(fits)? {
        Scan::More => {}
        scan => return Some(scan),
    }
    CAPS.pdu_cut_at_limit.hit();
    while !rest.is_empty() {
        let Scan::Flush(end) = split(rest)? else { break };
        rest = rest.get(end..).unwrap_or_default();
    }
    Some(Scan::Flush(piece.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdu_without_end_ends_with_the_segment_that_reaches_the_limit() {
        let at = ScanAt { pending: MAX_PDU - 10, segments: 3, more: false };
        // Octets of the segment, where a message ends in it, answer.
        let cases: [(usize, Option<usize>, Option<Scan>); 6] = [
            (9, None, Some(Scan::More)),
            (9, Some(4), Some(Scan::Flush(4))),
            (10, None, Some(Scan::Flush(10))),
            (99, None, Some(Scan::Flush(99))),
            (99, Some(4), Some(Scan::Flush(4))),
            (99, Some(50), Some(Scan::Flush(99))),
        ];
        for (length, end, want) in cases {
            let mut shown = 0;
            let got = bounded(&vec![0; length], at, |octets| {
                let before = shown;
                shown += octets.len();
                Some(match end {
                    Some(end) if (before + 1..=shown).contains(&end) => {
                        shown = end;
                        Scan::Flush(end - before)
                    }
                    _ => Scan::More,
                })
            });
            assert_eq!(got, want, "{length} {end:?}");
            assert!(shown == length || want == Some(Scan::Flush(shown)), "{length} {end:?}: {shown} octets shown");
        }
        assert_eq!(bounded(&[0; 99], at, |_| None), None);
    }
}

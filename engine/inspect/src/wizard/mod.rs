//! Recognizes the service of a flow by its content, on any port (Snort 3 manual, "Wizard").
//!
//! Three kinds of sign, tried in this order on every piece: hexes (fixed first octets), spells (text, case-insensitive, leading
//! blanks skipped, may hold a run of anything), curses (code). Most flows are decided by their first piece.

mod curses;
mod datagram;
mod hexes;
mod spells;

use flow::Side;

use crate::counters::CAPS;
use crate::service::Service;

pub use datagram::recognize_datagram;

/// Octets of one direction after which the wizard gives up (Snort: `wizard.max_search_depth`).
pub const SEARCH_DEPTH: usize = 8192;

/// First octets of a direction that hexes and curses may look at.
const HEAD: usize = 256;

/// What the wizard says of a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not known yet: show the next piece.
    More,
    /// The flow speaks this.
    Found(Service),
    /// Nothing known can follow on this direction any more.
    GaveUp,
}

/// Whether one sign is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    No,
    Maybe,
    Yes,
}

/// The search on one TCP flow, each direction by itself.
#[derive(Debug, Default)]
pub struct Wizard {
    sides: [Search; 2],
}

#[derive(Debug, Default)]
struct Search {
    /// First octets, kept only while the first piece did not decide.
    head: Vec<u8>,
    seen: usize,
    plains: spells::Plains,
    runs: spells::Runs,
    over: bool,
}

impl Wizard {
    /// A search that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next in-order octets of `side`. After anything but [`Verdict::More`] that direction is over.
    pub fn scan(&mut self, side: Side, piece: &[u8]) -> Verdict {
        let verdict = self.sides[side as usize].scan(side, piece);
        if verdict != Verdict::More {
            self.sides[side as usize] = Search { over: true, ..Search::default() };
        }
        verdict
    }
}

impl Search {
    fn scan(&mut self, side: Side, piece: &[u8]) -> Verdict {
        if self.over {
            return Verdict::GaveUp;
        }
        let first = self.seen == 0;
        let piece = &piece[..piece.len().min(SEARCH_DEPTH - self.seen)];
        self.seen += piece.len();
        if !first && self.head.len() < HEAD {
            self.head.extend_from_slice(&piece[..piece.len().min(HEAD - self.head.len())]);
        }
        let mut kept = std::mem::take(&mut self.head);
        let head = if first { &piece[..piece.len().min(HEAD)] } else { &kept[..] };
        let verdict = self.look(side, head, piece);
        if first && verdict == Verdict::More {
            kept = head.to_vec();
        }
        self.head = kept;
        self.limit(verdict)
    }

    fn look(&mut self, side: Side, head: &[u8], piece: &[u8]) -> Verdict {
        let anew = side == Side::Client && self.runs.untouched();
        let signs: [&mut dyn FnMut() -> Verdict; 4] = [
            &mut || hexes::look(side, head),
            &mut || self.plains.look(side, piece, anew),
            &mut || self.runs.look(side, piece),
            &mut || curses::look(side, head),
        ];
        let mut verdict = Verdict::GaveUp;
        for sign in signs {
            match sign() {
                Verdict::Found(service) => return Verdict::Found(service),
                Verdict::More => verdict = Verdict::More,
                Verdict::GaveUp => {}
            }
        }
        verdict
    }

    fn limit(&self, verdict: Verdict) -> Verdict {
        if verdict == Verdict::More && self.seen >= SEARCH_DEPTH {
            CAPS.wizard_depth_reached.hit();
            return Verdict::GaveUp;
        }
        verdict
    }
}

/// How `head` compares with a pattern of `len` octets that must stand at its start.
fn starts(head: &[u8], len: usize, matches: impl Fn(usize, u8) -> bool) -> Sign {
    let shown = head.len().min(len);
    if !head[..shown].iter().enumerate().all(|(i, b)| matches(i, *b)) {
        return Sign::No;
    }
    if shown == len { Sign::Yes } else { Sign::Maybe }
}

/// The first sign that is there, else whether one may still come.
fn first_of(signs: impl Iterator<Item = (Sign, Service)>) -> Verdict {
    let mut verdict = Verdict::GaveUp;
    for (sign, service) in signs {
        match sign {
            Sign::Yes => return Verdict::Found(service),
            Sign::Maybe => verdict = Verdict::More,
            Sign::No => {}
        }
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_counts_at_the_start_of_a_later_segment_until_a_blank_was_there() {
        let cases: &[(&[&str], Verdict)] = &[
            (&["GNUTELLA", " CONNECT"], Verdict::Found(Service::Http)),
            (&["GNUT", "ELLA", " CON", "NECT"], Verdict::Found(Service::Http)),
            (&["GNUTE", "LLA C", "ONNEC", "T"], Verdict::More),
            (&["GNUTELLA CONNECT"], Verdict::More),
            (&["GNUTELLA OK", "CONNECT"], Verdict::More),
        ];
        for (pieces, want) in cases {
            let mut wizard = Wizard::new();
            let verdicts: Vec<Verdict> = pieces.iter().map(|piece| wizard.scan(Side::Client, piece.as_bytes())).collect();
            assert_eq!(verdicts.last(), Some(want), "{pieces:?}");
        }
    }

    #[test]
    fn a_direction_is_given_up_at_its_first_octet_or_at_the_depth() {
        let mut wizard = Wizard::new();
        assert_eq!(wizard.scan(Side::Server, b"\x07reply"), Verdict::GaveUp);
        assert_eq!(wizard.scan(Side::Client, &[b'x'; SEARCH_DEPTH - 1]), Verdict::More);
        assert_eq!(wizard.scan(Side::Client, b"yGET / HTTP/1.1"), Verdict::GaveUp);
    }
}

//! Signs that are text: case-insensitive, after leading blanks.

use flow::Side;

use super::{Verdict, first_of, starts};
use crate::service::Service;

/// Text that must stand at the start. In order: where two match, the first counts.
const CLIENT: &[(&[&[u8]], Service)] = &[
    (
        &[
            b"GET",
            b"HEAD",
            b"POST",
            b"DELETE",
            b"TRACE",
            b"CONNECT",
            b"VERSION_CONTROL",
            b"REPORT",
            b"CHECKOUT",
            b"CHECKIN",
            b"UNCHECKOUT",
            b"MKWORKSPACE",
            b"LABEL",
            b"MERGE",
            b"BASELINE_CONTROL",
            b"MKACTIVITY",
            b"ORDERPATCH",
            b"ACL",
            b"PATCH",
            b"BIND",
            b"LINK",
            b"MKCALENDAR",
            b"MKREDIRECTREF",
            b"REBIND",
            b"UNBIND",
            b"UNLINK",
            b"UPDATEREDIRECTREF",
            b"PROPFIND",
            b"PROPPATCH",
            b"MKCOL",
            b"COPY",
            b"MOVE",
            b"LOCK",
            b"UNLOCK",
            b"SEARCH",
            b"BCOPY",
            b"BDELETE",
            b"BMOVE",
            b"BPROPFIND",
            b"BPROPPATCH",
            b"POLL",
            b"UNSUBSCRIBE",
            b"X_MS_ENUMATTS",
        ],
        Service::Http,
    ),
    (&[b"INVITE", b"CANCEL", b"BYE", b"REGISTER", b"PRACK", b"PUBLISH", b"REFER", b"INFO", b"MESSAGE"], Service::Sip),
    (&[b"HELO", b"EHLO"], Service::Smtp),
    (&[b"SSH-"], Service::Ssh),
];

const SERVER: &[(&[&[u8]], Service)] = &[
    (&[b"HTTP/"], Service::Http),
    (&[b"SIP/"], Service::Sip),
    (&[b"* OK", b"* BYE", b"* PREAUTH"], Service::Imap),
    (&[b"+OK", b"-ERR"], Service::Pop3),
    (&[b"SSH-"], Service::Ssh),
    (&[b"ncacn_http"], Service::Dcerpc),
];

/// Text with runs of anything between its parts: each part after the end of the one before.
type Parts = &'static [&'static [u8]];

/// Requests with any method; the spells that name one (`OPTIONS * HTTP/`) end at the same octet and mean the same service.
const CLIENT_RUNS: &[(Parts, Service)] = &[(&[b" ", b" HTTP/"], Service::Http), (&[b" ", b" SIP/"], Service::Sip)];

/// After the reply code 220.
const SERVER_RUNS: &[(Parts, Service)] =
    &[(&[b"FTP"], Service::Ftp), (&[b"FILEZILLA"], Service::Ftp), (&[b"SMTP"], Service::Smtp), (&[b"MAIL"], Service::Smtp)];

const GREETING: &[u8] = b"220";

const LONGEST_PART: usize = 9;

/// No spell without runs is longer.
const LONGEST_TEXT: usize = 24;

/// A spell without a run in it, as its parts.
type Plain = (&'static [&'static [u8]], Service);

fn tables(side: Side) -> (&'static [Plain], &'static [(Parts, Service)]) {
    match side {
        Side::Client => (CLIENT, CLIENT_RUNS),
        Side::Server => (SERVER, SERVER_RUNS),
    }
}

fn blank(b: u8) -> bool {
    matches!(b, b' ' | b'\r' | b'\n')
}

fn after_blanks(head: &[u8]) -> &[u8] {
    let from = head.iter().position(|b| !blank(*b)).unwrap_or(head.len());
    &head[from..]
}

fn text(head: &[u8], pattern: &[u8]) -> super::Sign {
    starts(head, pattern.len(), |i, b| b.eq_ignore_ascii_case(&pattern[i]))
}

/// Progress of the spells without runs on one direction.
#[derive(Debug, Default)]
pub(super) struct Plains {
    /// Text since the spells were begun, as far as one can still follow from it.
    text: Vec<u8>,
    begun: bool,
    /// One can still follow.
    alive: bool,
}

impl Plains {
    /// Takes the next piece. With `anew` the spells begin again with it where none is under way: seen by running Snort, a client's
    /// method also counts at the start of a later segment, as long as the text before it held no blank.
    pub(super) fn look(&mut self, side: Side, piece: &[u8], anew: bool) -> Verdict {
        if self.begun && !self.alive && !anew {
            return Verdict::GaveUp;
        }
        if !self.alive {
            self.text.clear();
        }
        let piece = if self.text.is_empty() { after_blanks(piece) } else { piece };
        self.text.extend_from_slice(&piece[..piece.len().min(LONGEST_TEXT)]);
        let plains = tables(side).0.iter().flat_map(|(texts, service)| texts.iter().map(move |t| (t, *service)));
        let verdict = first_of(plains.map(|(t, service)| (text(&self.text, t), service)));
        (self.begun, self.alive) = (true, verdict == Verdict::More);
        verdict
    }
}

/// Whether one of the spells without runs says `service`.
pub(super) fn look_for(side: Side, head: &[u8], service: Service) -> bool {
    let head = after_blanks(head);
    let of_service = tables(side).0.iter().filter(|(_, of)| *of == service);
    of_service.flat_map(|(texts, _)| texts.iter()).any(|t| text(head, t) == super::Sign::Yes)
}

/// Progress of the spells with runs on one direction.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Leading blanks are behind.
    text: bool,
    /// Octets of the greeting code that were there (server side).
    greeting: usize,
    /// The greeting code was not there.
    dead: bool,
    seeks: [Seek; 4],
}

#[derive(Debug, Default)]
struct Seek {
    part: usize,
    /// Last octets after the end of the previous part.
    tail: [u8; LONGEST_PART],
    kept: usize,
}

impl Runs {
    /// Takes the next piece.
    pub(super) fn look(&mut self, side: Side, piece: &[u8]) -> Verdict {
        self.seek(side, piece, |_| true)
    }

    /// The same for the spells of one service.
    pub(super) fn look_for(&mut self, side: Side, piece: &[u8], service: Service) -> Verdict {
        self.seek(side, piece, |of| of == service)
    }

    /// No part of any spell was there yet.
    pub(super) fn untouched(&self) -> bool {
        self.seeks.iter().all(|seek| seek.part == 0)
    }

    fn seek(&mut self, side: Side, piece: &[u8], wanted: impl Fn(Service) -> bool) -> Verdict {
        let piece = self.begin(side, piece);
        if self.dead {
            return Verdict::GaveUp;
        }
        let spells = tables(side).1.iter().zip(&mut self.seeks).filter(|((_, service), _)| wanted(*service));
        let found = spells.filter_map(|((parts, service), seek)| Some((seek.advance(parts, piece)?, *service)));
        found.min_by_key(|(end, _)| *end).map_or(Verdict::More, |(_, service)| Verdict::Found(service))
    }

    /// What of the piece comes after leading blanks and, on the server side, the greeting code.
    fn begin<'p>(&mut self, side: Side, piece: &'p [u8]) -> &'p [u8] {
        let mut rest = if self.text { piece } else { after_blanks(piece) };
        self.text |= !rest.is_empty();
        while side == Side::Server && self.greeting < GREETING.len() && !self.dead {
            let Some((b, after)) = rest.split_first() else { return rest };
            self.dead = *b != GREETING[self.greeting];
            self.greeting += 1;
            rest = after;
        }
        rest
    }
}

impl Seek {
    /// Looks for the parts still missing; answers where in the piece the last one ends.
    fn advance(&mut self, parts: Parts, piece: &[u8]) -> Option<usize> {
        let mut from = 0;
        while let Some(part) = parts.get(self.part) {
            let Some(end) = self.find(part, &piece[from..]) else {
                self.keep(&piece[from..]);
                return None;
            };
            from += end;
            self.part += 1;
            self.kept = 0;
        }
        Some(from)
    }

    /// End of the first occurrence of `part` that ends in `piece`; it may begin in the tail.
    fn find(&self, part: &[u8], piece: &[u8]) -> Option<usize> {
        let (last, before) = part.split_last()?;
        let ends = memchr::memchr2_iter(last.to_ascii_lowercase(), last.to_ascii_uppercase(), piece);
        ends.into_iter().find(|at| self.precedes(before, &piece[..*at])).map(|at| at + 1)
    }

    fn precedes(&self, want: &[u8], piece: &[u8]) -> bool {
        let here = want.len().min(piece.len());
        let (early, late) = want.split_at(want.len() - here);
        let tail = &self.tail[..self.kept];
        tail.len() >= early.len()
            && late.eq_ignore_ascii_case(&piece[piece.len() - here..])
            && early.eq_ignore_ascii_case(&tail[tail.len() - early.len()..])
    }

    fn keep(&mut self, piece: &[u8]) {
        if piece.len() >= LONGEST_PART {
            self.tail.copy_from_slice(&piece[piece.len() - LONGEST_PART..]);
            self.kept = LONGEST_PART;
            return;
        }
        let stay = self.kept.min(LONGEST_PART - piece.len());
        self.tail.copy_within(self.kept - stay..self.kept, 0);
        self.tail[stay..stay + piece.len()].copy_from_slice(piece);
        self.kept = stay + piece.len();
    }
}

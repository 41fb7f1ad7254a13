//! SMTP (RFC 5321): a PDU is a command line, a reply line, or a piece of a message up to a MIME boundary or its end.

mod command;

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::bounded;
use crate::buffer::BufferId;
use crate::inspector::{Inspection, Inspector, Sink};
use crate::line_head::LineHead;
use crate::mime::{self, Cut, Mail};
use crate::service::Service;
use crate::ssl::SslInspector;
use command::Follows;

/// What the client's octets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Mode {
    #[default]
    Command,
    Message,
    /// Octets left of a chunk of a message, and whether the message ends with it.
    Chunk {
        left: usize,
        last: bool,
    },
    /// Octets left that are neither commands nor mail.
    Binary(usize),
}

/// SMTP on one flow.
#[derive(Debug, Default)]
pub struct SmtpInspector {
    mode: Mode,
    /// Mode in which the client's current PDU began.
    pdu: Mode,
    lines: [LineHead; 2],
    mail: Mail,
    in_chunks: bool,
    replies: Replies,
    tls: Option<Box<SslInspector>>,
}

/// Which reply answers which command, so that a refused DATA does not turn commands into a message.
#[derive(Debug, Default)]
struct Replies {
    outstanding: u32,
    /// Replies up to and with the one to DATA or STARTTLS.
    until_answer: u32,
    for_tls: bool,
}

impl Replies {
    fn ask(&mut self, follows: Follows) {
        self.outstanding = self.outstanding.saturating_add(1);
        if matches!(follows, Follows::Message | Follows::Tls) {
            self.until_answer = self.outstanding;
            self.for_tls = follows == Follows::Tls;
        }
    }

    /// Takes a reply line. The first digit, where it is the awaited answer.
    fn answer(&mut self, line: &[u8]) -> Option<u8> {
        let last_line = line.get(3).is_none_or(|b| *b != b'-');
        if !last_line {
            return None;
        }
        self.outstanding = self.outstanding.saturating_sub(1);
        let awaited = self.until_answer == 1;
        self.until_answer = self.until_answer.saturating_sub(1);
        line.first().copied().filter(|_| awaited)
    }
}

impl SmtpInspector {
    fn client(&mut self, piece: &[u8]) -> Scan {
        match self.mode {
            Mode::Command => self.command(piece),
            Mode::Message => self.message(piece),
            Mode::Chunk { left, last } => self.chunk(piece, left, last),
            Mode::Binary(left) => self.binary(piece, left),
        }
    }

    fn command(&mut self, piece: &[u8]) -> Scan {
        let Some(end) = self.lines[Side::Client as usize].take(piece) else { return Scan::More };
        let follows = command::follows(self.lines[Side::Client as usize].finish());
        self.replies.ask(follows);
        self.mode = match follows {
            Follows::Commands | Follows::Tls => Mode::Command,
            Follows::Message => Mode::Message,
            Follows::Chunk { octets: 0, .. } | Follows::Binary(0) => Mode::Command,
            Follows::Chunk { octets, last } => Mode::Chunk { left: octets, last },
            Follows::Binary(octets) => Mode::Binary(octets),
        };
        if self.mode == Mode::Message || (matches!(self.mode, Mode::Chunk { .. }) && !self.in_chunks) {
            self.mail.begin();
        }
        self.in_chunks = matches!(follows, Follows::Chunk { last: false, .. });
        Scan::Flush(end)
    }

    fn message(&mut self, piece: &[u8]) -> Scan {
        match self.mail.take(piece) {
            Cut::None => Scan::More,
            Cut::Boundary(end) => Scan::Flush(end),
            Cut::End(end) => {
                self.mode = Mode::Command;
                Scan::Flush(end)
            }
        }
    }

    fn chunk(&mut self, piece: &[u8], left: usize, last: bool) -> Scan {
        let shown = &piece[..piece.len().min(left)];
        // A chunk has a length: a dot does not end it.
        let (taken, cut) = match self.mail.take(shown) {
            Cut::None => (shown.len(), shown.len() == left),
            Cut::Boundary(end) | Cut::End(end) => (end, true),
        };
        self.mode = if taken == left { Mode::Command } else { Mode::Chunk { left: left - taken, last } };
        if cut { Scan::Flush(taken) } else { Scan::More }
    }

    fn binary(&mut self, piece: &[u8], left: usize) -> Scan {
        if piece.len() < left {
            self.mode = Mode::Binary(left - piece.len());
            return Scan::More;
        }
        self.mode = Mode::Command;
        Scan::Flush(left)
    }

    fn server(&mut self, piece: &[u8]) -> Scan {
        let Some(end) = self.lines[Side::Server as usize].take(piece) else { return Scan::More };
        match self.replies.answer(self.lines[Side::Server as usize].finish()) {
            Some(b'4' | b'5') if self.mode == Mode::Message => self.mode = Mode::Command,
            Some(b'2') if self.replies.for_tls => self.tls = Some(Box::default()),
            _ => {}
        }
        Scan::Flush(end)
    }

    fn inspect_client(&mut self, data: &[u8], sink: &mut Sink<'_>) {
        if self.pdu != Mode::Command {
            sink(&mime::inspection(data, self.mail.file()));
            self.mail.next_pdu();
            return;
        }
        let line = command::normalized(data);
        let mut inspection = Inspection::plain(data);
        if let std::borrow::Cow::Owned(line) = &line {
            inspection.buffers.set(BufferId::PktData, line);
            inspection.alternate = true;
        }
        sink(&inspection);
    }
}

impl Inspector for SmtpInspector {
    fn service(&self) -> Service {
        if self.tls.is_some() { Service::Ssl } else { Service::Smtp }
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        if let Some(tls) = &mut self.tls {
            return tls.scan(side, piece, at);
        }
        if side == Side::Client && at.pending == 0 {
            self.pdu = self.mode;
        }
        bounded(piece, at, |piece| match side {
            Side::Client => Some(self.client(piece)),
            Side::Server => Some(self.server(piece)),
        })
    }

    fn inspect(&mut self, side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        match (side, &mut self.tls) {
            // The reply that agreed to TLS is itself still text: there is no record in it, and none is needed.
            (_, Some(tls)) => tls.inspect(side, pdu, sink),
            (Side::Client, None) => self.inspect_client(pdu.data, sink),
            (Side::Server, None) => sink(&Inspection::plain(pdu.data)),
        }
    }
}

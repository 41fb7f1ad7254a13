//! POP3 (RFC 1939): a PDU is a line, or a piece of a retrieved message up to a MIME boundary or its end.

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::bounded;
use crate::inspector::{Inspection, Inspector, Sink};
use crate::line_head::LineHead;
use crate::mime::{self, Cut, Mail};
use crate::service::Service;
use crate::ssl::SslInspector;

/// What the answer to a command brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brings {
    Line,
    Message,
    Tls,
}

/// Commands whose answers are still to come; more of them are taken for commands that bring a line.
const MOST_WAITING: usize = 64;

/// POP3 on one flow.
#[derive(Debug, Default)]
pub struct PopInspector {
    lines: [LineHead; 2],
    waiting: std::collections::VecDeque<Brings>,
    in_message: bool,
    /// The server's current PDU is part of a message.
    pdu_is_mail: bool,
    mail: Mail,
    tls: Option<Box<SslInspector>>,
}

impl PopInspector {
    fn client(&mut self, piece: &[u8]) -> Scan {
        let Some(end) = self.lines[Side::Client as usize].take(piece) else { return Scan::More };
        let line = self.lines[Side::Client as usize].finish();
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push_back(brings(line));
        }
        Scan::Flush(end)
    }

    fn server(&mut self, piece: &[u8]) -> Scan {
        if !self.in_message {
            return self.server_line(piece);
        }
        match self.mail.take(piece) {
            Cut::None => Scan::More,
            Cut::Boundary(end) => Scan::Flush(end),
            Cut::End(end) => {
                self.in_message = false;
                Scan::Flush(end)
            }
        }
    }

    fn server_line(&mut self, piece: &[u8]) -> Scan {
        let Some(end) = self.lines[Side::Server as usize].take(piece) else { return Scan::More };
        let line = self.lines[Side::Server as usize].finish();
        let accepted = line.starts_with(b"+OK");
        if accepted || line.starts_with(b"-ERR") {
            match self.waiting.pop_front() {
                Some(Brings::Message) if accepted => {
                    self.in_message = true;
                    self.mail.begin();
                }
                Some(Brings::Tls) if accepted => self.tls = Some(Box::default()),
                _ => {}
            }
        }
        Scan::Flush(end)
    }
}

fn brings(line: &[u8]) -> Brings {
    let word = line.trim_ascii().split(|b| *b == b' ').next().unwrap_or_default();
    if word.eq_ignore_ascii_case(b"RETR") || word.eq_ignore_ascii_case(b"TOP") {
        Brings::Message
    } else if word.eq_ignore_ascii_case(b"STLS") {
        Brings::Tls
    } else {
        Brings::Line
    }
}

impl Inspector for PopInspector {
    fn service(&self) -> Service {
        if self.tls.is_some() { Service::Ssl } else { Service::Pop3 }
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        if let Some(tls) = &mut self.tls {
            return tls.scan(side, piece, at);
        }
        if side == Side::Server && at.pending == 0 {
            self.pdu_is_mail = self.in_message;
        }
        bounded(piece, at, |piece| match side {
            Side::Client => Some(self.client(piece)),
            Side::Server => Some(self.server(piece)),
        })
    }

    fn inspect(&mut self, side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        if let Some(tls) = &mut self.tls {
            return tls.inspect(side, pdu, sink);
        }
        if side == Side::Server && self.pdu_is_mail {
            sink(&mime::inspection(pdu.data, self.mail.file()));
            self.mail.next_pdu();
        } else {
            sink(&Inspection::plain(pdu.data));
        }
    }
}

//! IMAP (RFC 3501): a PDU is a line, or a piece of a fetched message up to a MIME boundary or its announced length.

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::bounded;
use crate::inspector::{Inspection, Inspector, Sink};
use crate::line_head::LineHead;
use crate::mime::{self, Cut, Mail};
use crate::service::Service;
use crate::ssl::SslInspector;

/// Octets at the end of a server line that may announce a literal: `{4294967295}` and the line end.
const LINE_TAIL: usize = 24;

/// IMAP on one flow.
#[derive(Debug, Default)]
pub struct ImapInspector {
    lines: [LineHead; 2],
    tail: Vec<u8>,
    /// Octets left of a literal of the server.
    literal: usize,
    /// The literal is (part of) a message.
    is_mail: bool,
    /// The server's current PDU is part of a message.
    pdu_is_mail: bool,
    mail: Mail,
    tls_tag: Vec<u8>,
    tls: Option<Box<SslInspector>>,
}

impl ImapInspector {
    fn client(&mut self, piece: &[u8]) -> Scan {
        let Some(end) = self.lines[Side::Client as usize].take(piece) else { return Scan::More };
        let line = self.lines[Side::Client as usize].finish();
        let mut words = line.trim_ascii().split(|b| *b == b' ');
        if let (Some(tag), Some(command), None) = (words.next(), words.next(), words.next())
            && command.eq_ignore_ascii_case(b"STARTTLS")
        {
            self.tls_tag = tag.to_vec();
        }
        Scan::Flush(end)
    }

    fn server(&mut self, piece: &[u8]) -> Scan {
        if self.literal > 0 { self.literal(piece) } else { self.server_line(piece) }
    }

    fn literal(&mut self, piece: &[u8]) -> Scan {
        let shown = &piece[..piece.len().min(self.literal)];
        let cut = if self.is_mail { self.mail.take(shown) } else { Cut::None };
        let (taken, cut) = match cut {
            Cut::None => (shown.len(), shown.len() == self.literal),
            Cut::Boundary(end) | Cut::End(end) => (end, true),
        };
        self.literal -= taken;
        if cut { Scan::Flush(taken) } else { Scan::More }
    }

    fn server_line(&mut self, piece: &[u8]) -> Scan {
        let end = self.lines[Side::Server as usize].take(piece);
        let line = &piece[..end.unwrap_or(piece.len())];
        self.tail.extend_from_slice(&line[line.len().saturating_sub(LINE_TAIL)..]);
        let surplus = self.tail.len().saturating_sub(LINE_TAIL);
        self.tail.drain(..surplus);
        let Some(end) = end else { return Scan::More };
        let head = self.lines[Side::Server as usize].finish();
        self.literal = announced(&self.tail);
        self.tail.clear();
        self.is_mail = head.windows(6).any(|w| w.eq_ignore_ascii_case(b" FETCH"));
        if agreed_to_tls(head, &self.tls_tag) {
            self.tls = Some(Box::default());
        }
        if self.literal > 0 && self.is_mail {
            self.mail.begin();
        }
        Scan::Flush(end)
    }
}

/// Length of the literal that a line ends with (RFC 3501, 4.3), 0 where there is none.
fn announced(tail: &[u8]) -> usize {
    let line = tail.trim_ascii_end();
    let Some(open) = memchr::memrchr(b'{', line) else { return 0 };
    let digits = line[open + 1..].strip_suffix(b"}").map(|d| d.strip_suffix(b"+").unwrap_or(d));
    digits.and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| d.parse::<u32>().ok()).map_or(0, |n| n as usize)
}

fn agreed_to_tls(line: &[u8], tag: &[u8]) -> bool {
    !tag.is_empty() && line.strip_prefix(tag).is_some_and(|rest| rest.len() >= 3 && rest[..3].eq_ignore_ascii_case(b" OK"))
}

impl Inspector for ImapInspector {
    fn service(&self) -> Service {
        if self.tls.is_some() { Service::Ssl } else { Service::Imap }
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        if let Some(tls) = &mut self.tls {
            return tls.scan(side, piece, at);
        }
        if side == Side::Server && at.pending == 0 {
            self.pdu_is_mail = self.literal > 0 && self.is_mail;
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

//! FTP control connection (RFC 959, RFC 2428): a PDU is whole lines; telnet commands are cut out of what rules see.

mod announcement;
pub(crate) mod telnet_codes;

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::bounded;
use crate::buffer::BufferId;
use crate::inspector::{Expectation, Inspection, Inspector, Sink};
use crate::service::Service;
use crate::ssl::SslInspector;
use telnet_codes::{CodeSplitter, without_codes};

/// FTP control on one flow.
#[derive(Debug, Default)]
pub struct FtpInspector {
    splitters: [CodeSplitter; 2],
    expected: Option<Expectation>,
    asked_tls: bool,
    tls: Option<Box<SslInspector>>,
}

impl FtpInspector {
    fn read_lines(&mut self, side: Side, text: &[u8]) {
        for line in text.split(|b| *b == b'\n') {
            if let Some(expected) = announcement::read(side, line.trim_ascii()) {
                self.expected = Some(expected);
            }
            self.read_tls(side, line);
        }
    }

    fn read_tls(&mut self, side: Side, line: &[u8]) {
        match side {
            Side::Client if line.len() >= 8 => self.asked_tls |= line[..8].eq_ignore_ascii_case(b"AUTH TLS"),
            Side::Server if self.asked_tls && line.starts_with(b"234") => self.tls = Some(Box::default()),
            _ => {}
        }
    }
}

/// Seen by running Snort: what a server sends without a reply code and without a line end, no rule sees.
fn is_reply(data: &[u8]) -> bool {
    data.first().is_some_and(u8::is_ascii_digit) || memchr::memchr2(b'\r', b'\n', data).is_some()
}

impl Inspector for FtpInspector {
    fn service(&self) -> Service {
        if self.tls.is_some() { Service::Ssl } else { Service::Ftp }
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        if let Some(tls) = &mut self.tls {
            return tls.scan(side, piece, at);
        }
        bounded(piece, at, |piece| Some(self.splitters[side as usize].take(piece).map_or(Scan::More, Scan::Flush)))
    }

    fn inspect(&mut self, side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        if let Some(tls) = &mut self.tls {
            return tls.inspect(side, pdu, sink);
        }
        if side == Side::Server && !is_reply(pdu.data) {
            return;
        }
        let text = without_codes(pdu.data);
        let mut inspection = Inspection::plain(pdu.data);
        if let Some(text) = &text {
            inspection.buffers.set(BufferId::PktData, text);
            inspection.alternate = true;
        }
        sink(&inspection);
        self.read_lines(side, text.as_deref().unwrap_or(pdu.data));
    }

    fn expected(&mut self) -> Option<Expectation> {
        self.expected.take()
    }
}

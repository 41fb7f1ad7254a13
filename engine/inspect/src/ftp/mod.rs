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

#[cfg(test)]
mod tests {
    use flow::PduEnd;

    use super::*;

    /// A PDU, and what rules see of it (`None`: nothing) as (text, normalized).
    type Shown = (Side, &'static [u8], Option<(&'static str, bool)>);

    /// PDUs of a flow, and what it speaks behind them.
    type Turned = (&'static [(Side, &'static [u8])], Service);

    fn shown(inspector: &mut FtpInspector, side: Side, data: &[u8]) -> Vec<(String, bool)> {
        let mut seen = Vec::new();
        inspector.inspect(side, &Pdu { data, time: 0, sequence: 0, end: PduEnd::Splitter }, &mut |unit| {
            seen.push((unit.buffers.get(BufferId::PktData).escape_ascii().to_string(), unit.alternate));
        });
        seen
    }

    #[test]
    fn rules_see_commands_and_replies_without_telnet_codes() {
        let cases: &[Shown] = &[
            (Side::Client, b"USER u\r\n", Some((r"USER u\r\n", false))),
            (Side::Client, b"US\xff\xf1ER u\r\n", Some((r"USER u\r\n", true))),
            (Side::Client, b"\xb4!", Some((r"\xb4!", false))),
            (Side::Server, b"220 ready", Some(("220 ready", false))),
            (Side::Server, b" EPRT\r\n", Some((r" EPRT\r\n", false))),
            (Side::Server, b"\xb4!", None),
        ];
        for (side, data, want) in cases {
            let want: Vec<_> = want.iter().map(|(text, normalized)| (text.to_string(), *normalized)).collect();
            assert_eq!(shown(&mut FtpInspector::default(), *side, data), want, "{}", data.escape_ascii());
        }
    }

    #[test]
    fn only_an_accepted_auth_makes_it_ssl() {
        let cases: &[Turned] = &[
            (&[(Side::Client, b"AUTH TLS\r\n"), (Side::Server, b"234 go\r\n")], Service::Ssl),
            (&[(Side::Client, b"auth tls\r\n"), (Side::Server, b"234 go\r\n")], Service::Ssl),
            (&[(Side::Client, b"AUTH TLS\r\n"), (Side::Server, b"500 no\r\n")], Service::Ftp),
            (&[(Side::Client, b"USER u\r\n"), (Side::Server, b"234 go\r\n")], Service::Ftp),
            (&[(Side::Server, b"AUTH TLS\r\n"), (Side::Server, b"234 go\r\n")], Service::Ftp),
        ];
        for (turns, want) in cases {
            let mut inspector = FtpInspector::default();
            for (side, data) in *turns {
                shown(&mut inspector, *side, data);
            }
            assert_eq!(inspector.service(), *want, "{turns:?}");
        }
    }

    #[test]
    fn a_data_connection_is_announced_once() {
        let mut inspector = FtpInspector::default();
        shown(&mut inspector, Side::Server, b"227 Entering Passive Mode (10,0,0,2,1,0).\r\n");
        assert_eq!(inspector.expected().map(|e| (e.port, e.service)), Some((256, Service::FtpData)));
        assert_eq!(inspector.expected(), None);
    }
}

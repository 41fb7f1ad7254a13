//! Telnet (RFC 854): a PDU ends at a line or a command; rules see it as it came (Snort's default: no normalization).

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::bounded;
use crate::ftp::telnet_codes::CodeSplitter;
use crate::inspector::{Inspection, Inspector, Sink};
use crate::service::Service;

/// Telnet on one flow.
#[derive(Debug, Default)]
pub struct TelnetInspector {
    splitters: [CodeSplitter; 2],
}

impl Inspector for TelnetInspector {
    fn service(&self) -> Service {
        Service::Telnet
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        bounded(piece, at, |piece| Some(self.splitters[side as usize].take(piece).map_or(Scan::More, Scan::Flush)))
    }

    fn inspect(&mut self, _side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        sink(&Inspection::plain(pdu.data));
    }
}

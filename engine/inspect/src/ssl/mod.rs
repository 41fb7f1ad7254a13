//! SSL and TLS: a PDU is as many whole records as a piece completes (Snort 3 manual, "SSL").
//!
//! States and versions are read while the records are scanned, so that a record cut short by the end of the stream still tells its
//! hello. The content counts as encrypted once both sides sent application data (Snort 3 manual, `ssl.trust_servers`): what follows a
//! change of ciphers before that, a heartbeat too, is still searched.

mod records;

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::bounded;
use crate::inspector::{Facts, Inspection, Inspector, Sink, SslFacts};
use crate::service::Service;
use records::Records;

/// SSL or TLS on one flow.
#[derive(Debug, Default)]
pub struct SslInspector {
    sides: [Records; 2],
    versions: u32,
    application_data: [bool; 2],
}

impl SslInspector {
    fn encrypted(&self) -> bool {
        self.application_data == [true; 2]
    }

    fn facts(&mut self, side: Side) -> SslFacts {
        let seen = std::mem::take(&mut self.sides[side as usize].seen);
        self.versions |= seen.versions;
        self.application_data[side as usize] |= seen.application_data;
        SslFacts { states: seen.states, versions: self.versions }
    }
}

impl Inspector for SslInspector {
    fn service(&self) -> Service {
        Service::Ssl
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        bounded(piece, at, |piece| match self.sides[side as usize].take(piece) {
            Ok(Some(end)) => Some(Scan::Flush(end)),
            Ok(None) => Some(Scan::More),
            Err(records::NotRecords) => None,
        })
    }

    fn inspect(&mut self, side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        let encrypted = self.encrypted();
        let facts = Facts { ssl: Some(self.facts(side)), ..Facts::default() };
        sink(&Inspection { encrypted, facts, ..Inspection::plain(pdu.data) });
    }
}

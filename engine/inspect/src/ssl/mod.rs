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

#[cfg(test)]
mod tests {
    use flow::PduEnd;

    use super::*;
    use crate::inspector::{ssl_states as state, ssl_versions as version};

    const CLIENT_HELLO: &[u8] = b"\x16\x03\x01\0\x06\x01\0\0\x02\x03\x03";
    const CHANGE: &[u8] = b"\x14\x03\x01\0\x01\x01";
    const HEARTBEAT: &[u8] = b"\x18\x03\x01\0\x03abc";
    const DATA: &[u8] = b"\x17\x03\x01\0\x03abc";

    /// Scans and inspects octets that are one PDU: (states, versions, encrypted).
    fn shown(inspector: &mut SslInspector, side: Side, data: &[u8]) -> (u32, u32, bool) {
        let at = ScanAt { pending: 0, segments: 0, more: false };
        assert_eq!(inspector.scan(side, data, at), Some(Scan::Flush(data.len())));
        let mut seen = None;
        inspector.inspect(side, &Pdu { data, time: 0, sequence: 0, end: PduEnd::Splitter }, &mut |unit| {
            seen = unit.facts.ssl.map(|ssl| (ssl.states, ssl.versions, unit.encrypted));
        });
        seen.expect("SSL tells its state")
    }

    #[test]
    fn states_are_of_the_pdu_and_versions_of_the_session() {
        let mut inspector = SslInspector::default();
        assert_eq!(shown(&mut inspector, Side::Client, CLIENT_HELLO), (state::CLIENT_HELLO, version::TLS1_2, false));
        assert_eq!(shown(&mut inspector, Side::Server, CHANGE), (0, version::TLS1_2 | version::TLS1_0, false));
    }

    #[test]
    fn content_is_encrypted_once_both_sides_sent_application_data() {
        use Side::{Client, Server};
        let mut inspector = SslInspector::default();
        let turns = [
            (Client, CHANGE, false),
            (Server, CHANGE, false),
            (Server, HEARTBEAT, false),
            (Client, DATA, false),
            (Server, HEARTBEAT, false),
            (Server, DATA, false),
            (Client, DATA, true),
        ];
        for (turn, (side, data, want)) in turns.into_iter().enumerate() {
            assert_eq!(shown(&mut inspector, side, data).2, want, "turn {turn}");
        }
    }

    #[test]
    fn a_pdu_ends_with_the_last_whole_record_of_the_piece() {
        let at = ScanAt { pending: 0, segments: 0, more: false };
        let cases: [(&str, Vec<u8>, Scan); 4] = [
            ("two records", [CHANGE, DATA].concat(), Scan::Flush(14)),
            ("one and a half", [CHANGE, &DATA[..6]].concat(), Scan::Flush(6)),
            ("half a record", DATA[..6].to_vec(), Scan::More),
            ("a record of no octets goes with the next", [b"\x16\x03\x03\0\0", HEARTBEAT].concat(), Scan::Flush(13)),
        ];
        for (name, octets, want) in cases {
            assert_eq!(SslInspector::default().scan(Side::Client, &octets, at), Some(want), "{name}");
        }
    }

    #[test]
    fn what_begins_no_record_is_not_ssl() {
        let at = ScanAt { pending: 0, segments: 0, more: false };
        for octets in [&b"GET / HTTP/1.1"[..], b"\x16\x04\x01\0\x01", b"\x16\x03\x01\xff\xff"] {
            assert_eq!(SslInspector::default().scan(Side::Client, octets, at), None, "{}", octets.escape_ascii());
        }
    }
}

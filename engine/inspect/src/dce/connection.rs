//! DCE/RPC on a transport of its own: TCP (connection-oriented) or UDP (connectionless).

use flow::{Pdu, Scan, ScanAt, Side};

use super::association::{Association, CallView};
use super::datagram::{Activity, Datagram};
use super::fragment::{Fragment, HEADER, length};
use crate::bounded::bounded;
use crate::buffer::BufferId;
use crate::inspector::{DceFacts, Facts, Inspection, Inspector, Sink};
use crate::service::Service;

/// DCE/RPC on one flow.
#[derive(Debug, Default)]
pub struct DceInspector {
    sides: [Frames; 2],
    association: Association,
    activity: Activity,
}

/// Finds where the PDUs of one direction end.
#[derive(Debug, Default)]
struct Frames {
    header: [u8; HEADER],
    have: usize,
    left: usize,
    begun: bool,
}

/// First line of RPC over HTTP from a server ([MS-RPCH] 2.1.1.1.2); PDUs follow it.
const HTTP_GREETING: &[u8] = b"ncacn_http/1.0";

impl Frames {
    fn take(&mut self, piece: &[u8]) -> Option<Scan> {
        if !self.begun && piece.starts_with(HTTP_GREETING) {
            self.begun = true;
            return Some(Scan::Flush(HTTP_GREETING.len()));
        }
        self.begun = true;
        let mut at = 0;
        if self.left == 0 {
            at = piece.len().min(HEADER - self.have);
            self.header[self.have..self.have + at].copy_from_slice(&piece[..at]);
            self.have += at;
            if self.have < HEADER {
                return Some(Scan::More);
            }
            self.have = 0;
            self.left = length(&self.header)? - HEADER;
        }
        let body = self.left.min(piece.len() - at);
        self.left -= body;
        Some(if self.left == 0 { Scan::Flush(at + body) } else { Scan::More })
    }
}

/// A unit of detection of `data` that shows a call.
pub(super) fn inspection<'a>(data: &'a [u8], facts: DceFacts, stub: &'a [u8]) -> Inspection<'a> {
    let mut inspection = Inspection::plain(data);
    inspection.buffers.set(BufferId::DceStubData, stub);
    inspection.facts = Facts { dce: Some(facts), ..Facts::default() };
    inspection
}

impl Inspector for DceInspector {
    fn service(&self) -> Service {
        Service::Dcerpc
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        let frames = &mut self.sides[side as usize];
        bounded(piece, at, |piece| frames.take(piece))
    }

    fn inspect(&mut self, _side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        let mut shown = false;
        if let Some(fragment) = Fragment::read(pdu.data) {
            self.association.take(&fragment, &mut |CallView { facts, stub, rebuilt }| {
                shown = true;
                sink(&inspection(rebuilt.unwrap_or(pdu.data), facts, stub));
            });
        }
        if !shown {
            sink(&Inspection::plain(pdu.data));
        }
    }

    fn datagram(&mut self, _side: Side, payload: &[u8], sink: &mut Sink<'_>) {
        let Some(datagram) = Datagram::read(payload) else { return sink(&Inspection::plain(payload)) };
        sink(&inspection(payload, datagram.facts, datagram.stub));
        if let Some((octets, header)) = self.activity.add(&datagram) {
            let facts = DceFacts { first_fragment: true, ..datagram.facts };
            sink(&inspection(octets, facts, &octets[header..]));
        }
    }
}

//! Sun RPC on TCP (RFC 5531, 11): every piece of the client is a PDU, and shows the record so far where the record began before it
//! or comes in several fragments.
//!
//! The server's side is not reassembled (as in Snort): rules see its segments one by one.

mod record;

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::bounded;
use crate::buffer::BufferId;
use crate::inspector::{Inspection, Inspector, Sink};
use crate::service::Service;
use record::{Record, View};

/// Sun RPC on one flow.
#[derive(Debug, Default)]
pub struct SunrpcInspector {
    record: Record,
}

impl Inspector for SunrpcInspector {
    fn service(&self) -> Service {
        Service::Sunrpc
    }

    fn splits(&self, side: Side) -> bool {
        side == Side::Client
    }

    fn scan(&mut self, _side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        bounded(piece, at, |piece| Some(Scan::Flush(piece.len())))
    }

    fn inspect(&mut self, _side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        let mut inspection = Inspection::plain(pdu.data);
        if let View::Record(octets) = self.record.take(pdu.data) {
            inspection.buffers.set(BufferId::PktData, octets);
            inspection.alternate = true;
        }
        sink(&inspection);
    }
}

//! Sun RPC on TCP (RFC 5531, 11): every piece of the client is a PDU, and shows the record so far where the record began before it
//! or comes in several fragments.
//!
//! Snort does not reassemble the server's side; here it is split by amount, so that nothing hides between two segments.

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

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        if side == Side::Server {
            return None;
        }
        bounded(piece, at, |piece| Some(Scan::Flush(piece.len())))
    }

    fn inspect(&mut self, side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        let mut inspection = Inspection::plain(pdu.data);
        if side == Side::Client
            && let View::Record(octets) = self.record.take(pdu.data)
        {
            inspection.buffers.set(BufferId::PktData, octets);
            inspection.alternate = true;
        }
        sink(&inspection);
    }
}

//! FTP data connection (RFC 959, 3.2): each side's octets are one file; PDUs are cut by amount.

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::bounded;
use crate::buffer::BufferId;
use crate::flush_ring::FlushRing;
use crate::inspector::{Inspection, Inspector, Sink};
use crate::service::Service;

/// FTP data on one flow.
#[derive(Debug)]
pub struct FtpDataInspector {
    /// Octets from which a PDU of each side may end.
    flush_points: [usize; 2],
    /// Octets of each side's file given so far.
    positions: [u64; 2],
}

impl FtpDataInspector {
    /// Draws a flush point for each side, the client's octets first.
    pub fn new(ring: &FlushRing) -> Self {
        let flush_points = [ring.draw() as usize, ring.draw() as usize];
        Self { flush_points, positions: [0; 2] }
    }
}

impl Inspector for FtpDataInspector {
    fn service(&self) -> Service {
        Service::FtpData
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        let enough = at.segments >= 1 && at.pending + piece.len() >= self.flush_points[side as usize] && !at.more;
        bounded(piece, at, |piece| Some(if enough { Scan::Flush(piece.len()) } else { Scan::More }))
    }

    fn inspect(&mut self, side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        let mut inspection = Inspection::plain(pdu.data);
        inspection.buffers.set(BufferId::FileData, pdu.data);
        inspection.file_id = side as u64 + 1;
        inspection.file_pos = self.positions[side as usize];
        self.positions[side as usize] += pdu.data.len() as u64;
        sink(&inspection);
    }
}

#[cfg(test)]
mod tests {
    use flow::PduEnd;

    use super::*;

    #[test]
    fn a_file_is_cut_by_amount_and_keeps_its_position() {
        let mut data = FtpDataInspector::new(&FlushRing::default());
        let cases: &[(usize, ScanAt, Scan)] = &[
            (1400, ScanAt { pending: 0, segments: 0, more: false }, Scan::More),
            (10, ScanAt { pending: 1400, segments: 1, more: true }, Scan::More),
            (10, ScanAt { pending: 1400, segments: 1, more: false }, Scan::Flush(10)),
            (10, ScanAt { pending: 20, segments: 1, more: false }, Scan::More),
            (1400, ScanAt { pending: 16000, segments: 12, more: true }, Scan::Flush(1400)),
        ];
        for (length, at, want) in cases {
            assert_eq!(data.scan(Side::Server, &vec![0; *length], *at), Some(*want), "{at:?}");
        }
        let mut seen = Vec::new();
        for part in ["file ", "content"] {
            let pdu = Pdu { data: part.as_bytes(), time: 0, sequence: 0, end: PduEnd::Splitter };
            data.inspect(Side::Server, &pdu, &mut |i| {
                seen.push((i.file_pos, i.file_id, i.buffers.get(BufferId::FileData).to_vec()));
            });
        }
        assert_eq!(seen, [(0, 2, b"file ".to_vec()), (5, 2, b"content".to_vec())]);
    }
}

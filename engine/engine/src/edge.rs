//! Where one piece of a body ends and the next begins: what lies across is in neither of them. How bodies are cut is of no meaning, so in
//! mode `complete` both sides of each edge are inspected together.

use inspect::{BufferId, Inspection};

use crate::told::Told;

/// Bytes on each side of an edge that are inspected together.
const REACH: usize = 512;

/// Pieces that are shorter end a body, or come as the sender cut them: nothing goes on behind them.
const PIECE: usize = 2048;

/// Buffers that hold the bytes of a body.
const BODY: [BufferId; 4] = [BufferId::PktData, BufferId::RawData, BufferId::FileData, BufferId::HttpClientBody];

/// The end of a body's last piece.
#[derive(Debug, Default)]
pub(crate) struct Edge {
    /// Number of the file.
    file: u64,
    /// Bytes of it up to the edge.
    at: u64,
    /// Bytes before the edge, then those behind it while both are inspected.
    bytes: Vec<u8>,
    /// Those before the edge.
    before: usize,
    /// Rules that alerted on the last piece.
    told: Vec<Told>,
}

impl Edge {
    /// Takes the beginning of `piece`, where it goes on where the last one ended; answers whether it does.
    pub fn join(&mut self, piece: &Inspection<'_>) -> bool {
        let goes_on = self.before > 0 && (piece.file_id, piece.file_pos) == (self.file, self.at);
        if goes_on {
            let data = piece.buffers.get(BufferId::FileData);
            self.bytes.extend_from_slice(&data[..data.len().min(REACH)]);
        }
        goes_on
    }

    /// Both sides of the edge before `piece`, which was joined.
    pub fn across<'e>(&'e self, piece: &Inspection<'e>) -> Inspection<'e> {
        let mut across = Inspection { head: false, file_pos: self.at - self.before as u64, ..*piece };
        for buffer in BODY.into_iter().filter(|buffer| !piece.buffers.get(*buffer).is_empty()) {
            across.buffers.set(buffer, &self.bytes);
        }
        across
    }

    /// Rules that need not be told again.
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// Keeps the end of `piece`, on which the rules `told` alerted.
    pub fn keep(&mut self, piece: &Inspection<'_>, told: Vec<Told>) {
        let data = piece.buffers.get(BufferId::FileData);
        self.bytes.clear();
        if data.len() >= PIECE {
            self.bytes.extend_from_slice(&data[data.len() - REACH..]);
        }
        self.before = self.bytes.len();
        (self.file, self.at, self.told) = (piece.file_id, piece.file_pos + data.len() as u64, told);
    }
}

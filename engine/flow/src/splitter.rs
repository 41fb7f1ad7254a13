//! Where application messages end: the contract between reassembly and the inspectors.

use crate::info::FlowInfo;

/// The side of a flow that sent something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Side {
    /// Sent by the client (Snort: C2S, `to_server`).
    Client = 0,
    /// Sent by the server (Snort: S2C, `to_client`).
    Server = 1,
}

impl Side {
    /// The other end.
    pub fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// What a splitter says of the bytes it was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// No message ends here; show me more.
    More,
    /// The first `n` bytes of this piece (1..=len) complete a PDU together with all bytes scanned since the last flush.
    /// The rest of the piece is shown again as the start of the next PDU.
    Flush(usize),
    /// The application was bound to another splitter: both sides are scanned again from their first unflushed byte.
    Restart,
}

/// What is known while a piece is scanned.
#[derive(Debug, Clone, Copy)]
pub struct ScanAt {
    /// Bytes already scanned since the last flush, before this piece.
    pub pending: usize,
    /// Segments already scanned since the last flush, before this piece.
    pub segments: usize,
    /// More acknowledged in-order bytes wait behind this piece.
    pub more: bool,
}

/// Why a PDU ends where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PduEnd {
    /// The splitter said so.
    Splitter,
    /// Bytes are missing after it, or a cap was hit; [`Application::gap`] follows.
    Gap,
    /// The stream ended (FIN acknowledged, RST, timeout, end of capture). Of a flow whose peer was never seen these are all in-order
    /// bytes, which [`Application::scan`] was not shown, in pieces of at most [`crate::limits::MAX_PDU`] bytes.
    Close,
}

/// One reassembled unit handed to detection.
#[derive(Debug, Clone, Copy)]
pub struct Pdu<'a> {
    /// The bytes, in order.
    pub data: &'a [u8],
    /// Nanoseconds since the epoch of the first segment in it.
    pub time: i64,
    /// Sequence number of its first byte (RFC 9293).
    pub sequence: u32,
    /// Why it ends here.
    pub end: PduEnd,
}

/// What rides on a TCP flow: implemented by the engine (inspector, wizard or Atom splitting; then detection).
///
/// The flow room calls these in stream order. `Context` is the engine's per-thread world (rules, scratch, events).
pub trait Application: Default {
    /// Engine state that is not part of the flow.
    type Context<'c>;

    /// Shows acknowledged in-order bytes not scanned before; one call a segment piece, never across two segments.
    fn scan(&mut self, cx: &mut Self::Context<'_>, flow: &FlowInfo, side: Side, piece: &[u8], at: ScanAt) -> Scan;

    /// Takes one PDU.
    fn pdu(&mut self, cx: &mut Self::Context<'_>, flow: &FlowInfo, side: Side, pdu: Pdu<'_>);

    /// Takes the PDU given before once more, as a receiver with another reassembly policy would read it: segments of it contradict each
    /// other. Only with [`crate::FlowLimits::readings`].
    fn reading(&mut self, _cx: &mut Self::Context<'_>, _flow: &FlowInfo, _side: Side, _pdu: Pdu<'_>) {}

    /// `lost` bytes of `side` were acknowledged but never seen, or dropped at a cap; what precedes them was given as a PDU with
    /// [`PduEnd::Gap`]. 0: nothing is missing, but the PDU before ended where no splitter said so.
    fn gap(&mut self, cx: &mut Self::Context<'_>, flow: &FlowInfo, side: Side, lost: u32);

    /// No byte of `side` comes any more (called once a side, after its last PDU).
    fn close(&mut self, cx: &mut Self::Context<'_>, flow: &FlowInfo, side: Side);

    /// The flow leaves the table, after both sides are closed.
    fn end(&mut self, cx: &mut Self::Context<'_>, flow: &FlowInfo);

    /// Whether detection reads this side's bytes only as PDUs (a service inspector is bound and has not given up):
    /// its queued segments are then not inspected raw.
    fn pdus_only(&self, side: Side) -> bool;
}

//! The flow table: finds a packet's flow, keeps its streams, ends it in time.

use wire::Packet;

use crate::info::FlowInfo;
use crate::splitter::{Application, Side};

/// What the engine needs to know to inspect the packet itself, after its PDUs went out.
#[derive(Debug)]
pub struct Tracked<'t, A> {
    /// The flow.
    pub info: &'t FlowInfo,
    /// Its application.
    pub app: &'t mut A,
    /// Who sent this packet.
    pub side: Side,
    /// Its payload was queued for reassembly, at least in part.
    pub queued: bool,
}

/// All flows of one worker.
#[derive(Debug)]
pub struct FlowTable<A> {
    _flows: Vec<A>,
}

impl<A: Application> FlowTable<A> {
    /// Takes one packet at `now` (nanoseconds since the epoch, from the capture): updates or creates its flow, hands out the PDUs
    /// that it completes. `None`: the packet belongs to no flow (bare ACK outside a flow, no IP, ...).
    pub fn process(&mut self, _packet: &Packet<'_>, _now: i64, _cx: &mut A::Context<'_>) -> Option<Tracked<'_, A>> {
        None
    }

    /// Ends every flow, as at the end of a capture.
    pub fn finish(&mut self, _cx: &mut A::Context<'_>) {}
}

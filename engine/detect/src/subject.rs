//! What a rule is held against: one raw packet or one PDU, with everything an option may ask.

use flow::{Endpoint, FlowInfo, Side};
use inspect::{Inspection, Service};
use wire::Packet;

/// Which rule protocols can match (Snort: packet type).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A TCP packet or a PDU of a TCP flow.
    Tcp,
    /// A UDP datagram.
    Udp,
    /// An ICMP message.
    Icmp,
    /// Any other IP packet, and every fragment.
    Ip,
}

/// One unit of detection. Addresses are those of the data's direction.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Which rule protocols can match.
    pub kind: Kind,
    /// Headers of the packet; `None` for a PDU, which has none.
    pub packet: Option<&'a Packet<'a>>,
    /// Who sent the data.
    pub source: Endpoint,
    /// Who receives it.
    pub destination: Endpoint,
    /// The flow's service, as far as it is known at this moment.
    pub service: Option<Service>,
    /// Who sent it, in terms of the flow; `None` where neither is known.
    pub side: Option<Side>,
    /// Snort's "established".
    pub established: bool,
    /// The flow, where there is one.
    pub flow: Option<&'a FlowInfo>,
    /// A TCP PDU.
    pub rebuilt: bool,
    /// A PDU, or a packet that holds one whole PDU.
    pub whole: bool,
    /// The packet was put together from fragments.
    pub defragmented: bool,
    /// The flow has a service inspector (Snort: gadget).
    pub inspected: bool,
    /// Patterns are searched. Off for later fragments and encrypted payload: then only rules without fast pattern run.
    pub searched: bool,
    /// Buffers, section and protocol facts.
    pub inspection: &'a Inspection<'a>,
    /// Nanoseconds since the epoch.
    pub time: i64,
}

impl Subject<'_> {
    /// Bytes of payload (Snort: `dsize`).
    pub fn payload_len(&self) -> usize {
        self.inspection.buffers.get(inspect::BufferId::RawData).len()
    }
}

//! What everyone may know about a flow.

use std::net::IpAddr;

use crate::splitter::Side;

/// One end of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Address.
    pub ip: IpAddr,
    /// Port, 0 where the protocol has none.
    pub port: u16,
}

/// Identity and counters of a flow.
#[derive(Debug, Clone)]
pub struct FlowInfo {
    /// Number of the flow in this engine, from 1.
    pub id: u64,
    /// IP protocol.
    pub protocol: u8,
    /// VLAN the flow runs in.
    pub vlan: Option<u16>,
    /// Who opened it. Without a handshake: the side with the higher port.
    pub client: Endpoint,
    /// The other end.
    pub server: Endpoint,
    /// Nanoseconds since the epoch of the first packet.
    pub start: i64,
    /// Nanoseconds since the epoch of the latest packet.
    pub last: i64,
    /// TCP: a segment beyond the SYNs was seen (as Snort does: of a midstream flow the first one, of one direction alone the ACK after
    /// the SYN); stays true after a reset or FIN. Other protocols: both directions were seen.
    pub established: bool,
    /// Packets by [`Side`].
    pub packets: [u64; 2],
    /// IP bytes by [`Side`].
    pub bytes: [u64; 2],
    /// TCP: distance between initial and next send sequence number, by [`Side`] (a SYN alone counts 1).
    pub sent: [u32; 2],
    /// TCP: flow was picked up without its handshake.
    pub midstream: bool,
    /// Whether a packet of it, as it came, is one of an established connection to a rule. As `established`, but of a midstream flow
    /// only once the peer answers, unless the flow goes on from one that was idle for too long (seen by running: set `wide`, modes
    /// `midstream` and `slow`).
    pub answered: bool,
}

impl FlowInfo {
    /// The endpoint that sends as `side`.
    pub fn sender(&self, side: Side) -> Endpoint {
        match side {
            Side::Client => self.client,
            Side::Server => self.server,
        }
    }
}

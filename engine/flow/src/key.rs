//! What makes packets belong to one flow.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use wire::{Icmp, Ip, L4, Packet};

/// What a flow is tracked as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Any protocol without a decoded transport header.
    Ip,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP and ICMPv6.
    Icmp,
}

/// Identity of a flow: the same for both directions.
///
/// VLAN and protocol belong to it; an echo exchange counts its identifier as port, so that two `ping`s are two flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowKey {
    low: u128,
    high: u128,
    low_port: u16,
    high_port: u16,
    /// VLAN id plus one, 0 for untagged.
    vlan: u16,
    protocol: u8,
    kind: Kind,
    version: u8,
}

impl Hash for FlowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.low);
        state.write_u128(self.high);
        let ports = u64::from(self.low_port) << 48 | u64::from(self.high_port) << 32;
        let rest = u64::from(self.vlan) << 16 | u64::from(self.protocol) << 8 | (self.kind as u64) << 4 | u64::from(self.version);
        state.write_u64(ports | rest);
    }
}

impl FlowKey {
    /// The key of a packet's flow, and whether its sender is the end that stands first in the key.
    /// `None`: no IP, or a fragment, which belongs to its datagram only.
    pub fn of(packet: &Packet<'_>) -> Option<(Self, bool)> {
        let ip = packet.ip.as_ref()?;
        if ip.fragment.is_fragment() {
            return None;
        }
        let (kind, src_port, dst_port) = ends(&packet.l4);
        let (src, dst) = (number(ip.src), number(ip.dst));
        let forward = (src, src_port) <= (dst, dst_port);
        let (low, high) = if forward { ((src, src_port), (dst, dst_port)) } else { ((dst, dst_port), (src, src_port)) };
        let key = Self {
            low: low.0,
            high: high.0,
            low_port: low.1,
            high_port: high.1,
            vlan: packet.vlan.map_or(0, |vlan| vlan.wrapping_add(1)),
            protocol: protocol(packet.l4, ip),
            kind,
            version: ip.version,
        };
        Some((key, forward))
    }

    /// What the flow is tracked as.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// The protocol that a flow is of: what was decoded, whatever stands between it and the IP header (authentication over IPv4).
pub(crate) fn protocol(l4: L4, ip: &Ip<'_>) -> u8 {
    match l4 {
        L4::Tcp(_) => 6,
        L4::Udp(_) => 17,
        L4::Icmp(_) if ip.version == 4 => 1,
        L4::Icmp(_) => 58,
        L4::None => ip.protocol,
    }
}

/// Kind and ports; an echo exchange has its identifier on both ends.
fn ends(l4: &L4) -> (Kind, u16, u16) {
    match l4 {
        L4::Tcp(tcp) => (Kind::Tcp, tcp.src_port, tcp.dst_port),
        L4::Udp(udp) => (Kind::Udp, udp.src_port, udp.dst_port),
        L4::Icmp(Icmp { id, .. }) => (Kind::Icmp, id.unwrap_or(0), id.unwrap_or(0)),
        L4::None => (Kind::Ip, 0, 0),
    }
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

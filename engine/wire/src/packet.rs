//! What one decoded frame looks like: the validated form that every later room reads.

use std::net::IpAddr;

use crate::anomaly::{Anomalies, Anomaly};

/// One frame, decoded down to its innermost transport header.
#[derive(Debug, Clone)]
pub struct Packet<'a> {
    /// The whole captured frame, link header included.
    pub frame: &'a [u8],
    /// Ethernet addresses and type, where the link has them.
    pub ethernet: Option<Ethernet>,
    /// Innermost VLAN id (12 bits), where the frame is tagged.
    pub vlan: Option<u16>,
    /// The innermost IP header. `None`: nothing that rules can look at.
    pub ip: Option<Ip<'a>>,
    /// Ports of the UDP tunnel that carried the innermost IP header: what Snort prints for an ICMP message inside one.
    pub tunnel_ports: Option<(u16, u16)>,
    /// How many IP headers were found on the way (tunnels).
    pub ip_layers: u8,
    /// The innermost transport header that could be decoded.
    pub l4: L4,
    /// Bytes after the innermost decoded header, bounded by the IP length (padding cut). Without IP: the frame.
    pub payload: &'a [u8],
    /// Everything odd about the frame.
    pub anomalies: Anomalies,
}

/// Ethernet header fields.
#[derive(Debug, Clone, Copy)]
pub struct Ethernet {
    /// Source address.
    pub src: [u8; 6],
    /// Destination address.
    pub dst: [u8; 6],
    /// Type of the first layer above Ethernet, before VLAN tags are unwrapped.
    pub ethertype: u16,
}

/// IPv4 or IPv6 header, extension headers walked.
#[derive(Debug, Clone)]
pub struct Ip<'a> {
    /// 4 or 6.
    pub version: u8,
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// Type of service, or traffic class.
    pub tos: u8,
    /// Identification; for IPv6 that of the fragment header, else 0.
    pub id: u32,
    /// Datagram length in bytes as the header states it, header included.
    pub total_len: u32,
    /// Bytes of header, IPv6 extension headers included.
    pub header_len: u16,
    /// Protocol after the header and its extensions (6 TCP, 17 UDP, ...).
    pub protocol: u8,
    /// Fragmentation fields.
    pub fragment: Fragment,
    /// Options of an IPv4 header (RFC 791 section 3.1), padding included.
    pub options: &'a [u8],
    /// Bytes after the header (and extensions), bounded by `total_len`.
    pub payload: &'a [u8],
}

/// Fragmentation fields of an IP header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fragment {
    /// Offset in bytes.
    pub offset: u32,
    /// More fragments follow.
    pub more: bool,
    /// Don't fragment.
    pub dont: bool,
    /// Reserved bit.
    pub reserved: bool,
}

impl Fragment {
    /// Whether this datagram is a piece of a larger one.
    pub fn is_fragment(&self) -> bool {
        self.more || self.offset != 0
    }
}

/// Transport header. `None` also for every fragment and for a transport header that does not parse.
#[derive(Debug, Clone, Copy, Default)]
pub enum L4 {
    /// No transport header was decoded: rules see the packet as plain IP.
    #[default]
    None,
    /// TCP, RFC 9293.
    Tcp(Tcp),
    /// UDP, RFC 768.
    Udp(Udp),
    /// ICMP, RFC 792 and RFC 4443.
    Icmp(Icmp),
}

/// TCP header.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tcp {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Sequence number of the first payload byte (of the SYN where that is set).
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// CWR ECE URG ACK PSH RST SYN FIN, high to low.
    pub flags: u8,
    /// Window as sent, unscaled.
    pub window: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Header length in bytes, options included.
    pub header_len: u8,
    /// Maximum segment size option.
    pub mss: Option<u16>,
    /// Window scale option.
    pub window_scale: Option<u8>,
    /// Timestamp option (value, echo).
    pub timestamp: Option<(u32, u32)>,
}

/// Bits of [`Tcp::flags`].
pub mod tcp_flags {
    #![allow(missing_docs)]
    pub const FIN: u8 = 0x01;
    pub const SYN: u8 = 0x02;
    pub const RST: u8 = 0x04;
    pub const PSH: u8 = 0x08;
    pub const ACK: u8 = 0x10;
    pub const URG: u8 = 0x20;
    pub const ECE: u8 = 0x40;
    pub const CWR: u8 = 0x80;
}

/// UDP header.
#[derive(Debug, Clone, Copy, Default)]
pub struct Udp {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Length field.
    pub len: u16,
}

/// ICMP header, version 4 or 6 as the IP header says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Icmp {
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// Identifier, for echo request and reply only.
    pub id: Option<u16>,
    /// Sequence, for echo request and reply only.
    pub seq: Option<u16>,
}

impl Packet<'_> {
    /// Why rules get nothing to look at, where they do not: no IP header could be decoded, or a checksum is wrong.
    ///
    /// `None` for a packet that is inspected. An anomaly above IP alone does not keep a packet from being
    /// inspected as plain IP.
    #[inline]
    pub fn not_inspected(&self) -> Option<Anomaly> {
        match (&self.ip, self.anomalies.checksums().first()) {
            (Some(_), checksum) => checksum,
            (None, _) => Some(self.anomalies.first().unwrap_or(Anomaly::NotIp)),
        }
    }

    /// Source and destination port, 0 where the transport has none.
    pub fn ports(&self) -> (u16, u16) {
        match self.l4 {
            L4::Tcp(t) => (t.src_port, t.dst_port),
            L4::Udp(u) => (u.src_port, u.dst_port),
            L4::Icmp(_) | L4::None => (0, 0),
        }
    }
}

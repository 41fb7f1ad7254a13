//! Frames to packets: stateless decoding, every anomaly named. First room on a packet's way.
//!
//! [`decode`] takes one captured frame and gives a [`Packet`]; it never fails: what cannot be decoded is
//! left out of the packet and named in its [`Anomalies`]. Tunnels are unwrapped, so that a packet speaks of
//! its innermost IP header and what follows it. Each protocol is one file in `layers`.

pub mod anomaly;
mod checksum;
mod layers;
pub mod link;
pub mod packet;
mod walk;

pub use anomaly::{Anomalies, Anomaly};
pub use link::LinkType;
pub use packet::{Ethernet, Fragment, Icmp, Ip, L4, Packet, Tcp, Udp, tcp_flags};
pub use walk::MAX_LAYERS;

/// Whether checksums are held against their headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksums {
    /// A wrong IPv4, TCP, UDP or ICMP checksum is an [`Anomaly`] on which nothing is inspected.
    Verify,
    /// Checksums are not looked at: the kernel has yet to fill them in, or the user said so.
    Ignore,
}

/// Decodes one frame of link type `link`, as captured, down to its innermost transport header.
///
/// ```
/// let ping = [&[0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2][..], &[8, 0, 0, 0, 0, 7, 0, 1]].concat();
/// let packet = wire::decode(wire::LinkType::RAW, &ping, wire::Checksums::Ignore);
/// assert!(matches!(packet.l4, wire::L4::Icmp(icmp) if icmp.id == Some(7)));
/// ```
#[inline]
pub fn decode(link: LinkType, frame: &[u8], checksums: Checksums) -> Packet<'_> {
    walk::Walk::new(frame, checksums).run(link)
}

/// Who sends to whom, as the outermost IP header of a frame says it.
#[inline]
pub fn outermost(link: LinkType, frame: &[u8]) -> Option<(std::net::IpAddr, std::net::IpAddr)> {
    let packet = walk::Walk::new(frame, Checksums::Ignore).run_until(link, |packet| packet.ip.is_some());
    packet.ip.map(|ip| (ip.src, ip.dst))
}

/// Decodes a datagram that was rebuilt from fragments, from its IP header on.
///
/// No checksum of the IPv4 header is verified (it was that of a fragment), and none above it: the fragments
/// came from packets whose own headers had been accepted.
pub fn decode_ip(datagram: &[u8]) -> Packet<'_> {
    decode(LinkType::RAW, datagram, Checksums::Ignore)
}

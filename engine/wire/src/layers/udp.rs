//! UDP, RFC 768, and the tunnels that it carries by port.

use crate::anomaly::Anomaly;
use crate::checksum;
use crate::packet::{L4, Udp};
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let datagram = walk.rest;
    let Some(&[s0, s1, d0, d1, l0, l1, c0, c1]) = walk.take::<8>() else {
        return walk.stop(Anomaly::UdpTruncated);
    };
    let udp = Udp { src_port: u16::from_be_bytes([s0, s1]), dst_port: u16::from_be_bytes([d0, d1]), len: u16::from_be_bytes([l0, l1]) };
    if usize::from(udp.len) != datagram.len() {
        walk.rest = datagram;
        return walk.stop(Anomaly::UdpLength);
    }
    if walk.verifies() {
        verify(walk, datagram, [c0, c1] == [0, 0]);
    }
    walk.transport(L4::Udp(udp));
    tunnel(udp)
}

/// No checksum is none over IPv4, and wrong over IPv6 (RFC 8200, section 8.1).
fn verify(walk: &mut Walk<'_>, datagram: &[u8], without: bool) {
    let holds = walk.packet.ip.as_ref().is_none_or(|ip| match without {
        true => ip.version == 4,
        false => checksum::holds(checksum::pseudo(ip, 17, datagram.len()), datagram),
    });
    if !holds {
        walk.packet.anomalies.add(Anomaly::BadUdpChecksum);
    }
}

/// VXLAN and Geneve hash the inner flow into the source port, so only the destination tells.
fn tunnel(udp: Udp) -> Next {
    let either = |port| udp.src_port == port || udp.dst_port == port;
    match udp.dst_port {
        4789 => Next::Vxlan,
        6081 => Next::Geneve,
        _ if either(2152) || either(3386) => Next::Gtp,
        _ if either(3544) => Next::Teredo,
        _ => Next::Stop,
    }
}

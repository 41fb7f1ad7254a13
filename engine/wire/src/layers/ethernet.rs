//! Ethernet II and IEEE 802.3 with LLC/SNAP.

use crate::anomaly::Anomaly;
use crate::packet::Ethernet;
use crate::walk::{Next, Walk};

#[inline]
pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let Some([d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, hi, lo]) = walk.take::<14>() else {
        return walk.stop(Anomaly::Truncated);
    };
    let ethertype = u16::from_be_bytes([*hi, *lo]);
    // The outermost addresses are those of the node; a tunnel's inner ones are not kept.
    if walk.packet.ethernet.is_none() && walk.packet.ip_layers == 0 {
        let (src, dst) = ([*s0, *s1, *s2, *s3, *s4, *s5], [*d0, *d1, *d2, *d3, *d4, *d5]);
        walk.packet.ethernet = Some(Ethernet { src, dst, ethertype });
    }
    walk.ethertype(ethertype)
}

/// IEEE 802.2 LLC: IP comes only in SNAP with the organisation code of Ethernet (RFC 1042).
pub(crate) fn decode_llc(walk: &mut Walk<'_>) -> Next {
    match walk.take::<8>() {
        Some([0xaa, 0xaa, 0x03, 0, 0, 0, hi, lo]) if *hi >= 6 => walk.ethertype(u16::from_be_bytes([*hi, *lo])),
        _ => walk.stop(Anomaly::NotIp),
    }
}

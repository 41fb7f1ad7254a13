//! PPP (RFC 1661, RFC 1662), PPPoE sessions (RFC 2516) and Cisco HDLC.

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    if let [0xff, 0x03, rest @ ..] = walk.rest {
        walk.rest = rest;
    }
    // A protocol field may be compressed to one byte; the lowest bit of its last byte is set (RFC 1661, section 2).
    let protocol = match walk.rest {
        [low, rest @ ..] if low & 1 == 1 => {
            walk.rest = rest;
            u16::from(*low)
        }
        [high, low, rest @ ..] => {
            walk.rest = rest;
            u16::from_be_bytes([*high, *low])
        }
        _ => return walk.stop(Anomaly::Truncated),
    };
    match protocol {
        0x0021 => Next::Ipv4,
        0x0057 => Next::Ipv6,
        0x0281 | 0x0283 => Next::Mpls,
        _ => walk.stop(Anomaly::NotIp),
    }
}

pub(crate) fn decode_pppoe(walk: &mut Walk<'_>) -> Next {
    match walk.take::<6>() {
        Some([0x11, 0, ..]) => Next::Ppp,
        Some(_) => walk.stop(Anomaly::TunnelHeader),
        None => walk.stop(Anomaly::Truncated),
    }
}

pub(crate) fn decode_cisco(walk: &mut Walk<'_>) -> Next {
    match walk.take::<4>() {
        Some([_, _, hi, lo]) if *hi >= 6 => walk.ethertype(u16::from_be_bytes([*hi, *lo])),
        Some(_) => walk.stop(Anomaly::NotIp),
        None => walk.stop(Anomaly::Truncated),
    }
}

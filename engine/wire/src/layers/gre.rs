//! GRE (RFC 2784, RFC 2890; routing of RFC 1701; version 1 of RFC 2637) and ERSPAN inside it
//! (draft-foschiano-erspan).

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGEMENT: u16 = 0x0080;

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let Some(&[f0, f1, p0, p1]) = walk.take::<4>() else {
        return walk.stop(Anomaly::Truncated);
    };
    let (flags, protocol) = (u16::from_be_bytes([f0, f1]), u16::from_be_bytes([p0, p1]));
    let options = match flags & 7 {
        0 => 4 * [CHECKSUM | ROUTING, KEY, SEQUENCE].iter().filter(|bits| flags & **bits != 0).count(),
        1 if protocol == 0x880b => 4 * [KEY, SEQUENCE, ACKNOWLEDGEMENT].iter().filter(|bits| flags & **bits != 0).count(),
        _ => return walk.stop(Anomaly::TunnelHeader),
    };
    let whole = walk.skip(options).is_some() && (flags & 7 == 1 || flags & ROUTING == 0 || pass_routes(walk));
    if !whole {
        return walk.stop(Anomaly::Truncated);
    }
    walk.packet.payload = walk.rest;
    match protocol {
        0x880b => Next::Ppp,
        0x88be => erspan(walk, flags & SEQUENCE != 0),
        0x22eb => erspan_3(walk),
        // A length is no protocol here.
        0..=0x05ff => Next::Stop,
        _ => walk.ethertype(protocol),
    }
}

/// Source route entries: family, offset, length, then so many bytes; the last is all zero.
fn pass_routes(walk: &mut Walk<'_>) -> bool {
    while let Some(&[f0, f1, _, length]) = walk.take::<4>() {
        if [f0, f1, length] == [0, 0, 0] {
            return true;
        }
        if walk.skip(usize::from(length)).is_none() {
            return false;
        }
    }
    false
}

/// Type I has no header of its own; type II, told by GRE's sequence number, has eight bytes.
fn erspan(walk: &mut Walk<'_>, is_type_2: bool) -> Next {
    if !is_type_2 {
        walk.packet.anomalies.add(Anomaly::BeyondSnort);
    } else if !matches!(walk.take::<8>(), Some([first, ..]) if first >> 4 == 1) {
        return walk.stop(Anomaly::TunnelHeader);
    }
    Next::Ethernet
}

/// Type III: twelve bytes, and eight more where its last bit says so.
fn erspan_3(walk: &mut Walk<'_>) -> Next {
    match walk.take::<12>() {
        Some([first, .., last]) if first >> 4 == 2 => {
            if last & 1 == 0 {
                // Snort takes the eight bytes to be there always (its recorded verdicts show).
                walk.packet.anomalies.add(Anomaly::BeyondSnort);
            } else if walk.skip(8).is_none() {
                return walk.stop(Anomaly::TunnelHeader);
            }
            Next::Ethernet
        }
        _ => walk.stop(Anomaly::TunnelHeader),
    }
}

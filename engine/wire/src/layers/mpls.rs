//! MPLS label stack entries (RFC 3032), one a step.

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let Some(entry) = walk.take::<4>() else {
        return walk.stop(Anomaly::Truncated);
    };
    let entry = u32::from_be_bytes(*entry);
    let (label, bottom) = (entry >> 12, entry & 0x100 != 0);
    match (label, bottom) {
        (_, false) => Next::Mpls,
        // Explicit null labels name what follows (RFC 3032, section 2.1).
        (0, true) => Next::Ipv4,
        (2, true) => Next::Ipv6,
        (_, true) => inside(walk),
    }
}

/// No label says what it carries: the first four bits do, as routers guess too (RFC 4928, section 3).
fn inside(walk: &mut Walk<'_>) -> Next {
    match walk.rest.first().map(|byte| byte >> 4) {
        Some(4) => Next::Ipv4,
        Some(6) => Next::Ipv6,
        // Control word of a pseudowire (RFC 4385), unless the frame's own first bytes are those of an address.
        Some(0) if walk.rest.len() > 18 && carries_ethernet(&walk.rest[4..]) => {
            walk.rest = &walk.rest[4..];
            Next::Ethernet
        }
        Some(_) => Next::Ethernet,
        None => walk.stop(Anomaly::Truncated),
    }
}

fn carries_ethernet(bytes: &[u8]) -> bool {
    matches!(bytes.get(12..14), Some([0x08, 0x00] | [0x86, 0xdd] | [0x81, 0x00]))
}

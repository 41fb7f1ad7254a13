//! Linux cooked captures: LINKTYPE_LINUX_SLL (16 bytes) and LINKTYPE_LINUX_SLL2 (20 bytes).

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    match walk.take::<16>() {
        Some(header) => protocol(walk, u16::from_be_bytes([header[14], header[15]])),
        None => walk.stop(Anomaly::Truncated),
    }
}

pub(crate) fn decode_v2(walk: &mut Walk<'_>) -> Next {
    match walk.take::<20>() {
        Some(header) => protocol(walk, u16::from_be_bytes([header[0], header[1]])),
        None => walk.stop(Anomaly::Truncated),
    }
}

/// Small numbers are no lengths here, as they are on Ethernet, but the kernel's own protocol numbers; 4 is LLC.
fn protocol(walk: &mut Walk<'_>, number: u16) -> Next {
    match number {
        4 => Next::Llc,
        0..=0x05ff => walk.stop(Anomaly::NotIp),
        _ => walk.ethertype(number),
    }
}

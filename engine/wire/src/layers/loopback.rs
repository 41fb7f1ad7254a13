//! BSD loopback: four bytes of address family, then IP.

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let Some(header) = walk.take::<4>() else {
        return walk.stop(Anomaly::Truncated);
    };
    // Written in the byte order of whatever host captured it: the half that is not zero tells.
    let family = match u32::from_le_bytes(*header) {
        swapped if swapped > 0xffff => swapped.swap_bytes(),
        family => family,
    };
    match family {
        2 => Next::Ipv4,
        // AF_INET6 of Linux, NetBSD, FreeBSD and Darwin.
        10 | 24 | 28 | 30 => Next::Ipv6,
        _ => walk.stop(Anomaly::NotIp),
    }
}

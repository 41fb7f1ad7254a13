//! Teredo, RFC 4380: IPv6 over UDP, perhaps behind indicators.

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    if let [0, 1, client, value, ..] = walk.rest {
        // Authentication: lengths, client identifier, authentication value, nonce, confirmation (section 5.1.1).
        let length = 4 + usize::from(*client) + usize::from(*value) + 9;
        if walk.skip(length).is_none() {
            return walk.stop(Anomaly::TunnelHeader);
        }
    }
    if let [0, 0, _, _, _, _, _, _, rest @ ..] = walk.rest {
        walk.rest = rest;
    }
    match walk.rest.first() {
        Some(byte) if byte >> 4 == 6 => Next::Ipv6,
        // Some other service on Teredo's port.
        _ => Next::Stop,
    }
}

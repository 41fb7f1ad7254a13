//! Authentication header over IPv4, RFC 4302. (Over IPv6 it is one of the extension headers.)

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let &[protocol, words, ..] = walk.rest else {
        return walk.stop(Anomaly::Truncated);
    };
    if walk.skip((usize::from(words) + 2) * 4).is_none() {
        return walk.stop(Anomaly::Truncated);
    }
    walk.packet.payload = walk.rest;
    walk.protocol(protocol)
}

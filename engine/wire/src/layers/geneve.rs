//! Geneve, RFC 8926.

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let Some(&[first, _, hi, lo, ..]) = walk.take::<8>() else {
        return walk.stop(Anomaly::TunnelHeader);
    };
    let (version, options) = (first >> 6, usize::from(first & 0x3f) * 4);
    if version != 0 || walk.skip(options).is_none() {
        return walk.stop(Anomaly::TunnelHeader);
    }
    walk.ethertype(u16::from_be_bytes([hi, lo]))
}

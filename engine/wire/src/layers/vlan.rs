//! VLAN tags, IEEE 802.1Q and 802.1ad (QinQ).

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let Some([hi, lo, type_hi, type_lo]) = walk.take::<4>() else {
        return walk.stop(Anomaly::Truncated);
    };
    walk.packet.vlan = Some(u16::from_be_bytes([*hi, *lo]) & 0x0fff);
    walk.ethertype(u16::from_be_bytes([*type_hi, *type_lo]))
}

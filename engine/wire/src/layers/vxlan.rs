//! VXLAN, RFC 7348.

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    match walk.take::<8>() {
        // The flag that the network identifier is valid must be set (section 5).
        Some([flags, ..]) if flags & 0x08 != 0 => Next::Ethernet,
        _ => walk.stop(Anomaly::TunnelHeader),
    }
}

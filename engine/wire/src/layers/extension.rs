//! IPv6 extension headers, RFC 8200 section 4, and the authentication header, RFC 4302.

use crate::anomaly::Anomaly;
use crate::packet::{Fragment, Ip};
use crate::walk::MAX_LAYERS;

/// Moves `ip` past its extension headers, up to and including a fragment header that makes it a fragment.
///
/// Where one does not fit, `ip` stays in front of it, and what is wrong is the answer.
pub(crate) fn walk(ip: &mut Ip<'_>) -> Option<Anomaly> {
    for _ in 0..MAX_LAYERS {
        if !is_extension(ip.protocol) || ip.fragment.is_fragment() {
            return None;
        }
        let Some(length) = length(ip.protocol, ip.payload).filter(|length| *length <= ip.payload.len()) else {
            return Some(Anomaly::ExtensionTruncated);
        };
        pass(ip, length);
    }
    Some(Anomaly::TooManyLayers)
}

/// Hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, shim6.
fn is_extension(protocol: u8) -> bool {
    matches!(protocol, 0 | 43 | 44 | 51 | 60 | 135 | 139 | 140)
}

fn length(protocol: u8, payload: &[u8]) -> Option<usize> {
    let units = usize::from(*payload.get(1)?);
    match protocol {
        44 => Some(8),
        51 => Some((units + 2) * 4),
        _ => Some((units + 1) * 8),
    }
}

fn pass(ip: &mut Ip<'_>, length: usize) {
    let header = &ip.payload[..length];
    if let (44, [_, _, hi, lo, a, b, c, d]) = (ip.protocol, header) {
        let word = u16::from_be_bytes([*hi, *lo]);
        ip.fragment = Fragment { offset: u32::from(word & 0xfff8), more: word & 1 != 0, ..Fragment::default() };
        ip.id = u32::from_be_bytes([*a, *b, *c, *d]);
    }
    ip.protocol = header[0];
    ip.header_len = ip.header_len.saturating_add(length as u16);
    ip.payload = &ip.payload[length..];
}

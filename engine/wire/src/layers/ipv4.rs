//! IPv4, RFC 791.

use std::net::{IpAddr, Ipv4Addr};

use crate::anomaly::Anomaly;
use crate::checksum;
use crate::packet::{Fragment, Ip};
use crate::walk::{Next, Walk};

#[inline]
pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let datagram = walk.rest;
    let Some(fixed) = datagram.first_chunk::<20>() else {
        return walk.stop(Anomaly::Truncated);
    };
    let header_len = usize::from(fixed[0] & 0x0f) * 4;
    let total_len = usize::from(u16::from_be_bytes([fixed[2], fixed[3]]));
    if let Some(anomaly) = fault(fixed[0] >> 4, header_len, total_len, datagram.len()) {
        return walk.stop(anomaly);
    }
    if walk.verifies() && !checksum::holds(0, &datagram[..header_len]) {
        walk.packet.anomalies.add(Anomaly::BadIpChecksum);
    }
    let fragment = fragment(u16::from_be_bytes([fixed[6], fixed[7]]));
    let protocol = fixed[9];
    walk.enter(Ip {
        version: 4,
        src: IpAddr::V4(Ipv4Addr::new(fixed[12], fixed[13], fixed[14], fixed[15])),
        dst: IpAddr::V4(Ipv4Addr::new(fixed[16], fixed[17], fixed[18], fixed[19])),
        ttl: fixed[8],
        tos: fixed[1],
        id: u32::from(u16::from_be_bytes([fixed[4], fixed[5]])),
        total_len: total_len as u32,
        header_len: header_len as u16,
        protocol,
        fragment,
        options: &datagram[20..header_len],
        payload: &datagram[header_len..total_len],
    });
    // A piece of a datagram is nobody's transport header, not even the first piece.
    if fragment.is_fragment() { Next::Stop } else { walk.protocol(protocol) }
}

/// Why a header cannot be used. Bytes past `total_len` are padding and no fault.
#[inline]
fn fault(version: u8, header_len: usize, total_len: usize, captured: usize) -> Option<Anomaly> {
    match () {
        () if version != 4 => Some(Anomaly::IpVersion),
        () if header_len < 20 || header_len > captured => Some(Anomaly::IpHeaderLength),
        () if total_len == 0 => Some(Anomaly::IpLengthZero),
        () if total_len < header_len => Some(Anomaly::IpLengthShort),
        () if total_len > captured => Some(Anomaly::IpLengthLong),
        () => None,
    }
}

#[inline]
fn fragment(word: u16) -> Fragment {
    Fragment { offset: u32::from(word & 0x1fff) * 8, more: word & 0x2000 != 0, dont: word & 0x4000 != 0, reserved: word & 0x8000 != 0 }
}

//! IPv6, RFC 8200.

use std::net::{IpAddr, Ipv6Addr};

use crate::anomaly::Anomaly;
use crate::layers::extension;
use crate::packet::{Fragment, Ip};
use crate::walk::{Next, Walk};

const HEADER: usize = 40;

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let datagram = walk.rest;
    let Some(fixed) = datagram.first_chunk::<HEADER>() else {
        return walk.stop(Anomaly::Truncated);
    };
    if fixed[0] >> 4 != 6 {
        return walk.stop(Anomaly::IpVersion);
    }
    let stated = usize::from(u16::from_be_bytes([fixed[4], fixed[5]]));
    let length = if stated == 0 { jumbo(fixed[6], &datagram[HEADER..]) } else { stated };
    let Some(payload) = datagram[HEADER..].get(..length) else {
        return walk.stop(Anomaly::IpLengthLong);
    };
    let mut ip = Ip {
        version: 6,
        src: address(fixed, 8),
        dst: address(fixed, 24),
        ttl: fixed[7],
        tos: fixed[0] << 4 | fixed[1] >> 4,
        id: 0,
        total_len: (HEADER + length) as u32,
        header_len: HEADER as u16,
        protocol: fixed[6],
        fragment: Fragment::default(),
        options: &[],
        payload,
    };
    let fault = extension::walk(&mut ip);
    let (protocol, fragment) = (ip.protocol, ip.fragment);
    walk.enter(ip);
    match fault {
        Some(anomaly) => walk.stop(anomaly),
        None if fragment.is_fragment() => Next::Stop,
        None => walk.protocol(protocol),
    }
}

fn address(header: &[u8; HEADER], at: usize) -> IpAddr {
    let mut octets = [0; 16];
    octets.copy_from_slice(&header[at..at + 16]);
    IpAddr::V6(Ipv6Addr::from(octets))
}

/// Length of a jumbogram (RFC 2675), as big segments of a local offloading stack are; else 0.
///
/// Only the form in which the option comes first in a hop-by-hop header, as stacks write it.
fn jumbo(next_header: u8, payload: &[u8]) -> usize {
    match payload {
        [_, _, 0xc2, 4, a, b, c, d, ..] if next_header == 0 => u32::from_be_bytes([*a, *b, *c, *d]) as usize,
        _ => 0,
    }
}

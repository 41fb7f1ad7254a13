//! TCP, RFC 9293; window scale and timestamps, RFC 7323.

use crate::anomaly::Anomaly;
use crate::checksum;
use crate::packet::{L4, Tcp};
use crate::walk::{Next, Walk};

#[inline]
pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let segment = walk.rest;
    let Some(fixed) = segment.first_chunk::<20>() else {
        return walk.stop(Anomaly::TcpTruncated);
    };
    let header_len = usize::from(fixed[12] >> 4) * 4;
    if header_len < 20 || header_len > segment.len() {
        return walk.stop(Anomaly::TcpOffset);
    }
    if walk.verifies() {
        verify(walk, segment);
    }
    let mut tcp = Tcp {
        src_port: u16::from_be_bytes([fixed[0], fixed[1]]),
        dst_port: u16::from_be_bytes([fixed[2], fixed[3]]),
        seq: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
        ack: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        flags: fixed[13],
        window: u16::from_be_bytes([fixed[14], fixed[15]]),
        urgent: u16::from_be_bytes([fixed[18], fixed[19]]),
        header_len: header_len as u8,
        mss: None,
        window_scale: None,
        timestamp: None,
    };
    if !options(&mut tcp, &segment[20..header_len]) {
        walk.packet.anomalies.add(Anomaly::TcpOptions);
    }
    walk.rest = &segment[header_len..];
    walk.transport(L4::Tcp(tcp));
    Next::Stop
}

fn verify(walk: &mut Walk<'_>, segment: &[u8]) {
    let holds = walk.packet.ip.as_ref().is_none_or(|ip| checksum::holds(checksum::pseudo(ip, 6, segment.len()), segment));
    if !holds {
        walk.packet.anomalies.add(Anomaly::BadTcpChecksum);
    }
}

/// Reads the options; false where one has a length that does not fit, those before it noted.
#[inline]
fn options(tcp: &mut Tcp, mut rest: &[u8]) -> bool {
    // The one layout that nearly every data segment has.
    if let [1, 1, 8, 10, a, b, c, d, e, f, g, h] = *rest {
        tcp.timestamp = Some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])));
        return true;
    }
    while let [kind, after @ ..] = rest {
        match (kind, after) {
            (0, _) => return true,
            (1, after) => rest = after,
            (kind, [length, body @ ..]) if *length >= 2 && usize::from(*length) - 2 <= body.len() => {
                let (value, after) = body.split_at(usize::from(*length) - 2);
                option(tcp, *kind, value);
                rest = after;
            }
            _ => return false,
        }
    }
    true
}

fn option(tcp: &mut Tcp, kind: u8, value: &[u8]) {
    match (kind, value) {
        (2, &[hi, lo]) => tcp.mss = Some(u16::from_be_bytes([hi, lo])),
        (3, &[shift]) => tcp.window_scale = Some(shift),
        (8, &[a, b, c, d, e, f, g, h]) => {
            tcp.timestamp = Some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])));
        }
        _ => {}
    }
}

//! ICMP (RFC 792, RFC 950, RFC 1256) and ICMPv6 (RFC 4443).
//!
//! Where the payload starts depends on the type, as Snort has it: behind identifier and sequence of an echo;
//! behind the embedded IP header of an error; else right behind the checksum.

use crate::anomaly::Anomaly;
use crate::checksum;
use crate::packet::{Icmp, L4};
use crate::walk::{Next, Walk};

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    let message = walk.rest;
    let Some(kind) = message.first().copied().filter(|kind| message.len() >= minimum(*kind)) else {
        return walk.stop(Anomaly::IcmpTruncated);
    };
    if walk.verifies() && !checksum::holds(0, message) {
        walk.packet.anomalies.add(Anomaly::BadIcmpChecksum);
    }
    let is_echo = matches!(kind, 0 | 8);
    let start = match kind {
        0 | 8 => 8,
        3 | 4 | 5 | 11 | 12 => 8 + embedded_v4(&message[8..]),
        _ => 4,
    };
    accept(walk, message, is_echo, start)
}

pub(crate) fn decode_v6(walk: &mut Walk<'_>) -> Next {
    let message = walk.rest;
    let Some(ip) = walk.packet.ip.as_ref().filter(|ip| ip.version == 6) else {
        return Next::Stop;
    };
    let Some(kind) = message.first().copied().filter(|kind| message.len() >= minimum_v6(*kind)) else {
        return walk.stop(Anomaly::IcmpTruncated);
    };
    if walk.verifies() && !checksum::holds(checksum::pseudo(ip, 58, message.len()), message) {
        walk.packet.anomalies.add(Anomaly::BadIcmpChecksum);
    }
    let is_echo = matches!(kind, 128 | 129);
    let start = match kind {
        128 | 129 => 8,
        1..=4 => 8 + embedded_v6(&message[8..]),
        _ => 4,
    };
    accept(walk, message, is_echo, start)
}

fn accept<'a>(walk: &mut Walk<'a>, message: &'a [u8], is_echo: bool, start: usize) -> Next {
    let word = |at: usize| is_echo.then(|| u16::from_be_bytes([message[at], message[at + 1]]));
    let icmp = Icmp { kind: message[0], code: message[1], id: word(4), seq: word(6) };
    walk.rest = &message[start..];
    walk.transport(L4::Icmp(icmp));
    Next::Stop
}

/// Shortest message of a type, in bytes.
fn minimum(kind: u8) -> usize {
    match kind {
        0 | 3 | 4 | 5 | 8 | 9 | 10 | 11 | 12 | 15 | 16 => 8,
        17 | 18 => 12,
        13 | 14 => 20,
        _ => 4,
    }
}

fn minimum_v6(kind: u8) -> usize {
    match kind {
        1..=4 | 128 | 129 => 8,
        _ => 4,
    }
}

/// Length of the embedded IPv4 header, 0 where it cannot be used.
fn embedded_v4(bytes: &[u8]) -> usize {
    let length = bytes.first().map_or(0, |byte| usize::from(byte & 0x0f) * 4);
    let usable = bytes.first().is_some_and(|byte| byte >> 4 == 4) && length >= 20 && length <= bytes.len();
    if usable { length } else { 0 }
}

/// Length of the embedded IPv6 header, 0 where it cannot be used.
fn embedded_v6(bytes: &[u8]) -> usize {
    let usable = bytes.first().is_some_and(|byte| byte >> 4 == 6) && bytes.len() >= 40;
    if usable { 40 } else { 0 }
}

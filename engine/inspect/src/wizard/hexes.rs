//! Signs that are fixed first octets.

use flow::Side;

use super::{Verdict, first_of, starts};
use crate::service::Service;

/// Octet of a pattern; `None` is any.
type Hex = &'static [Option<u8>];

/// (side that sends it or both, octets, service).
const HEXES: &[(Option<Side>, Hex, Service)] = &[
    (None, &[Some(0x05), Some(0x64)], Service::Dnp3),
    (None, &[Some(0x16), Some(0x03)], Service::Ssl),
    (
        Some(Side::Server),
        &[None, None, None, Some(4), Some(0), Some(0), Some(0), Some(0), Some(0)], // SETTINGS on stream 0 (RFC 9113, 6.5)
        Service::Http2,
    ),
];

/// Client connection preface (RFC 9113, 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) fn look(side: Side, head: &[u8]) -> Verdict {
    let fixed = HEXES.iter().filter(|(by, ..)| by.is_none_or(|by| by == side)).map(|(_, hex, service)| {
        let sign = starts(head, hex.len(), |i, b| hex[i].is_none_or(|want| want == b));
        (sign, *service)
    });
    // IAC and a command (RFC 854); SE (F0) to DONT (FE).
    let telnet = starts(head, 2, |i, b| if i == 0 { b == 0xff } else { (0xf0..=0xfe).contains(&b) });
    let preface = (side == Side::Client).then(|| (starts(head, HTTP2_PREFACE.len(), |i, b| HTTP2_PREFACE[i] == b), Service::Http2));
    first_of(fixed.chain([(telnet, Service::Telnet)]).chain(preface))
}

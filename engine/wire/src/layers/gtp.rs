//! GTP user plane: version 1 (3GPP TS 29.281) and version 0 (3GPP TS 29.060).

use crate::anomaly::Anomaly;
use crate::walk::{Next, Walk};

/// Message that carries a user's datagram; all others are signalling and stay payload of UDP.
const G_PDU: u8 = 255;

pub(crate) fn decode(walk: &mut Walk<'_>) -> Next {
    match walk.rest {
        [first, G_PDU, ..] if first >> 5 == 1 => version_1(walk, *first),
        [first, G_PDU, ..] if first >> 5 == 0 => version_0(walk),
        _ => Next::Stop,
    }
}

fn version_0(walk: &mut Walk<'_>) -> Next {
    match walk.take::<20>() {
        Some(_) => Next::Ip,
        None => walk.stop(Anomaly::TunnelHeader),
    }
}

fn version_1(walk: &mut Walk<'_>, first: u8) -> Next {
    let has_options = first & 0x07 != 0;
    let next_extension = match has_options {
        true => walk.take::<12>().map(|header| header[11]),
        false => walk.take::<8>().map(|_| 0),
    };
    match next_extension {
        Some(0) => Next::Ip,
        Some(_) if first & 0x04 == 0 || pass_extensions(walk) => Next::Ip,
        _ => walk.stop(Anomaly::TunnelHeader),
    }
}

/// Extension headers: length in words, contents, type of the next.
fn pass_extensions(walk: &mut Walk<'_>) -> bool {
    while let Some(&words @ 1..) = walk.rest.first() {
        match walk.skip(usize::from(words) * 4) {
            Some([.., 0]) => return true,
            Some(_) => {}
            None => return false,
        }
    }
    false
}

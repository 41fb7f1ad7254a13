//! The wizard on UDP: the first packet of a flow decides, or none does.

use flow::Side;

use super::{Sign, Verdict, spells, starts};
use crate::service::Service;

/// The service of a UDP flow whose first packet `side` sent with `payload`.
pub fn recognize_datagram(side: Side, payload: &[u8]) -> Option<Service> {
    if netflow(payload) {
        return Some(Service::Netflow);
    }
    if sip(side, payload) {
        return Some(Service::Sip);
    }
    dce(payload).then_some(Service::Dcerpc)
}

/// NetFlow version 5 or 9.
fn netflow(payload: &[u8]) -> bool {
    [5, 9].iter().any(|version| starts(payload, 2, |i, b| b == [0, *version][i]) == Sign::Yes)
}

fn sip(side: Side, payload: &[u8]) -> bool {
    // A method with the same name in another protocol must not hide SIP here: only SIP runs on UDP.
    let mut runs = spells::Runs::default();
    spells::look_for(side, payload, Service::Sip) || runs.look_for(side, payload, Service::Sip) == Verdict::Found(Service::Sip)
}

/// Connectionless DCE/RPC: version 4, a known type, and a body that fills the datagram (C706, 12.5).
fn dce(payload: &[u8]) -> bool {
    const HEADER: usize = 80;
    let Some(header) = payload.get(..HEADER) else { return false };
    let length = [header[74], header[75]];
    let length = if header[4] & 0x10 == 0 { u16::from_be_bytes(length) } else { u16::from_le_bytes(length) };
    header[0] == 4 && header[1] <= 10 && usize::from(length) == payload.len() - HEADER
}

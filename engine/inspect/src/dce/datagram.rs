//! Connectionless DCE/RPC (C706, 12.5): one PDU a datagram, calls put together from fragments that come in order.

use super::octets::{u16_at, uuid_at};
use crate::counters::CAPS;
use crate::inspector::DceFacts;

const HEADER: usize = 80;

const REQUEST: u8 = 0;
const RESPONSE: u8 = 2;

const LAST_FRAGMENT: u8 = 2;
const FRAGMENT: u8 = 4;

/// Octets of stub that fragments may add up to.
const LONGEST_CALL: usize = 65_536;

/// A request or response.
#[derive(Debug, Clone, Copy)]
pub(super) struct Datagram<'a> {
    pub facts: DceFacts,
    pub stub: &'a [u8],
    header: &'a [u8],
    is_fragment: bool,
    last: bool,
    number: u16,
}

impl<'a> Datagram<'a> {
    /// Reads a datagram; `None`: neither request nor response.
    pub(super) fn read(payload: &'a [u8]) -> Option<Self> {
        let (header, body) = payload.split_at_checked(HEADER)?;
        if header[0] != 4 || !matches!(header[1], REQUEST | RESPONSE) {
            return None;
        }
        let big_endian = header[4] & 0x10 == 0;
        let is_fragment = header[2] & FRAGMENT != 0;
        let number = u16_at(header, 76, big_endian)?;
        let stub = &body[..body.len().min(usize::from(u16_at(header, 74, big_endian)?))];
        let facts = DceFacts {
            interface: uuid_at(header, 24, big_endian),
            // The major version is the lower half of a 32 bit field (C706, 12.5).
            version: u16_at(header, if big_endian { 62 } else { 60 }, big_endian),
            opnum: u16_at(header, 68, big_endian),
            big_endian,
            first_fragment: !is_fragment || number == 0,
        };
        Some(Self { facts, stub, header, is_fragment, last: header[2] & LAST_FRAGMENT != 0, number })
    }
}

/// The call whose fragments are coming in.
#[derive(Debug, Default)]
pub(super) struct Activity {
    octets: Vec<u8>,
    /// Number of the fragment that fits on; 0 while no call is open.
    next: u16,
}

impl Activity {
    /// Adds a fragment; the call and the length of its header, once it is whole.
    pub(super) fn add(&mut self, datagram: &Datagram<'_>) -> Option<(&[u8], usize)> {
        if !datagram.is_fragment {
            return None;
        }
        if datagram.number == 0 {
            self.octets.clear();
            self.octets.extend_from_slice(datagram.header);
        } else if datagram.number != self.next {
            return None;
        }
        if self.octets.len() + datagram.stub.len() > LONGEST_CALL {
            CAPS.dce_reassembly_too_long.hit();
            self.next = 0;
            return None;
        }
        self.octets.extend_from_slice(datagram.stub);
        self.next = if datagram.last { 0 } else { datagram.number.wrapping_add(1) };
        datagram.last.then_some((&self.octets[..], HEADER))
    }
}

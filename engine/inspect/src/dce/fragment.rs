//! Connection-oriented DCE/RPC PDUs (C706, 12.6): header, binding, and the stub of a call.

use super::octets::{u16_at, uuid_at};

/// Octets of the header that all PDUs share.
pub(super) const HEADER: usize = 16;

/// Octets of header of a request or response without object.
const CALL_HEADER: usize = 24;

const FIRST: u8 = 1;
const LAST: u8 = 2;
const HAS_OBJECT: u8 = 0x80;

/// What a PDU is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Response,
    /// Bind or alter context.
    Bind,
    /// The answer to either.
    BindAck,
    Other,
}

/// One PDU.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragment<'a> {
    pub kind: Kind,
    pub first: bool,
    pub last: bool,
    pub big_endian: bool,
    pub call: u32,
    flags: u8,
    auth: usize,
    data: &'a [u8],
}

/// What a context is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interface {
    pub uuid: [u8; 16],
    /// Major version; the minor one stands behind it.
    pub version: u16,
}

/// Octets of the PDU that `header` begins; `None` where it begins none.
pub(super) fn length(header: &[u8; HEADER]) -> Option<usize> {
    let length = usize::from(u16_at(header, 8, big_endian(header[4]))?);
    (header[0] == 5 && header[1] <= 1 && length >= HEADER).then_some(length)
}

fn big_endian(representation: u8) -> bool {
    representation & 0x10 == 0
}

impl<'a> Fragment<'a> {
    /// Reads a PDU, which `data` must hold whole.
    pub(super) fn read(data: &'a [u8]) -> Option<Self> {
        let header = data.first_chunk::<HEADER>()?;
        let data = data.get(..length(header)?)?;
        let big_endian = big_endian(header[4]);
        let kind = match header[2] {
            0 => Kind::Request,
            2 => Kind::Response,
            11 | 14 => Kind::Bind,
            12 | 15 => Kind::BindAck,
            _ => Kind::Other,
        };
        let flags = header[3];
        let call = [header[12], header[13], header[14], header[15]];
        Some(Self {
            kind,
            first: flags & FIRST != 0,
            last: flags & LAST != 0,
            big_endian,
            call: if big_endian { u32::from_be_bytes(call) } else { u32::from_le_bytes(call) },
            flags,
            auth: usize::from(u16_at(header, 10, big_endian)?),
            data,
        })
    }

    /// Presentation context of a request or response.
    pub(super) fn context(&self) -> Option<u16> {
        u16_at(self.data, 20, self.big_endian)
    }

    /// Operation number of a request.
    pub(super) fn opnum(&self) -> Option<u16> {
        u16_at(self.data, 22, self.big_endian)
    }

    /// Header and stub of a request or response, without the authentication trailer (C706, 13.2.6.1).
    pub(super) fn call_parts(&self) -> Option<(&'a [u8], &'a [u8])> {
        let object = if self.kind == Kind::Request && self.flags & HAS_OBJECT != 0 { 16 } else { 0 };
        let (header, stub) = self.data.split_at_checked(CALL_HEADER + object)?;
        let trailer = if self.auth == 0 { 0 } else { self.auth + 8 };
        let mut end = stub.len().saturating_sub(trailer);
        if trailer > 0 {
            let padding = stub.get(end + 2).map_or(0, |n| usize::from(*n));
            end = end.saturating_sub(padding);
        }
        Some((header, &stub[..end]))
    }

    /// (context, interface) of each context that a bind proposes.
    pub(super) fn proposals(&self) -> impl Iterator<Item = (u16, Interface)> + use<'a> {
        const LIST: usize = 24;
        let (data, big_endian) = (self.data, self.big_endian);
        let count = data.get(LIST).copied().unwrap_or(0);
        let mut at = LIST + 4;
        (0..count).map_while(move |_| {
            let context = u16_at(data, at, big_endian)?;
            let syntaxes = usize::from(*data.get(at + 2)?);
            let interface = Interface { uuid: uuid_at(data, at + 4, big_endian)?, version: u16_at(data, at + 20, big_endian)? };
            at += 24 + 20 * syntaxes;
            Some((context, interface))
        })
    }

    /// For each proposed context, in order, whether it was accepted.
    pub(super) fn results(&self) -> impl Iterator<Item = bool> + use<'a> {
        const ADDRESS: usize = 24;
        let (data, big_endian) = (self.data, self.big_endian);
        let address = u16_at(data, ADDRESS, big_endian).map_or(0, usize::from);
        let list = (ADDRESS + 2 + address).next_multiple_of(4);
        let count = data.get(list).copied().unwrap_or(0);
        (0..usize::from(count)).map_while(move |i| u16_at(data, list + 4 + 24 * i, big_endian).map(|result| result == 0))
    }
}

//! Signs that need a look at structure: binary protocols whose first octets alone are too common.

use flow::Side;

use super::{Sign, Verdict, first_of};
use crate::service::Service;

type Curse = fn(Side, &[u8]) -> Sign;

const CURSES: &[(Curse, Service)] = &[
    (dce_tcp, Service::Dcerpc),
    (smb, Service::NetbiosSsn),
    (mms, Service::Mms),
    (opcua, Service::Opcua),
    (s7commplus, Service::S7commplus),
    (socks, Service::Socks),
    (sslv2, Service::Ssl),
];

pub(super) fn look(side: Side, head: &[u8]) -> Verdict {
    first_of(CURSES.iter().map(|(curse, service)| (curse(side, head), *service)))
}

/// `Yes` or `No` by `holds` once `head` has `need` octets.
fn once(head: &[u8], need: usize, holds: impl Fn(&[u8]) -> bool) -> Sign {
    match head.get(..need) {
        None => Sign::Maybe,
        Some(shown) if holds(shown) => Sign::Yes,
        Some(_) => Sign::No,
    }
}

/// Connection-oriented DCE/RPC: version 5, a bind of the client or its acknowledgement, a possible length (C706, 12.6.3.1).
fn dce_tcp(side: Side, head: &[u8]) -> Sign {
    const HEADER: u16 = 16;
    let bind = if side == Side::Client { 11 } else { 12 };
    let fixed: [fn(u8, u8) -> bool; 3] = [|b, _| b == 5, |b, _| b <= 1, |b, bind| b == bind];
    if !head.iter().zip(fixed).all(|(b, fits)| fits(*b, bind)) {
        return Sign::No;
    }
    once(head, 10, |h| {
        let length = [h[8], h[9]];
        let length = if h[4] & 0x10 == 0 { u16::from_be_bytes(length) } else { u16::from_le_bytes(length) };
        length >= HEADER
    })
}

/// SMB behind NetBIOS session messages (RFC 1002, 4.3); session requests and responses before it are passed over.
fn smb(_: Side, head: &[u8]) -> Sign {
    let mut rest = head;
    loop {
        let Some(kind) = rest.first() else { return Sign::Maybe };
        if *kind == 0 {
            return smb_message(rest);
        }
        if !(0x81..=0x85).contains(kind) {
            return Sign::No;
        }
        let Some(length) = rest.get(2..4) else { return Sign::Maybe };
        let end = 4 + usize::from(u16::from_be_bytes([length[0], length[1]]));
        let Some(after) = rest.get(end..) else { return if end > super::HEAD { Sign::No } else { Sign::Maybe } };
        rest = after;
    }
}

fn smb_message(message: &[u8]) -> Sign {
    let Some(id) = message.get(4..) else { return Sign::Maybe };
    let shown = &id[..id.len().min(4)];
    if ![b"\xffSMB", b"\xfeSMB"].iter().any(|want| want.starts_with(shown)) {
        return Sign::No;
    }
    if shown.len() == 4 { Sign::Yes } else { Sign::Maybe }
}

/// Gives the user data of the first COTP data TPDU behind TPKT (RFC 1006, X.224 13.7); connection TPDUs are passed over.
fn cotp_data(head: &[u8], holds: impl Fn(&[u8]) -> Sign) -> Sign {
    let mut rest = head;
    loop {
        if !rest.iter().zip([3, 0]).all(|(b, want)| *b == want) {
            return Sign::No;
        }
        let Some(frame) = rest.get(..6) else { return Sign::Maybe };
        let (end, indicator) = (usize::from(u16::from_be_bytes([frame[2], frame[3]])), usize::from(frame[4]));
        match frame[5] & 0xf0 {
            0xf0 if indicator == 2 => return rest.get(7..end.min(rest.len()).max(7)).map_or(Sign::Maybe, holds),
            0xd0 | 0xe0 if end >= 7 => {}
            _ => return Sign::No,
        }
        let Some(after) = rest.get(end..) else { return if end > super::HEAD { Sign::No } else { Sign::Maybe } };
        rest = after;
    }
}

fn s7commplus(_: Side, head: &[u8]) -> Sign {
    cotp_data(head, |data| once(data, 1, |d| d[0] == 0x72))
}

/// MMS: a session connect or accept that names the MMS abstract syntax (1.0.9506.2.x), or data given on (ISO 8327-1, ISO 9506).
fn mms(_: Side, head: &[u8]) -> Sign {
    const SYNTAX: &[u8] = &[0x28, 0xca, 0x22, 0x02];
    const GIVE_TOKENS_DATA: &[u8] = &[1, 0, 1, 0, 0x61];
    cotp_data(head, |data| match data.first() {
        None => Sign::Maybe,
        Some(0x0d | 0x0e) if memchr::memmem::find(data, SYNTAX).is_some() => Sign::Yes,
        Some(0x0d | 0x0e) if head.len() < super::HEAD => Sign::Maybe,
        Some(_) => super::starts(data, GIVE_TOKENS_DATA.len(), |i, b| b == GIVE_TOKENS_DATA[i]),
    })
}

/// OPC UA connection protocol: hello or acknowledge, final chunk, a possible length (OPC 10000-6, 7.1.2).
fn opcua(side: Side, head: &[u8]) -> Sign {
    let kind: &[u8] = if side == Side::Client { b"HELF" } else { b"ACKF" };
    if !head.iter().zip(kind).all(|(b, want)| b == want) {
        return Sign::No;
    }
    once(head, 8, |h| (28..=8192).contains(&u32::from_le_bytes([h[4], h[5], h[6], h[7]])))
}

/// SOCKS 5 greeting that ends with its methods (RFC 1928, 3), or SOCKS 4 request with a terminated user name. Only a client opens it.
fn socks(side: Side, head: &[u8]) -> Sign {
    if side == Side::Server {
        return Sign::No;
    }
    match head {
        [] | [4 | 5] => Sign::Maybe,
        [5, methods, rest @ ..] if *methods >= 1 && rest.len() < usize::from(*methods) => Sign::Maybe,
        [5, methods, rest @ ..] if *methods >= 1 && rest.len() == usize::from(*methods) && rest.iter().all(|m| *m <= 9 || *m >= 0x80) => {
            Sign::Yes
        }
        [4, 1 | 2, ..] if head.len() < 9 => Sign::Maybe,
        [4, 1 | 2, ..] if head.len() <= 64 && head.last() == Some(&0) => Sign::Yes,
        _ => Sign::No,
    }
}

/// Client hello in SSLv2 form: short record header, type 1, version 2 or 3.x, plausible lengths (RFC 5246, E.2).
fn sslv2(side: Side, head: &[u8]) -> Sign {
    if side == Side::Server {
        return Sign::No;
    }
    let fixed: [fn(u8) -> bool; 4] = [|b| b & 0x80 != 0, |_| true, |b| b == 1, |b| b == 0 || b == 3];
    if !head.iter().zip(fixed).all(|(b, fits)| fits(*b)) {
        return Sign::No;
    }
    once(head, 11, |h| {
        let word = |at: usize| usize::from(u16::from_be_bytes([h[at], h[at + 1]]));
        let (ciphers, session, challenge) = (word(5), word(7), word(9));
        (h[3] == 3 || h[4] == 2)
            && ciphers > 0
            && ciphers % 3 == 0
            && matches!(session, 0 | 16 | 32)
            && (16..=32).contains(&challenge)
            && (word(0) & 0x7fff) == 9 + ciphers + session + challenge
    })
}

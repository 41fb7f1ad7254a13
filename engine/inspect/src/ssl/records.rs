//! One direction of SSL or TLS: where records end, and what they say (RFC 5246, 6.2.1 and 7.4; SSLv2: RFC 5246, E.2).

use crate::inspector::{ssl_states, ssl_versions};

/// Longest record that a direction may announce, in octets (RFC 5246, 6.2.3: 2^14 + 2048).
const LONGEST_RECORD: usize = (1 << 14) + 2048;

/// What records said since the last PDU.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub states: u32,
    pub versions: u32,
    pub application_data: bool,
}

/// Not SSL.
#[derive(Debug)]
pub(super) struct NotRecords;

/// Reads a direction octet by octet where it must, by arithmetic where it can.
#[derive(Debug, Default)]
pub(super) struct Records {
    header: [u8; 5],
    have: usize,
    /// Octets of the current record still to come.
    left: usize,
    kind: Kind,
    begun: bool,
    encrypted: bool,
    handshake: Handshake,
    pub seen: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Opaque,
    Handshake,
    /// SSLv2 hello: its first octet is the message type.
    V2,
}

/// Handshake messages run across records.
#[derive(Debug, Default)]
struct Handshake {
    /// Type and length; a hello adds its version, which counts instead of the record's.
    header: [u8; 6],
    have: usize,
    left: usize,
}

impl Records {
    /// Takes octets up to the end of the last record that is whole in them, and answers where that is; else takes them all.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<Option<usize>, NotRecords> {
        let mut at = 0;
        while at < piece.len() {
            if self.left == 0 {
                // A record of no octets ends no PDU (seen by running): it is one with the record behind it.
                self.header_octet(piece[at])?;
                at += 1;
                continue;
            }
            at += self.body(&piece[at..]);
            if self.left == 0 && !whole_record(&piece[at..]) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Adds an octet to the record header.
    fn header_octet(&mut self, octet: u8) -> Result<(), NotRecords> {
        self.header[self.have] = octet;
        self.have += 1;
        match self.have {
            1 if (20..=24).contains(&octet) || (!self.begun && octet & 0x80 != 0) => {}
            1 => return Err(NotRecords),
            2 if self.header[0] & 0x80 == 0 && octet != 3 => return Err(NotRecords),
            2 if self.header[0] & 0x80 != 0 => self.begin_v2(),
            5 => self.begin()?,
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), NotRecords> {
        let [kind, _, minor, high, low] = self.header;
        self.have = 0;
        self.left = usize::from(u16::from_be_bytes([high, low]));
        if self.left > LONGEST_RECORD {
            return Err(NotRecords);
        }
        self.begun = true;
        self.kind = if kind == 22 && !self.encrypted { Kind::Handshake } else { Kind::Opaque };
        self.seen.application_data |= kind == 23;
        if kind == 20 {
            self.encrypted = true;
        } else if self.kind == Kind::Opaque {
            self.seen.states |= ssl_states::UNKNOWN;
        }
        if self.kind != Kind::Handshake {
            self.seen.versions |= version(minor);
        }
        Ok(())
    }

    fn begin_v2(&mut self) {
        self.left = usize::from(u16::from_be_bytes([self.header[0] & 0x7f, self.header[1]]));
        self.have = 0;
        self.begun = true;
        self.kind = Kind::V2;
        self.seen.versions |= ssl_versions::SSLV2;
    }

    /// Takes what `rest` holds of the current record; answers how much that was.
    fn body(&mut self, rest: &[u8]) -> usize {
        let body = &rest[..rest.len().min(self.left)];
        self.left -= body.len();
        match (self.kind, body.first()) {
            (Kind::Handshake, _) => self.handshake.take(body, self.header[2], &mut self.seen),
            (Kind::V2, Some(message)) => {
                self.seen.states |= v2_message(*message);
                self.kind = Kind::Opaque;
            }
            _ => {}
        }
        body.len()
    }
}

fn whole_record(rest: &[u8]) -> bool {
    let Some([20..=24, 3, _, high, low]) = rest.first_chunk() else { return false };
    rest.len() - 5 >= usize::from(u16::from_be_bytes([*high, *low]))
}

fn v2_message(kind: u8) -> u32 {
    match kind {
        1 => ssl_states::CLIENT_HELLO,
        2 => ssl_states::CLIENT_KEYX,
        4 => ssl_states::SERVER_HELLO,
        _ => ssl_states::UNKNOWN,
    }
}

impl Handshake {
    fn take(&mut self, mut body: &[u8], record_minor: u8, seen: &mut Seen) {
        while let Some((octet, rest)) = body.split_first() {
            if self.left > 0 {
                let skip = self.left.min(body.len());
                self.left -= skip;
                body = &body[skip..];
            } else {
                self.header_octet(*octet, record_minor, seen);
                body = rest;
            }
        }
    }

    fn header_octet(&mut self, octet: u8, record_minor: u8, seen: &mut Seen) {
        self.header[self.have] = octet;
        self.have += 1;
        let [kind, high, mid, low, ..] = self.header;
        let hello = matches!(kind, 1 | 2);
        if self.have == 1 {
            seen.states |= message(kind);
        }
        if self.have < if hello { 6 } else { 4 } {
            return;
        }
        let length = usize::from(high) << 16 | usize::from(mid) << 8 | usize::from(low);
        self.left = length.saturating_sub(self.have - 4);
        self.have = 0;
        seen.versions |= version(if hello { self.header[5] } else { record_minor });
    }
}

fn version(minor: u8) -> u32 {
    match minor {
        0 => ssl_versions::SSLV3,
        1 => ssl_versions::TLS1_0,
        2 => ssl_versions::TLS1_1,
        3 => ssl_versions::TLS1_2,
        _ => 0,
    }
}

/// Handshake types that have a state of their own (RFC 5246, 7.4).
fn message(kind: u8) -> u32 {
    match kind {
        1 => ssl_states::CLIENT_HELLO,
        2 => ssl_states::SERVER_HELLO,
        12 => ssl_states::SERVER_KEYX,
        16 => ssl_states::CLIENT_KEYX,
        _ => 0,
    }
}

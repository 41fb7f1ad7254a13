//! SMB messages of the first dialects that carry pipe octets ([MS-CIFS] 2.2.4).

use super::octets::u16_at;
use super::smb::Carries;

/// Octets of the header; the word count stands behind it.
const HEADER: usize = 32;

const TRANSACTION: u8 = 0x25;
const READ_ANDX: u8 = 0x2e;
const WRITE_ANDX: u8 = 0x2f;

const REPLY: u8 = 0x80;

/// Function of a transaction on an open pipe.
const TRANSACT_NAMED_PIPE: u16 = 0x26;

/// Reads a message from its `FF SMB` on.
pub(super) fn read(message: &[u8]) -> Carries<'_> {
    parse(message).unwrap_or(Carries::Nothing)
}

fn parse(message: &[u8]) -> Option<Carries<'_>> {
    let header = message.get(..HEADER)?;
    let id = u64::from(u16_at(header, 30, false)?) << 32 | u64::from(u16_at(header, 26, false)?);
    let words = usize::from(*message.get(HEADER)?) * 2;
    let words = message.get(HEADER + 1..)?.get(..words)?;
    let word = |at: usize| u16_at(words, at, false);
    let data = |length: usize, offset: u16| {
        let data = message.get(usize::from(offset)..)?;
        Some(&data[..data.len().min(length)])
    };
    let reply = header[9] & REPLY != 0;
    Some(match (header[4], reply) {
        (TRANSACTION, false) if word(28)? == TRANSACT_NAMED_PIPE => {
            Carries::Written { file: file(word(30)?), id, data: data(word(22)?.into(), word(24)?)? }
        }
        (TRANSACTION, true) => Carries::Read { id, data: data(word(12)?.into(), word(14)?)? },
        (WRITE_ANDX, false) => {
            let length = usize::from(word(18)?) << 16 | usize::from(word(20)?);
            Carries::Written { file: file(word(4)?), id, data: data(length, word(22)?)? }
        }
        (READ_ANDX, false) => Carries::Asked { file: file(word(4)?), id },
        (READ_ANDX, true) => Carries::Read { id, data: data(word(10)?.into(), word(12)?)? },
        _ => Carries::Nothing,
    })
}

fn file(id: u16) -> [u8; 16] {
    u128::from(id).to_le_bytes()
}

//! SMB 2 and 3 messages that carry pipe octets ([MS-SMB2] 2.2).

use super::octets::{u16_at, u32_at, u64_at};
use super::smb::Carries;

const HEADER: usize = 64;

const READ: u16 = 8;
const WRITE: u16 = 9;
const IOCTL: u16 = 11;

const REPLY: u32 = 1;

const FSCTL_PIPE_TRANSCEIVE: u32 = 0x0011_c017;

/// Reads a message from its `FE SMB` on; answers where the next of a compound begins.
pub(super) fn read(message: &[u8]) -> (Carries<'_>, usize) {
    let next = u32_at(message, 20).map_or(0, |n| n as usize);
    let end = if next >= HEADER { next } else { message.len() };
    let carries = if message.starts_with(b"\xfeSMB") { parse(&message[..end.min(message.len())]) } else { None };
    (carries.unwrap_or(Carries::Nothing), end)
}

fn parse(message: &[u8]) -> Option<Carries<'_>> {
    let (header, body) = message.split_at_checked(HEADER)?;
    let id = u64_at(header, 24)?;
    let file = |at: usize| body.get(at..)?.first_chunk::<16>().copied();
    let data = |offset: u32, length: u32| {
        let data = message.get(offset as usize..)?;
        Some(&data[..data.len().min(length as usize)])
    };
    let reply = u32_at(header, 16)? & REPLY != 0;
    Some(match (u16_at(header, 12, false)?, reply) {
        (WRITE, false) => {
            let offset = u16_at(body, 2, false)?;
            Carries::Written { file: file(16)?, id, data: data(offset.into(), u32_at(body, 4)?)? }
        }
        (READ, false) => Carries::Asked { file: file(16)?, id },
        (READ, true) => Carries::Read { id, data: data((*body.get(2)?).into(), u32_at(body, 4)?)? },
        (IOCTL, false) if u32_at(body, 4)? == FSCTL_PIPE_TRANSCEIVE => {
            Carries::Written { file: file(8)?, id, data: data(u32_at(body, 24)?, u32_at(body, 28)?)? }
        }
        (IOCTL, true) if u32_at(body, 4)? == FSCTL_PIPE_TRANSCEIVE => {
            Carries::Read { id, data: data(u32_at(body, 32)?, u32_at(body, 36)?)? }
        }
        _ => Carries::Nothing,
    })
}

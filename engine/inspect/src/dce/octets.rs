//! Integers at an offset, in either byte order; `None` beyond the end.

pub(super) fn u16_at(data: &[u8], at: usize, big_endian: bool) -> Option<u16> {
    let octets = data.get(at..)?.first_chunk()?;
    Some(if big_endian { u16::from_be_bytes(*octets) } else { u16::from_le_bytes(*octets) })
}

pub(super) fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*data.get(at..)?.first_chunk()?))
}

pub(super) fn u64_at(data: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*data.get(at..)?.first_chunk()?))
}

/// A UUID as RFC 4122 orders its octets; on the wire its first three fields have the sender's byte order (C706, A.1).
pub(super) fn uuid_at(data: &[u8], at: usize, big_endian: bool) -> Option<[u8; 16]> {
    let mut uuid: [u8; 16] = *data.get(at..)?.first_chunk()?;
    if !big_endian {
        uuid[..4].reverse();
        uuid[4..6].reverse();
        uuid[6..8].reverse();
    }
    Some(uuid)
}

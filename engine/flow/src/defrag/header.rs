//! The IP header of a fragment, and that of the datagram it becomes.

use wire::Ip;

/// Protocol numbers of IPv6 extension headers that may precede the fragment header (RFC 8200, 4.1).
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const DESTINATION: u8 = 60;
const FRAGMENT: u8 = 44;

/// Length of an IPv6 header without extensions, in bytes.
const IPV6_HEADER: usize = 40;

/// Length of the fragment header, in bytes (RFC 8200, 4.5).
const FRAGMENT_HEADER: usize = 8;

/// A fragment taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    /// The header that every fragment repeats; IPv6: the extension headers before the fragment header included.
    pub header: &'a [u8],
    /// IPv6: what follows the fragment header.
    pub next_header: Option<u8>,
    /// The fragment's piece of the datagram.
    pub payload: &'a [u8],
}

impl<'a> Parts<'a> {
    /// `None` where the header or the payload do not lie in the frame as the decoder said, or there is no payload.
    pub fn of(frame: &'a [u8], ip: &Ip<'_>) -> Option<Self> {
        let behind = (ip.payload.as_ptr() as usize).checked_sub(frame.as_ptr() as usize)?;
        let start = behind.checked_sub(usize::from(ip.header_len))?;
        let datagram = frame.get(start..behind.checked_add(ip.payload.len())?)?;
        if ip.version == 4 { Self::ipv4(datagram) } else { Self::ipv6(datagram) }
    }

    fn ipv4(datagram: &'a [u8]) -> Option<Self> {
        let len = usize::from(datagram.first()? & 0x0f) * 4;
        let (header, payload) = datagram.split_at_checked(len)?;
        (len >= 20 && !payload.is_empty()).then_some(Self { header, next_header: None, payload })
    }

    /// Walks the extension headers up to the fragment header: the decoder may have walked on, into the fragment's own bytes.
    fn ipv6(datagram: &'a [u8]) -> Option<Self> {
        let (mut kind, mut at) = (*datagram.get(6)?, IPV6_HEADER);
        while kind != FRAGMENT {
            if !matches!(kind, HOP_BY_HOP | ROUTING | DESTINATION) {
                return None;
            }
            let extension = datagram.get(at..at + 2)?;
            kind = extension[0];
            at += 8 + usize::from(extension[1]) * 8;
        }
        let payload = datagram.get(at + FRAGMENT_HEADER..).filter(|payload| !payload.is_empty())?;
        Some(Self { header: &datagram[..at], next_header: Some(datagram[at]), payload })
    }
}

/// Makes `datagram` an unfragmented one: flags and offset cleared, length and checksum set.
pub(super) fn finish_ipv4(datagram: &mut [u8], header_len: usize) -> bool {
    let Ok(len) = u16::try_from(datagram.len()) else { return false };
    let Some(header) = datagram.get_mut(..header_len).filter(|header| header.len() >= 20) else { return false };
    header[2..4].copy_from_slice(&len.to_be_bytes());
    header[6..8].fill(0);
    header[10..12].fill(0);
    let sum: u32 = header.chunks_exact(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let checksum = !((folded & 0xffff) + (folded >> 16)) as u16;
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    true
}

/// Makes `datagram`, from which the fragment header is gone, an unfragmented one: length set, the header before names what follows.
pub(super) fn finish_ipv6(datagram: &mut [u8], header_len: usize, next_header: Option<u8>) -> bool {
    let (Ok(len), Some(next_header)) = (u16::try_from(datagram.len() - IPV6_HEADER.min(datagram.len())), next_header) else { return false };
    let Some(header) = datagram.get_mut(..header_len).filter(|header| header.len() >= IPV6_HEADER) else { return false };
    header[4..6].copy_from_slice(&len.to_be_bytes());
    let (mut names, mut at) = (6, IPV6_HEADER);
    while at + 1 < header_len {
        names = at;
        at += 8 + usize::from(header[at + 1]) * 8;
    }
    header[names] = next_header;
    true
}

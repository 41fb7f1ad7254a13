//! The Internet checksum, RFC 1071.
//!
//! Sums run in the byte order of the machine: one's complement sums do not mind (RFC 1071, section 2), and the
//! only question asked is whether a sum is all ones.

use std::net::IpAddr;

use crate::packet::Ip;

/// Whether `bytes`, its checksum field included, sum up with `pseudo` to all ones.
pub(crate) fn holds(pseudo: u64, bytes: &[u8]) -> bool {
    fold(pseudo + sum(bytes)) == 0xffff
}

/// Sum of the pseudo header over `length` bytes of `protocol` (RFC 9293 section 3.1, RFC 8200 section 8.1).
pub(crate) fn pseudo(ip: &Ip<'_>, protocol: u8, length: usize) -> u64 {
    let addresses = match (ip.src, ip.dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => sum(&src.octets()) + sum(&dst.octets()),
        (IpAddr::V6(src), IpAddr::V6(dst)) => sum(&src.octets()) + sum(&dst.octets()),
        _ => 0,
    };
    addresses + sum(&[0, protocol]) + sum(&(length as u32).to_be_bytes())
}

fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(4);
    let rest = words.remainder();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    words.map(word).sum::<u64>() + word(&last)
}

fn word(bytes: &[u8]) -> u64 {
    u64::from(u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_of_rfc_1071() {
        // Section 3: these words sum to ddf2, so their checksum is its complement, 220d.
        let mut bytes = vec![0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x22, 0x0d];
        assert!(holds(0, &bytes));
        bytes[0] ^= 1;
        assert!(!holds(0, &bytes));
    }

    #[test]
    fn odd_lengths_are_padded_with_zero() {
        assert!(holds(0, &[0xff, 0xff, 0x00]));
        assert!(!holds(0, &[0xff, 0xff, 0x01]));
    }
}

//! Hostile bytes: whatever comes, decoding ends, and never looks past the frame.

use crate::frames;
use wire::{Checksums, LinkType, decode, decode_ip};

const LINKS: [u16; 14] = [0, 1, 9, 12, 14, 50, 51, 101, 104, 108, 113, 228, 229, 276];

/// xorshift64*: the same bytes on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit
    }
}

fn within(outer: &[u8], inner: &[u8]) -> bool {
    let (outer, inner) = (outer.as_ptr_range(), inner.as_ptr_range());
    inner.is_empty() || outer.start <= inner.start && inner.end <= outer.end
}

fn try_all(link: u16, frame: &[u8]) {
    for checksums in [Checksums::Verify, Checksums::Ignore] {
        let packet = decode(LinkType(link), frame, checksums);
        assert!(within(frame, packet.payload));
        if let Some(ip) = &packet.ip {
            assert!(within(frame, ip.payload) && within(ip.payload, packet.payload));
        }
        assert!(packet.ip.is_some() || packet.not_inspected().is_some());
    }
    decode_ip(frame);
}

#[test]
fn valid_frames_cut_anywhere() {
    for (_, link, frame) in frames::every_shape() {
        for end in 0..=frame.len() {
            try_all(link, &frame[..end]);
        }
    }
}

#[test]
fn valid_frames_with_any_byte_replaced() {
    for (_, link, frame) in frames::every_shape() {
        for at in 0..frame.len() {
            for value in [0x00, 0x01, 0x7f, 0x80, 0xff, frame[at] ^ 0x10, frame[at].wrapping_add(1)] {
                let mut frame = frame.clone();
                frame[at] = value;
                try_all(link, &frame);
            }
        }
    }
}

#[test]
fn valid_frames_with_several_bytes_replaced_and_spliced() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let shapes = frames::every_shape();
    for _ in 0..30_000 {
        let (_, link, mut frame) = shapes[random.below(shapes.len())].clone();
        for _ in 0..random.below(6) {
            let at = random.below(frame.len());
            frame[at] = random.next() as u8;
        }
        let other = &shapes[random.below(shapes.len())].2;
        frame.truncate(random.below(frame.len() + 1));
        frame.extend(&other[random.below(other.len())..]);
        try_all(link, &frame);
    }
}

#[test]
fn noise() {
    let mut random = Random(42);
    for round in 0..30_000 {
        let mut bytes: Vec<u8> = (0..random.below(160)).map(|_| random.next() as u8).collect();
        // Half of the time something that passes for IP, so that noise gets further.
        if let (0, [first, _, hi, lo, ..]) = (round % 2, &mut bytes[..]) {
            (*first, *hi, *lo) = (if random.below(2) == 0 { 0x45 } else { 0x60 }, 0, random.below(160) as u8);
        }
        try_all(LINKS[random.below(LINKS.len())], &bytes);
    }
}

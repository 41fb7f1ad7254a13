//! Builders of capture files, and a reader that gathers what a source gives.

use std::io::{self, Read, Write};

use capture::{CaptureError, Direction, PacketSource, from_reader};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A number in the byte order of a file.
pub type Bytes4 = fn(u32) -> [u8; 4];
pub const LITTLE: Bytes4 = u32::to_le_bytes;
pub const BIG: Bytes4 = u32::to_be_bytes;

pub fn half(order: Bytes4, value: u16) -> [u8; 2] {
    let [a, b, c, d] = order(u32::from(value));
    if order(1)[0] == 1 { [a, b] } else { [c, d] }
}

/// A classic file: magic number, link type, packets of (seconds, fraction, data); `extra` bytes more in each packet header.
pub fn pcap(order: Bytes4, magic: u32, link: u32, extra: usize, packets: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let mut file = [order(magic), order(0), order(0), order(0), order(65535), order(link)].concat();
    file[4..6].copy_from_slice(&half(order, 2));
    file[6..8].copy_from_slice(&half(order, 4));
    for (seconds, fraction, data) in packets {
        let length = order(data.len() as u32);
        file.extend([order(*seconds), order(*fraction), length, order(data.len() as u32 + 10)].concat());
        file.extend(vec![0xab; extra]);
        file.extend(*data);
    }
    file
}

pub fn two_packets() -> Vec<u8> {
    pcap(LITTLE, 0xa1b2_c3d4, 1, 0, &[(7, 5, b"first"), (8, 6, b"second one")])
}

/// A block of a pcapng file.
pub fn block(order: Bytes4, kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let length = order(body.len() as u32 + 12);
    [&order(kind)[..], &length, &body, &length].concat()
}

pub fn section(order: Bytes4) -> Vec<u8> {
    block(order, 0x0a0d_0d0a, &[&order(0x1a2b_3c4d)[..], &half(order, 1), &half(order, 0), &[0xff; 8]].concat())
}

pub fn option(order: Bytes4, code: u16, value: &[u8]) -> Vec<u8> {
    let mut padded = value.to_vec();
    padded.resize(value.len().next_multiple_of(4), 0);
    [&half(order, code)[..], &half(order, value.len() as u16), &padded].concat()
}

pub fn interface(order: Bytes4, link: u16, snap: u32, options: &[u8]) -> Vec<u8> {
    block(order, 1, &[&half(order, link)[..], &[0, 0], &order(snap), options].concat())
}

pub fn enhanced(order: Bytes4, interface: u32, ticks: u64, data: &[u8], options: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    let head = [order(interface), order((ticks >> 32) as u32), order(ticks as u32), order(length), order(length + 10)].concat();
    let mut padded = data.to_vec();
    padded.resize(data.len().next_multiple_of(4), 0);
    block(order, 6, &[&head[..], &padded, options].concat())
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A frame that outlives its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub time: i64,
    pub link: u16,
    pub data: Vec<u8>,
    pub original_len: u32,
    pub interface: u32,
    pub direction: Option<Direction>,
}

/// All frames of a source, and the error it ended with.
pub fn gather(source: &mut impl PacketSource) -> (Vec<Kept>, Option<CaptureError>) {
    let mut kept = Vec::new();
    loop {
        match source.next() {
            Ok(Some(frame)) => kept.push(Kept {
                time: frame.time,
                link: frame.link.0,
                data: frame.data.to_vec(),
                original_len: frame.original_len,
                interface: frame.interface,
                direction: frame.direction,
            }),
            Ok(None) => return (kept, None),
            Err(error) => {
                assert!(matches!(source.next(), Ok(None)), "a source goes on after its error");
                return (kept, Some(error));
            }
        }
    }
}

pub fn read(bytes: &[u8]) -> (Vec<Kept>, Option<CaptureError>) {
    match from_reader(io::Cursor::new(bytes.to_vec()), "test.pcap") {
        Ok(mut source) => gather(&mut source),
        Err(error) => (Vec::new(), Some(error)),
    }
}

/// A stream that gives one byte at a time, as a slow pipe does.
pub struct Dripping(pub io::Cursor<Vec<u8>>);

impl Read for Dripping {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

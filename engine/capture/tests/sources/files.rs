//! Every form of capture file gives the packets that were put in.

use std::fs::File;
use std::io::{Cursor, Write};
use std::os::fd::AsRawFd;

use capture::{Direction, PacketSource, from_fd, from_reader, open};

use crate::build::*;

const SECOND: i64 = 1_000_000_000;

#[test]
fn every_magic_number_of_pcap() {
    let packets: [(u32, u32, &[u8]); 3] = [(7, 5, b"first"), (8, 999_999, b""), (0xffff_ffff, 0, b"late")];
    for (magic, unit, extra) in [(0xa1b2_c3d4u32, 1000, 0), (0xa1b2_3c4d, 1, 0), (0xa1b2_cd34, 1000, 8)] {
        for order in [LITTLE, BIG] {
            let (kept, error) = read(&pcap(order, magic, 1, extra, &packets));
            assert_eq!(error, None, "{magic:x}");
            let expected = packets.map(|(s, f, data)| (i64::from(s) * SECOND + i64::from(f) * unit, data.to_vec(), data.len() as u32 + 10));
            assert_eq!(kept.into_iter().map(|k| (k.time, k.data, k.original_len)).collect::<Vec<_>>(), expected, "{magic:x}");
        }
    }
}

#[test]
fn link_type_without_the_bits_above_it() {
    let (kept, _) = read(&pcap(BIG, 0xa1b2_c3d4, 0x3000_00e5, 0, &[(0, 0, b"x")]));
    assert_eq!(kept[0].link, 229);
}

#[test]
fn lengths_of_old_files_stand_the_other_way_round() {
    let mut file = pcap(LITTLE, 0xa1b2_c3d4, 1, 0, &[(0, 0, b"four")]);
    file[6] = 2;
    let (captured, original) = (file[32], file[36]);
    (file[32], file[36]) = (original, captured);
    let (kept, error) = read(&file);
    assert_eq!((kept[0].data.as_slice(), kept[0].original_len, error), (&b"four"[..], 14, None));
}

#[test]
fn pcapng_of_many_sections_and_interfaces() {
    let first = [
        section(LITTLE),
        interface(LITTLE, 1, 0, &[]),
        interface(LITTLE, 101, 0, &option(LITTLE, 9, &[9])),
        enhanced(LITTLE, 0, 7_000_005, b"micro", &[]),
        block(LITTLE, 5, &[0; 16]),
        enhanced(LITTLE, 1, 7_000_000_005, b"nano", &option(LITTLE, 2, &LITTLE(2))),
    ];
    let second = [
        section(BIG),
        interface(BIG, 113, 0, &[option(BIG, 9, &[0x80 | 10]), option(BIG, 14, &100u64.to_be_bytes())].concat()),
        block(BIG, 0x0bad, b"custom"),
        enhanced(BIG, 0, 1536, b"cooked", &option(BIG, 2, &BIG(1))),
    ];
    let (kept, error) = read(&[first.concat(), second.concat()].concat());
    assert_eq!(error, None);
    let seen: Vec<_> = kept.iter().map(|k| (k.time, k.link, k.interface, k.data.as_slice(), k.direction)).collect();
    assert_eq!(
        seen,
        [
            (7 * SECOND + 5000, 1, 0, &b"micro"[..], None),
            (7 * SECOND + 5, 101, 1, b"nano", Some(Direction::Outgoing)),
            (101 * SECOND + SECOND / 2, 113, 0, b"cooked", Some(Direction::Incoming)),
        ]
    );
}

#[test]
fn pcapng_simple_and_obsolete_packets() {
    let obsolete = [&half(LITTLE, 0)[..], &half(LITTLE, 3), &LITTLE(0), &LITTLE(9_000_000), &LITTLE(3), &LITTLE(13), b"old"].concat();
    let simple = [&LITTLE(9)[..], b"cut!"].concat();
    let file = [section(LITTLE), interface(LITTLE, 1, 4, &[]), block(LITTLE, 2, &obsolete), block(LITTLE, 3, &simple)].concat();
    let (kept, error) = read(&file);
    let seen: Vec<_> = kept.iter().map(|k| (k.time, k.data.as_slice(), k.original_len)).collect();
    assert_eq!((seen, error), (vec![(9 * SECOND, &b"old"[..], 13), (9 * SECOND, b"cut!", 9)], None));
}

#[test]
fn extreme_time_units_do_not_overflow() {
    for unit in [0, 10, 19, 127, 0x80, 0x80 | 63, 0xff] {
        let file = [
            section(LITTLE),
            interface(LITTLE, 1, 0, &[option(LITTLE, 9, &[unit]), option(LITTLE, 14, &i64::MAX.to_le_bytes())].concat()),
            enhanced(LITTLE, 0, u64::MAX, b"x", &[]),
        ];
        assert_eq!(read(&file.concat()).0.len(), 1, "{unit}");
    }
}

#[test]
fn cooked_captures_tell_the_direction() {
    let cooked = |packet_type: u8| [&[0, packet_type][..], &[0; 14]].concat();
    let (kept, _) = read(&pcap(LITTLE, 0xa1b2_c3d4, 113, 0, &[(0, 0, &cooked(4)), (0, 0, &cooked(0)), (0, 0, b"")]));
    let seen: Vec<_> = kept.iter().map(|k| k.direction).collect();
    assert_eq!(seen, [Some(Direction::Outgoing), Some(Direction::Incoming), None]);
}

#[test]
fn compressed_and_byte_by_byte() {
    let pcapng = [section(BIG), interface(BIG, 1, 0, &[]), enhanced(BIG, 0, 1, &[3; 70_000], &[]), enhanced(BIG, 0, 2, b"x", &[])].concat();
    for plain in [two_packets(), pcapng] {
        let expected = read(&plain);
        let (front, back) = plain.split_at(plain.len() / 2);
        let skippable = [&[0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let forms = [
            ("plain", plain.clone()),
            ("gzip", gzip(&plain)),
            ("gzip of two members", [gzip(front), gzip(back)].concat()),
            ("zstd", zstd(&plain)),
            ("zstd of two frames", [skippable.clone(), zstd(front), skippable, zstd(back)].concat()),
        ];
        for (name, bytes) in forms {
            assert_eq!(read(&bytes), expected, "{name}");
            let mut source = from_reader(Dripping(Cursor::new(bytes)), name).unwrap();
            assert_eq!(gather(&mut source), expected, "{name}, byte by byte");
        }
    }
}

#[test]
fn more_than_fits_the_window() {
    let frames: Vec<Vec<u8>> = (0..3000u32).map(|number| number.to_le_bytes().repeat(1 + (number as usize * 37) % 500)).collect();
    let packets: Vec<(u32, u32, &[u8])> = frames.iter().map(|frame| (0, 0, frame.as_slice())).collect();
    let (kept, error) = read(&pcap(LITTLE, 0xa1b2_c3d4, 1, 0, &packets));
    assert_eq!(error, None);
    assert!(kept.iter().map(|k| &k.data).eq(&frames));
}

#[test]
fn a_packet_is_given_as_soon_as_it_has_come() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let file = two_packets();
    let second = file.len() - 26;
    writer.write_all(&file[..second]).unwrap();
    let mut source = from_reader(reader, "pipe").unwrap();
    // The writer holds the second packet back: waiting for more than the first would hang here.
    assert_eq!(source.next().unwrap().unwrap().data, b"first");
    writer.write_all(&file[second..]).unwrap();
    drop(writer);
    assert_eq!(source.next().unwrap().unwrap().data, b"second one");
    assert!(source.next().unwrap().is_none());
}

#[test]
fn paths_and_descriptors_with_their_position() {
    let path = std::env::temp_dir().join(format!("capture-test-{}.pcap", std::process::id()));
    std::fs::write(&path, two_packets()).unwrap();
    let total = two_packets().len() as u64;
    let mut source = open(&path).unwrap();
    assert_eq!(source.position(), (24, total));
    source.next().unwrap();
    assert_eq!(source.position(), (24 + 16 + 5, total));
    assert_eq!(gather(&mut source).0.len(), 1);
    assert_eq!((source.position(), source.packets()), ((total, total), 2));

    let file = File::open(&path).unwrap();
    assert_eq!(gather(&mut from_fd(file.as_raw_fd(), "standard input").unwrap()).0.len(), 2);
    assert!(file.metadata().is_ok(), "the caller's descriptor stays open");
    std::fs::remove_file(path).unwrap();
}

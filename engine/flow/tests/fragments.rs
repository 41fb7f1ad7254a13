//! Fragments in, datagrams out: told apart, put in order, overlapped, refused, given up.

use flow::{DefragLimits, Defragmenter};
use wire::{Checksums, Fragment, Ip, L4, LinkType, Packet};

const SECOND: i64 = 1_000_000_000;

/// An IPv4 fragment of datagram `id`, as a packet of its own.
fn ipv4(id: u16, offset: u16, more: bool, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    bytes[2..4].copy_from_slice(&(20 + data.len() as u16).to_be_bytes());
    bytes[4..6].copy_from_slice(&id.to_be_bytes());
    bytes[6..8].copy_from_slice(&((u16::from(more) << 13) | (offset / 8)).to_be_bytes());
    [&bytes, data].concat()
}

/// An IPv6 fragment with a hop-by-hop header before the fragment header.
fn ipv6(id: u32, offset: u16, more: bool, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0, 0, 16 + data.len() as u8, 0, 64];
    bytes.extend([[0xfd; 16], [0xfe; 16]].concat());
    bytes.extend([44, 0, 1, 4, 0, 0, 0, 0]);
    bytes.extend([17, 0]);
    bytes.extend((offset | u16::from(more)).to_be_bytes());
    bytes.extend(id.to_be_bytes());
    [&bytes, data].concat()
}

fn push(defragmenter: &mut Defragmenter, frame: &[u8], now: i64) -> Option<Vec<u8>> {
    let packet = wire::decode(LinkType::RAW, frame, Checksums::Ignore);
    defragmenter.push(&packet, now).map(<[u8]>::to_vec)
}

/// What comes out of pieces (offset, more, data), as text.
fn rebuilt(pieces: &[(u16, bool, &str)]) -> Option<String> {
    let mut defragmenter = Defragmenter::default();
    let mut last = None;
    for &(offset, more, data) in pieces {
        last = push(&mut defragmenter, &ipv4(1, offset, more, data.as_bytes()), 0).or(last);
    }
    last.map(|datagram| String::from_utf8_lossy(&datagram[20..]).into_owned())
}

#[test]
fn a_datagram_is_whole_when_no_byte_is_missing_in_any_order() {
    let (a, b, c) = ((0, true, "aaaaaaaa"), (8, true, "bbbbbbbb"), (16, false, "cc"));
    for pieces in [[a, b, c], [c, b, a], [b, c, a], [c, a, b]] {
        assert_eq!(rebuilt(&pieces).as_deref(), Some("aaaaaaaabbbbbbbbcc"), "{pieces:?}");
    }
    assert_eq!(rebuilt(&[a, c]), None);
    assert_eq!(rebuilt(&[a, b]), None);
}

#[test]
fn of_overlapping_fragments_the_lower_offset_wins_and_of_equal_ones_the_later() {
    for (pieces, expected) in [
        (vec![(0, true, "aaaaaaaaaaaaaaaa"), (8, true, "bbbbbbbbbbbbbbbb"), (24, false, "c")], "aaaaaaaaaaaaaaaabbbbbbbbc"),
        (vec![(8, true, "bbbbbbbbbbbbbbbb"), (0, true, "aaaaaaaaaaaaaaaa"), (24, false, "c")], "aaaaaaaaaaaaaaaabbbbbbbbc"),
        (vec![(0, true, "aaaaaaaa"), (0, true, "bbbbbbbb"), (8, false, "c")], "bbbbbbbbc"),
        (
            vec![(8, true, "bbbbbbbb"), (16, true, "cccccccc"), (0, true, "aaaaaaaaaaaaaaaaaaaaaaaa"), (24, false, "d")],
            "aaaaaaaaaaaaaaaaaaaaaaaad",
        ),
        (vec![(0, true, "aaaaaaaaXXX"), (8, false, "bb")], "aaaaaaaabb"),
    ] {
        assert_eq!(rebuilt(&pieces).as_deref(), Some(expected), "{pieces:?}");
    }
}

#[test]
fn what_cannot_belong_to_the_datagram_is_left_out() {
    let long = "x".repeat(1400);
    for pieces in [
        vec![(8, false, "cc"), (16, true, "dddddddd"), (0, true, "aaaaaaaa")],
        vec![(8, false, "cc"), (8, false, "ccc"), (0, true, "aaaaaaaa")],
        vec![(16, true, "dddddddd"), (8, false, "cc"), (16, false, "")],
        vec![(64_800, false, long.as_str()), (0, true, "aaaaaaaa")],
    ] {
        let mut defragmenter = Defragmenter::default();
        for (offset, more, data) in pieces {
            push(&mut defragmenter, &ipv4(1, offset, more, data.as_bytes()), 0);
        }
        assert!(defragmenter.counters().malformed > 0, "{:?}", defragmenter.counters());
    }
}

#[test]
fn the_rebuilt_packet_decodes_like_one_never_fragmented() {
    let udp = [&[0x03, 0xe8, 0, 53, 0, 28, 0, 0][..], b"twenty bytes of data"].concat();
    for build in [|o, m, d: &[u8]| ipv4(7, o, m, d), |o, m, d: &[u8]| ipv6(7, o, m, d)] {
        let mut defragmenter = Defragmenter::default();
        assert_eq!(push(&mut defragmenter, &build(16, false, &udp[16..]), 0), None);
        let datagram = push(&mut defragmenter, &build(0, true, &udp[..16]), 0).unwrap();
        let packet = wire::decode(LinkType::RAW, &datagram, Checksums::Ignore);
        assert!(matches!(packet.l4, L4::Udp(udp) if udp.src_port == 1000), "{packet:?}");
        assert_eq!(packet.payload, b"twenty bytes of data");
        assert!(!packet.ip.unwrap().fragment.is_fragment());
        assert!(defragmenter.is_empty());
    }
    let datagram = push(&mut Defragmenter::default(), &ipv4(7, 0, true, &udp), 0);
    assert_eq!(datagram, None);
}

#[test]
fn the_header_checksum_of_the_rebuilt_datagram_is_right() {
    let mut defragmenter = Defragmenter::default();
    push(&mut defragmenter, &ipv4(7, 8, false, b"b"), 0);
    let datagram = push(&mut defragmenter, &ipv4(7, 0, true, b"aaaaaaaa"), 0).unwrap();
    let sum: u32 = datagram[..20].chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff);
}

#[test]
fn datagrams_are_told_apart_by_id_and_vlan() {
    let mut defragmenter = Defragmenter::default();
    push(&mut defragmenter, &ipv4(1, 0, true, b"aaaaaaaa"), 0);
    assert_eq!(push(&mut defragmenter, &ipv4(2, 8, false, b"b"), 0), None);
    let frame = ipv4(1, 8, false, b"b");
    let tagged = Packet { vlan: Some(5), ..wire::decode(LinkType::RAW, &frame, Checksums::Ignore) };
    assert_eq!(defragmenter.push(&tagged, 0), None);
    assert_eq!(defragmenter.len(), 3);
    assert!(push(&mut defragmenter, &frame, 0).is_some());
}

#[test]
fn fragments_that_wait_too_long_are_given_up() {
    let mut defragmenter = Defragmenter::default();
    push(&mut defragmenter, &ipv4(1, 0, true, b"aaaaaaaa"), 0);
    push(&mut defragmenter, &ipv4(2, 0, true, b"aaaaaaaa"), 50 * SECOND);
    assert_eq!(push(&mut defragmenter, &ipv4(1, 8, false, b"b"), 61 * SECOND), None);
    assert!(push(&mut defragmenter, &ipv4(2, 8, false, b"b"), 61 * SECOND).is_some());
    assert_eq!(defragmenter.counters().timed_out, 1);
}

#[test]
fn incomplete_datagrams_are_capped_in_number_and_bytes() {
    let limits = DefragLimits { datagrams: 10, seed: Some(1), ..DefragLimits::default() };
    let mut defragmenter = Defragmenter::new(limits);
    for id in 0..1000 {
        push(&mut defragmenter, &ipv4(id, 0, true, b"aaaaaaaa"), 0);
    }
    assert_eq!((defragmenter.len(), defragmenter.counters().datagrams_exceeded), (10, 990));
    let mut defragmenter = Defragmenter::new(DefragLimits { bytes: 5000, seed: Some(1), ..DefragLimits::default() });
    for id in 0..100 {
        push(&mut defragmenter, &ipv4(id, 0, true, &[0; 1000]), 0);
    }
    assert_eq!((defragmenter.len(), defragmenter.counters().bytes_exceeded), (4, 96));
    assert!(defragmenter.memory() < 40_000, "{}", defragmenter.memory());
}

#[test]
fn many_datagrams_in_a_row_leave_nothing_behind() {
    let mut defragmenter = Defragmenter::new(DefragLimits { datagrams: 10, seed: Some(1), ..DefragLimits::default() });
    for id in 0..5000 {
        push(&mut defragmenter, &ipv4(id, 0, true, b"aaaaaaaa"), 0);
        assert!(push(&mut defragmenter, &ipv4(id, 8, false, b"b"), 0).is_some());
    }
    assert!(defragmenter.is_empty() && defragmenter.memory() < 40_000, "{}", defragmenter.memory());
}

#[test]
fn a_payload_that_does_not_lie_in_the_frame_is_refused() {
    let frame = ipv4(1, 0, true, b"aaaaaaaa");
    let mut packet = wire::decode(LinkType::RAW, &frame, Checksums::Ignore);
    packet.frame = &frame[..10];
    let mut defragmenter = Defragmenter::default();
    assert_eq!(defragmenter.push(&packet, 0), None);
    assert_eq!(defragmenter.counters().malformed, 1);
    let whole = Ip { fragment: Fragment::default(), ..packet.ip.clone().unwrap() };
    assert_eq!(defragmenter.push(&Packet { ip: Some(whole), ..packet }, 0), None);
    assert_eq!(defragmenter.counters().fragments, 1);
}

//! Two pods on links 7 and 8; what each link shows, and what of it is inspected.

use super::*;

const TO_POD: Option<Direction> = Some(Direction::Outgoing);
const FROM_POD: Option<Direction> = Some(Direction::Incoming);
const A: [u8; 4] = [10, 0, 0, 1];
const B: [u8; 4] = [10, 0, 0, 2];
const OUTSIDE: [u8; 4] = [192, 0, 2, 9];

fn tcp(source: [u8; 4], destination: [u8; 4], id: u8, ttl: u8, checksum: u8, text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; 12];
    frame.extend([8, 0, 0x45, 0, 0, (40 + text.len()) as u8, 0, id, 0, 0, ttl, 6, 0, ttl]);
    frame.extend(source);
    frame.extend(destination);
    frame.extend([0, 80, 0x1f, 0x90, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, checksum, 0, 0]);
    frame.extend(text);
    frame
}

fn shown(links: &mut Links, ifindex: u32, direction: Option<Direction>, data: &[u8]) -> bool {
    links.take(&Frame {
        time: 5,
        link: LinkType::ETHERNET,
        data,
        original_len: data.len() as u32,
        ifindex,
        interface: 0,
        direction,
        checksums_ready: false,
    })
}

/// Both pods have sent before, so that it is known where they live.
fn two_links() -> Links {
    let mut links = Links::default();
    links.watch(&[7, 8]);
    assert!(shown(&mut links, 7, FROM_POD, &tcp(A, OUTSIDE, 1, 64, 0, b"")));
    assert!(shown(&mut links, 8, FROM_POD, &tcp(B, OUTSIDE, 1, 64, 0, b"")));
    links
}

#[test]
fn a_packet_between_two_pods_is_inspected_where_it_was_sent() {
    let mut links = two_links();
    assert!(shown(&mut links, 7, FROM_POD, &tcp(A, B, 2, 64, 0, b"attack")));
    assert!(!shown(&mut links, 8, TO_POD, &tcp(A, B, 2, 63, 9, b"attack")), "a hop and a checksum later");
    assert_eq!(links.left_out()[0].1, 1);
}

#[test]
fn a_repetition_by_the_sender_is_a_packet_of_its_own() {
    let mut links = two_links();
    for _ in 0..2 {
        assert!(shown(&mut links, 7, FROM_POD, &tcp(A, B, 2, 64, 0, b"attack")));
        assert!(!shown(&mut links, 8, TO_POD, &tcp(A, B, 2, 64, 0, b"attack")));
    }
    assert!(shown(&mut links, 8, TO_POD, &tcp(A, B, 2, 64, 0, b"attack")), "nobody sent it this time");
}

#[test]
fn one_byte_makes_it_another_packet() {
    let mut links = two_links();
    assert!(shown(&mut links, 7, FROM_POD, &tcp(A, B, 2, 64, 0, b"benign")));
    assert!(shown(&mut links, 8, TO_POD, &tcp(A, B, 2, 64, 0, b"attack")), "forged in the name of A");
}

#[test]
fn what_was_translated_on_the_way_is_inspected_on_both() {
    let mut links = two_links();
    assert!(shown(&mut links, 7, FROM_POD, &tcp(A, [10, 96, 0, 1], 2, 64, 0, b"attack")));
    assert!(shown(&mut links, 8, TO_POD, &tcp(A, B, 2, 64, 0, b"attack")));
}

#[test]
fn links_are_counted_by_direction_and_forgotten_when_no_longer_watched() {
    let mut links = two_links();
    assert!(shown(&mut links, 7, TO_POD, &tcp(OUTSIDE, A, 3, 64, 0, b"abc")));
    let seven = links.all().find(|link| link.ifindex == 7).copied().unwrap_or_default();
    assert_eq!((seven.from_pod.packets, seven.to_pod.packets, seven.to_pod.bytes, seven.last), (1, 1, 57, 5));
    assert_eq!(seven.to_pod.unicast, 1);
    let mut broadcast = tcp(OUTSIDE, A, 3, 64, 0, b"abc");
    broadcast[..6].fill(0xff);
    assert!(shown(&mut links, 7, TO_POD, &broadcast));
    let seven = links.all().find(|link| link.ifindex == 7).copied().unwrap_or_default();
    assert_eq!((seven.to_pod.packets, seven.to_pod.unicast), (2, 1), "a broadcast is no sign of a conversation");
    links.watch(&[8]);
    assert!(!shown(&mut links, 7, TO_POD, &tcp(OUTSIDE, A, 3, 64, 0, b"abc")), "a rest of the old filter");
    assert_eq!(links.all().count(), 1);
}

#[test]
fn nothing_that_a_frame_holds_makes_it_fail() {
    let mut links = two_links();
    let frame = tcp(A, B, 2, 64, 0, b"attack");
    for end in 0..frame.len() {
        assert!(shown(&mut links, 7, FROM_POD, &frame[..end]));
    }
    for first in 0..=255 {
        let mut other = frame.clone();
        other[14] = first;
        shown(&mut links, 8, TO_POD, &other);
    }
}

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
        counted_len: data.len() as u32,
        ifindex,
        interface: 0,
        direction,
        checksums_ready: false,
    })
}

/// Both pods are known by their addresses.
fn two_links() -> Links {
    let mut links = Links::default();
    links.watch(&[7, 8]);
    links.lodge([(A.into(), 7), (B.into(), 8)]);
    assert!(shown(&mut links, 7, TO_POD, &tcp(OUTSIDE, A, 1, 64, 0, b"")));
    assert!(shown(&mut links, 8, TO_POD, &tcp(OUTSIDE, B, 1, 64, 0, b"")));
    links
}

/// What is shown, in order: link, direction, frame, whether it is inspected.
type Step = (u32, Option<Direction>, Vec<u8>, bool);

#[test]
fn between_two_pods_what_arrives_is_inspected_and_once() {
    let attack = || tcp(A, B, 2, 64, 0, b"attack");
    let service = [10, 96, 0, 1];
    let cases: Vec<(&str, Vec<Step>)> = vec![
        (
            "left to the receiver's link, a hop and a checksum later",
            vec![(7, FROM_POD, attack(), false), (8, TO_POD, tcp(A, B, 2, 63, 9, b"attack"), true)],
        ),
        (
            "a repetition is a packet of its own",
            vec![(7, FROM_POD, attack(), false), (8, TO_POD, attack(), true), (7, FROM_POD, attack(), false), (8, TO_POD, attack(), true)],
        ),
        (
            "decoys that never arrive are not part of the stream: a station that nobody has, a TTL too low, a policy against it",
            vec![
                (7, FROM_POD, tcp(A, B, 2, 64, 0, b"benign"), false),
                (7, FROM_POD, tcp(A, B, 3, 1, 0, b"benign"), false),
                (7, FROM_POD, attack(), false),
                (8, TO_POD, tcp(A, B, 2, 63, 0, b"attack"), true),
            ],
        ),
        (
            "a decoy with a wrong checksum arrives, and is judged there, as the real one is",
            vec![
                (7, FROM_POD, tcp(A, B, 2, 64, 1, b"attack"), false),
                (8, TO_POD, tcp(A, B, 2, 64, 1, b"attack"), true),
                (7, FROM_POD, attack(), false),
                (8, TO_POD, attack(), true),
            ],
        ),
        ("forged in the name of another pod", vec![(8, TO_POD, attack(), true)]),
        ("one byte makes it another packet", vec![(7, FROM_POD, tcp(A, B, 2, 64, 0, b"benign"), false), (8, TO_POD, attack(), true)]),
        (
            "through a Service each link shows a conversation of its own, both directions of it",
            vec![
                (7, FROM_POD, tcp(A, service, 2, 64, 0, b"attack"), true),
                (8, TO_POD, attack(), true),
                (8, FROM_POD, answer(B, A, 3), true),
                (7, TO_POD, answer(service, A, 3), true),
            ],
        ),
        (
            "a decoy beside a conversation through a Service is no part of either",
            vec![
                (7, FROM_POD, tcp(A, service, 2, 64, 0, b"GET"), true),
                (8, TO_POD, tcp(A, B, 2, 64, 0, b"GET"), true),
                (7, FROM_POD, tcp(A, B, 4, 64, 0, b"benign"), false),
                (7, FROM_POD, tcp(A, service, 5, 64, 0, b"attack"), true),
                (8, TO_POD, tcp(A, B, 5, 64, 0, b"attack"), true),
                (8, FROM_POD, answer(B, A, 6), true),
            ],
        ),
        (
            "spoken to directly again, its answers are left to the other link",
            vec![
                (8, TO_POD, attack(), true),
                (8, FROM_POD, answer(B, A, 3), true),
                (7, TO_POD, answer(B, A, 3), false),
                (7, FROM_POD, tcp(A, B, 4, 64, 0, b"GET"), false),
                (8, TO_POD, tcp(A, B, 4, 64, 0, b"GET"), true),
                (8, FROM_POD, answer(B, A, 5), false),
                (7, TO_POD, answer(B, A, 5), true),
            ],
        ),
        (
            "what a pod took is told by its own link, even where its acknowledgement never arrives",
            vec![
                (8, FROM_POD, acknowledgement(B, A, 3), true),
                (7, TO_POD, acknowledgement(B, A, 3), false),
                (8, FROM_POD, acknowledgement(B, A, 4), true),
            ],
        ),
        ("a frame filled up to sixty bytes holds no data", vec![(8, FROM_POD, [acknowledgement(B, A, 3), vec![0; 6]].concat(), true)]),
        ("an end of the stream counts where it arrives", vec![(8, FROM_POD, with_flags(B, A, 0x11), false)]),
    ];
    for (name, steps) in cases {
        let mut links = two_links();
        for (number, (ifindex, direction, frame, inspected)) in steps.into_iter().enumerate() {
            assert_eq!(shown(&mut links, ifindex, direction, &frame), inspected, "{name}: step {number}");
        }
    }
}

/// The other way, from the port that was asked to the one that asked.
fn answer(source: [u8; 4], destination: [u8; 4], id: u8) -> Vec<u8> {
    let mut frame = tcp(source, destination, id, 64, 0, b"answer");
    let (from, to) = frame[34..38].split_at_mut(2);
    from.swap_with_slice(to);
    frame
}

fn with_flags(source: [u8; 4], destination: [u8; 4], flags: u8) -> Vec<u8> {
    let mut frame = tcp(source, destination, 1, 64, 0, b"");
    frame[14 + 20 + 13] = flags;
    frame
}

fn acknowledgement(source: [u8; 4], destination: [u8; 4], id: u8) -> Vec<u8> {
    let mut frame = with_flags(source, destination, 0x10);
    frame[14 + 5] = id;
    frame
}

/// The frame, for that station and from that one.
fn between(to: u8, from: u8, mut frame: Vec<u8>) -> Vec<u8> {
    frame[..6].fill(to);
    frame[6..12].fill(from);
    frame
}

#[test]
fn what_a_bridge_floods_is_no_part_of_what_the_pod_takes() {
    let mut links = two_links();
    let come = |links: &mut Links, to, frame| shown(links, 8, TO_POD, &between(to, 4, frame));
    assert!(come(&mut links, 2, tcp(OUTSIDE, B, 2, 64, 0, b"GET")), "nobody knows yet which station the pod is");
    assert!(shown(&mut links, 8, FROM_POD, &between(4, 2, tcp(B, OUTSIDE, 2, 64, 0, b"answer"))));
    assert!(come(&mut links, 2, tcp(OUTSIDE, B, 3, 64, 0, b"attack")));
    assert!(!come(&mut links, 6, tcp(OUTSIDE, B, 4, 64, 0, b"benign")), "for a station that nobody has");
    assert!(!come(&mut links, 0xff, tcp(OUTSIDE, B, 4, 64, 0, b"benign")), "no stack takes a segment for everybody");
    let mut datagram = tcp(OUTSIDE, B, 4, 64, 0, b"attack");
    datagram[14 + 9] = 17;
    assert!(come(&mut links, 0xff, datagram), "a datagram for everybody is for this one too");
    let link = links.all().find(|link| link.ifindex == 8).copied().unwrap_or_default();
    assert_eq!(link.to_pod.tcp, 3, "floods and datagrams are no sign of a conversation");
}

#[test]
fn a_pod_with_many_stations_takes_everything() {
    let mut links = two_links();
    for from in [2, 6, 8, 10, 12, 14] {
        shown(&mut links, 8, FROM_POD, &between(4, from, tcp(B, OUTSIDE, 2, 64, 0, b"answer")));
    }
    assert!(shown(&mut links, 8, TO_POD, &between(16, 4, tcp(OUTSIDE, B, 3, 64, 0, b"attack"))));
}

#[test]
fn what_is_left_out_is_counted_by_its_reason() {
    let mut links = two_links();
    shown(&mut links, 7, FROM_POD, &tcp(A, B, 2, 64, 0, b"attack"));
    shown(&mut links, 8, FROM_POD, &acknowledgement(B, A, 3));
    shown(&mut links, 7, TO_POD, &acknowledgement(B, A, 3));
    assert_eq!(links.left_out().map(|(_, count)| count), [1, 1, 0, 0]);
}

#[test]
fn of_pods_whose_address_was_not_told_both_links_are_inspected() {
    for told in [vec![], vec![(A, 7)], vec![(A, 7), (B, 9)], vec![(A, 7), (B, 7)]] {
        let mut links = two_links();
        links.lodge(told.into_iter().map(|(address, ifindex)| (address.into(), ifindex)));
        assert!(shown(&mut links, 7, FROM_POD, &tcp(A, B, 2, 64, 0, b"attack")));
        assert!(shown(&mut links, 8, TO_POD, &tcp(A, B, 2, 64, 0, b"attack")));
    }
}

#[test]
fn a_receiver_that_is_no_longer_watched_leaves_it_to_the_senders_link() {
    let mut links = two_links();
    links.watch(&[7]);
    assert!(shown(&mut links, 7, FROM_POD, &tcp(A, B, 2, 64, 0, b"attack")));
}

#[test]
fn links_are_counted_by_direction_and_forgotten_when_no_longer_watched() {
    let mut links = two_links();
    assert!(shown(&mut links, 7, TO_POD, &tcp(OUTSIDE, A, 3, 64, 0, b"abc")));
    let seven = links.all().find(|link| link.ifindex == 7).copied().unwrap_or_default();
    assert_eq!((seven.from_pod.packets, seven.to_pod.packets, seven.to_pod.bytes, seven.last), (0, 2, 54 + 57, 5));
    assert_eq!(seven.to_pod.tcp, 2);
    let mut broadcast = tcp(OUTSIDE, A, 3, 64, 0, b"abc");
    broadcast[..6].fill(0xff);
    broadcast[14 + 9] = 17;
    assert!(shown(&mut links, 7, TO_POD, &broadcast));
    let seven = links.all().find(|link| link.ifindex == 7).copied().unwrap_or_default();
    assert_eq!((seven.to_pod.packets, seven.to_pod.tcp), (3, 2), "a broadcast is no sign of a conversation");
    links.watch(&[8]);
    assert!(!shown(&mut links, 7, TO_POD, &tcp(OUTSIDE, A, 3, 64, 0, b"abc")), "a rest of the old filter");
    assert_eq!(links.all().count(), 1);
}

#[test]
fn nothing_that_a_frame_holds_makes_it_fail() {
    let mut links = two_links();
    let frame = tcp(A, B, 2, 64, 0, b"attack");
    for end in 0..frame.len() {
        shown(&mut links, 7, FROM_POD, &frame[..end]);
        shown(&mut links, 8, TO_POD, &frame[..end]);
    }
    for first in 0..=255 {
        let mut other = frame.clone();
        other[14] = first;
        shown(&mut links, 8, TO_POD, &other);
    }
}

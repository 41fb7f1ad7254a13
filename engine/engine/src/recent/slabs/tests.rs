use wire::LinkType;

use super::*;

fn packet(ifindex: u32, frame: &[u8]) -> WirePacket<'_> {
    let (time, length) = (frame.len() as i64, frame.len() as u32 + 1000);
    let wire = WirePacket::none(time);
    WirePacket { ifindex: Some(ifindex), frame, link: LinkType::ETHERNET, length, ..wire }
}

/// What a slab keeps after these packets, as (first byte, bytes kept).
fn kept(said: &[(Side, &[u8])]) -> Vec<(u8, usize)> {
    let mut slab = Slab::new();
    said.iter().for_each(|(side, frame)| slab.push(*side, &packet(1, frame)));
    slab.packets().map(Slot::captured).map(|packet| (packet.bytes[0], packet.bytes.len())).collect()
}

#[test]
fn a_conversation_keeps_its_last_packets_and_of_each_its_beginning() {
    let frames: Vec<[u8; 600]> = (0..12).map(|number| [number; 600]).collect();
    let said: Vec<(Side, &[u8])> =
        frames.iter().enumerate().map(|(at, frame)| (if at % 2 == 0 { Side::Client } else { Side::Server }, &frame[..])).collect();
    assert_eq!(kept(&said), (4..12).map(|number| (number, SNAP)).collect::<Vec<_>>());
    assert_eq!(kept(&said[..3]), [(0, SNAP), (1, SNAP), (2, SNAP)]);
    assert_eq!(kept(&[]), []);
    assert_eq!(kept(&[(Side::Client, b"x")]), [(b'x', 1)]);
}

#[test]
fn bulk_keeps_what_asked_for_it() {
    let bulk: Vec<[u8; 1]> = (1..100).map(|number| [number]).collect();
    let mut said: Vec<(Side, &[u8])> = vec![(Side::Client, &[0])];
    said.extend(bulk.iter().map(|frame| (Side::Server, &frame[..])));
    assert_eq!(kept(&said), [(0, 1), (1, 1), (2, 1), (3, 1), (99, 1)]);
}

fn slabs(node: usize, pod: usize) -> Slabs {
    Slabs::new(node * size_of::<Slab>(), pod * size_of::<Slab>())
}

fn held(slabs: &Slabs, flows: std::ops::Range<u64>) -> Vec<u64> {
    flows.filter(|flow| (0..slabs.all.len() as u32).any(|index| slabs.holds(index, *flow))).collect()
}

#[test]
fn an_interface_takes_from_itself_when_its_part_is_used_up() {
    let mut slabs = slabs(100, 3);
    slabs.acquire(50, &packet(2, b""));
    for flow in 1..=5 {
        slabs.acquire(flow, &packet(1, b""));
    }
    assert_eq!(held(&slabs, 1..6).len(), 3);
    assert!(held(&slabs, 5..6) == [5], "the newest has one");
    assert_eq!(held(&slabs, 50..51), [50]);
    assert_eq!((slabs.full_pod, slabs.full_node), (2, 0));
    assert_eq!(slabs.memory(), 4 * size_of::<Slab>());
}

#[test]
fn a_busy_interface_leaves_quiet_ones_theirs() {
    let mut slabs = slabs(8, 100);
    for flow in 1..=8 {
        slabs.acquire(flow, &packet(1, b""));
    }
    for (flow, pod) in [(20, 2), (21, 3)] {
        slabs.acquire(flow, &packet(pod, b""));
    }
    for flow in 100..200 {
        slabs.acquire(flow, &packet(1, b""));
    }
    assert_eq!(held(&slabs, 20..22), [20, 21]);
    assert_eq!(slabs.all.len(), 8);
    assert_eq!(slabs.full_node, 102);
}

#[test]
fn what_a_flow_gave_back_is_used_again() {
    let mut slabs = slabs(100, 100);
    for flow in 1..1000 {
        let (index, _) = slabs.acquire(flow, &packet(flow as u32 % 7, b""));
        assert!(slabs.holds(index, flow));
        slabs.release(index);
        assert!(!slabs.holds(index, flow));
    }
    assert_eq!(slabs.all.len(), 1);
    assert!(slabs.pods.is_empty(), "an interface without flows is forgotten");
}

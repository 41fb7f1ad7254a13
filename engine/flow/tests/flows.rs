//! Which packets open a flow, who its client is, when it is established, when it ends, and what it may hold.

mod script;

use flow::{FlowInfo, FlowLimits, FlowTable, Kind, Side};
use script::{HELLO, Recorder, SECOND, Stage, World, check, letter, lines, never, packet, udp};
use wire::{Icmp, L4, Packet};

fn limits() -> FlowLimits {
    FlowLimits { seed: Some(1), ..FlowLimits::default() }
}

fn world() -> World {
    World { log: Vec::new(), splitter: never() }
}

/// The side of the last segment's sender, and the flow; `None` without one.
fn last_of(script: &str, ports: (u16, u16)) -> Option<(char, FlowInfo)> {
    let mut stage = Stage::new(never());
    stage.ports = ports;
    stage.play(script.trim());
    let flow = stage.flow()?;
    let from_first = script.trim().lines().last().is_some_and(|line| line.trim().starts_with('c'));
    let first_is_client = flow.client.ip.to_string() == script::HOSTS[0];
    let side = if from_first == first_is_client { Side::Client } else { Side::Server };
    Some((letter(side), flow.clone()))
}

#[test]
fn a_flow_is_opened_by_what_snort_opens_one_for() {
    for (script, opens) in [
        ("c S", true),
        ("c S bare", false),
        ("c S bare \"data\"", true),
        ("c SA", true),
        ("c A \"data\"", true),
        ("c A", false),
        ("c FA", false),
        ("c RA", false),
    ] {
        assert_eq!(last_of(script, (4000, 80)).is_some(), opens, "{script}");
    }
}

#[test]
fn the_client_sent_the_syn_or_gets_the_syn_ack_or_has_the_higher_port() {
    for (script, ports, side) in [
        ("c S", (80, 4000), 'c'),
        ("s SA", (80, 4000), 's'),
        ("c A \"data\"", (4000, 80), 'c'),
        ("c A \"data\"", (80, 4000), 's'),
        ("c A \"data\"", (80, 80), 's'),
    ] {
        assert_eq!(last_of(script, ports).unwrap().0, side, "{script} {ports:?}");
    }
}

#[test]
fn established_after_the_handshake_and_in_midstream_to_rules_once_the_peer_answers() {
    for (script, established, midstream, answered) in [
        ("c S", false, false, false),
        ("c S\ns SA", false, false, false),
        ("c S\ns RA", false, false, false),
        ("c S\ns SA\nc A", true, false, true),
        ("c S\nc A", true, false, true),
        ("c A \"data\"", true, true, false),
        ("c P \"data\"", true, true, false),
        ("c A \"data\"\nc A \"more\"", true, true, false),
        ("c A \"data\"\ns A", true, true, true),
        ("c A \"data\"\nc A at=181 \"much later\"", true, true, true),
        ("c S\ns SA\nc A\ns RA", true, false, true),
        ("c S\ns SA at=1\nc A at=40\nc A at=41 \"a slow handshake\"", true, true, true),
    ] {
        let (_, flow) = last_of(script, (4000, 80)).unwrap();
        assert_eq!((flow.established, flow.midstream, flow.answered), (established, midstream, answered), "{script}");
    }
}

#[test]
fn packets_bytes_and_distance_are_counted_by_side() {
    let mut stage = Stage::new(never());
    stage.play(HELLO).play("c A \"12345\"\nc A \"678\"\ns A \"ab\"\nc FA");
    let flow = stage.flow().unwrap();
    assert_eq!((flow.packets, flow.bytes, flow.sent), ([5, 2], [5 * 40 + 8, 2 * 40 + 2], [10, 3]));
}

#[test]
fn a_flow_idle_too_long_is_flushed_and_starts_again() {
    for (handshake, seconds, ends) in [("c S\ns SA\nc A", 180, false), ("c S\ns SA\nc A", 181, true), ("c S", 31, true), ("c S", 29, false)]
    {
        let mut stage = Stage::new(never());
        stage.play(&format!("{handshake}\nc A seq=1 at={seconds} \"x\""));
        assert_eq!(stage.log().iter().any(|line| line.contains("end 1")), ends, "{handshake} {seconds}");
    }
    let mut stage = Stage::new(never());
    stage.play(HELLO).play("c A \"a\"\ns A\nc A at=200 \"b\"\n");
    assert_eq!(stage.log(), ["6 c \"a\" Close", "6 c close", "6 s close", "6 end 1"]);
}

#[test]
fn other_flows_are_ended_as_packets_pass_and_when_asked() {
    let mut table = FlowTable::<Recorder>::new(limits());
    let mut world = world();
    for port in 0..10 {
        table.process(&udp("10.0.0.1", 1000 + port, "10.0.0.2", 53, b"?"), 0, &mut world);
    }
    table.process(&udp("10.0.0.3", 1, "10.0.0.4", 2, b"?"), 31 * SECOND, &mut world);
    assert_eq!(table.len(), 9);
    table.expire(60 * SECOND, &mut world);
    assert_eq!((table.len(), table.counters().flows_timed_out), (1, 10));
    table.finish(&mut world);
    assert!(table.is_empty());
    let ends: Vec<_> = world.log.iter().filter(|line| line.starts_with("end")).cloned().collect();
    assert_eq!(ends, (1..=11).map(|id| format!("end {id}")).collect::<Vec<_>>());
}

#[test]
fn a_syn_on_a_closed_flow_starts_a_new_one() {
    let again = "c S seq=5000\ns SA seq=7000 ack=5001\nc A \"new\\n\"\ns A";
    let script = format!("{HELLO}c FA\ns FA\nc A\n{again}");
    check(lines(), &script, "5 c close\n6 s close\n7 end 1\n10 c \"new\\n\" Splitter\nc close\ns close\nend 2");
    let script = format!("{HELLO}c A \"x\"\ns A\ns RA\n{again}");
    check(lines(), &script, "6 c \"x\" Close\n6 c close\n6 s close\n7 end 1\n10 c \"new\\n\" Splitter\nc close\ns close\nend 2");
}

#[test]
fn a_syn_on_a_live_flow_ends_it_only_with_its_answer() {
    let script = format!("{HELLO}c S seq=5000\nc A seq=1 \"old\\n\"\ns A ack=5");
    check(lines(), &script, "6 c \"old\\n\" Splitter\nc close\ns close\nend 1");
    let script = format!("{HELLO}c S seq=5000\ns SA seq=7000 ack=5001\nc A \"new\\n\"\ns A");
    check(lines(), &script, "5 c close\n5 s close\n5 end 1\n7 c \"new\\n\" Splitter\nc close\ns close\nend 2");
    let script = format!("{HELLO}s SA seq=7000 ack=5001\nc A \"old\\n\"\ns A seq=1");
    check(lines(), &script, "6 c \"old\\n\" Splitter\nc close\ns close\nend 1");
}

#[test]
fn of_several_syns_the_one_answered_counts() {
    let script = "c S\nc S seq=3000\ns SA ack=1\nc A seq=1 ack=1 \"x\\n\"\ns A ack=3";
    check(lines(), script, "5 c \"x\\n\" Splitter\nc close\ns close\nend 1");
}

#[test]
fn both_directions_of_any_protocol_are_one_flow() {
    let icmp = |kind, id| L4::Icmp(Icmp { kind, code: 0, id: Some(id), seq: Some(1) });
    let mut table = FlowTable::<Recorder>::new(limits());
    let mut world = world();
    let mut see = |packet: Packet<'_>| {
        let tracked = table.process(&packet, 0, &mut world).unwrap();
        (tracked.info.id, tracked.side, tracked.info.established)
    };
    let (a, b, x, y) = ("10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2");
    assert_eq!(see(udp(b, 53, a, 1000, b"")), (1, Side::Client, false));
    assert_eq!(see(udp(a, 1000, b, 53, b"")), (1, Side::Server, true));
    assert_eq!(see(Packet { vlan: Some(0), ..udp(a, 1000, b, 53, b"") }), (2, Side::Client, false));
    assert_eq!(see(packet(a, b, 1, icmp(8, 7), b"")), (3, Side::Client, false));
    assert_eq!(see(packet(b, a, 1, icmp(0, 7), b"")), (3, Side::Server, true));
    assert_eq!(see(packet(b, a, 1, icmp(8, 8), b"")), (4, Side::Client, false));
    assert_eq!(see(packet(y, x, 47, L4::None, b"")), (5, Side::Client, false));
    assert_eq!(see(packet(x, y, 47, L4::None, b"")), (5, Side::Server, true));
    assert_eq!(see(packet(x, y, 17, L4::None, b"")), (6, Side::Client, false));
}

#[test]
fn a_full_table_ends_the_flow_idle_longest_and_a_flood_of_syns_ends_itself() {
    let mut stage = Stage::with(never(), FlowLimits { flows: 4, ..limits() });
    stage.play(HELLO);
    for port in 1..9 {
        stage.ports.0 = port;
        (stage.next, stage.now) = ([0; 2], stage.now + 2 * SECOND);
        stage.play("c S");
    }
    assert_eq!((stage.table.len(), stage.table.counters().flows_evicted), (4, 5));
    assert!(!stage.log().iter().any(|line| line.contains("end 1")));
}

#[test]
fn a_queue_takes_no_more_than_its_caps() {
    let mut stage = Stage::with(never(), FlowLimits { queue_bytes: 10, ..limits() });
    stage.play(HELLO).play("c A \"12345\"\nc A \"67890\"\nc A \"x\"");
    assert_eq!(stage.log(), ["6 not queued"]);
    assert_eq!(stage.table.counters().queue_bytes_exceeded, 1);
    let mut stage = Stage::with(never(), FlowLimits { queue_segments: 2, ..limits() });
    stage.play(HELLO).play("c A \"1\"\nc A \"2\"\nc A \"3\"\ns A ack=3\nc A seq=3 \"3\"");
    assert_eq!(stage.log(), ["6 not queued"]);
    assert_eq!(stage.table.counters().queue_segments_exceeded, 1);
    assert_eq!(stage.finish()[0], "c \"12\" Close");
}

#[test]
fn when_all_queues_take_too_much_the_flow_idle_longest_loses_its_own() {
    let mut stage = Stage::with(never(), FlowLimits { memory: 3000, ..limits() });
    for port in [1, 2, 3] {
        stage.ports.0 = port;
        stage.next = [0; 2];
        stage.play(HELLO).play(&format!("c A \"acked\"\ns A\nc A \"{}\"", "x".repeat(1000)));
        stage.now += 2 * SECOND;
    }
    assert_eq!(stage.log(), ["18 c \"acked\" Gap", "18 c gap 1000"]);
    let counters = stage.table.counters();
    assert_eq!((counters.memory_exceeded, counters.memory_dropped_bytes), (1, 1000));
    stage.finish();
    assert!(stage.table.memory() < 40_000, "{}", stage.table.memory());
}

#[test]
fn a_one_way_flow_is_inspected_before_its_queue_grows_too_large() {
    let mut stage = Stage::with(never(), FlowLimits { one_way_bytes: 8, ..limits() });
    stage.play("c A \"12345\"\nc A seq=7 \"789\"\nc A seq=10 \"0\"\nc A \"z\"");
    let log = ["3 c \"12345\" Gap", "3 c gap 2", "3 c \"7890\" Gap", "3 c gap 0"];
    assert_eq!(stage.log(), log);
    assert_eq!(stage.finish()[0], "c \"z\" Close");
}

#[test]
fn every_counter_is_given_by_name() {
    let mut stage = Stage::new(never());
    stage.play(HELLO).play("c A \"x\"\ns A");
    let mut seen = Vec::new();
    stage.table.counters().each(|name, value| seen.push((name, value)));
    assert!(seen.contains(&("packets", 5)) && seen.contains(&("segments_queued", 1)) && seen.contains(&("tcp_flows", 1)));
    assert_eq!(flow::FlowKey::of(&udp("10.0.0.1", 1, "10.0.0.2", 2, b"")).unwrap().0.kind(), Kind::Udp);
}

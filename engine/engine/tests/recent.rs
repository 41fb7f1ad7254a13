//! Packets around alerts: what went before, what came after, and what the budgets leave out.
#![allow(clippy::unwrap_used, reason = "an event that is not there is a failed test")]

mod support;

use engine::{Aftermath, CapturedPacket, ChecksumPolicy, Engine, Event, RecentLimits, SNAP};
use support::{SECOND, START, Talk, Wire, frame, play, rules};

const RULE: &str = r#"alert tcp any any -> any any (msg:"attack"; content:"attack"; sid:1;)"#;
const CLIENT: (u8, u16) = (1, 51_234);
const SERVER: (u8, u16) = (2, 8080);

/// Payload of an Ethernet, IPv4, TCP frame without options.
fn said(packet: &CapturedPacket) -> String {
    String::from_utf8_lossy(packet.bytes.get(54..).unwrap_or_default()).into_owned()
}

fn kept(limits: RecentLimits, wire: &Wire) -> (Vec<Event>, Vec<Aftermath>, Engine) {
    let mut engine = Engine::new(rules(RULE), ChecksumPolicy::Verify).keeping(limits);
    play(&mut engine, wire);
    engine.finish();
    (engine.events(), engine.aftermaths(), engine)
}

fn before(event: &Event) -> Vec<String> {
    event.capture.iter().flat_map(|capture| &capture.before).map(said).collect()
}

fn after(aftermath: &Aftermath) -> Vec<String> {
    aftermath.packets.iter().map(said).collect()
}

/// A greeting, an attack, its answer and a goodbye.
fn conversation() -> Wire {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.client(&mut wire, b"hello");
    talk.server(&mut wire, b"welcome");
    talk.push(&mut wire, b"attack");
    talk.server(&mut wire, b"gotcha");
    talk.client(&mut wire, b"bye");
    wire
}

#[test]
fn an_alert_carries_what_went_before_and_is_followed_by_what_came_after() {
    let (events, aftermaths, _) = kept(RecentLimits::default(), &conversation());
    assert_eq!(events.len(), 1);
    // The handshake's ACK and other packets that say nothing are left out.
    assert_eq!(before(&events[0])[2..], ["hello", "welcome"]);
    assert_eq!(events[0].packet[54..], *b"attack");
    assert_eq!(aftermaths.len(), 1);
    assert_eq!(aftermaths[0].event_number, events[0].event_number);
    assert_eq!(after(&aftermaths[0]), ["gotcha", "bye"]);
    let capture = events[0].capture.as_ref().unwrap();
    assert_eq!((capture.link_type, aftermaths[0].link_type), (1, 1));
    let times: Vec<i64> = capture.before.iter().map(|packet| packet.time).collect();
    assert!(times.is_sorted() && times[0] == START && events[0].packet_time > times[3]);
}

#[test]
fn without_the_option_nothing_is_kept_and_alerts_are_the_same() {
    let mut engine = Engine::new(rules(RULE), ChecksumPolicy::Verify);
    play(&mut engine, &conversation());
    engine.finish();
    let events = engine.events();
    assert!(events[0].capture.is_none() && engine.aftermaths().is_empty());
    let short = |events: &[Event]| support::short(events).into_iter().map(|(n, s, _)| (n, s)).collect::<Vec<_>>();
    assert_eq!(short(&events), short(&kept(RecentLimits::default(), &conversation()).0));
}

#[test]
fn several_alerts_of_a_flow_each_have_what_came_after_them() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.push(&mut wire, b"attack one");
    talk.server(&mut wire, b"a");
    talk.push(&mut wire, b"attack two");
    talk.server(&mut wire, b"b");
    let (events, aftermaths, _) = kept(RecentLimits::default(), &wire);
    assert_eq!(events.len(), 2);
    assert_eq!(aftermaths.iter().map(after).collect::<Vec<_>>(), [vec!["a", "attack two", "b"], vec!["b"]]);
    assert_eq!(before(&events[1])[2..], ["attack one", "a"]);
}

#[test]
fn only_a_while_is_waited_for_and_never_for_another_flow() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.push(&mut wire, b"attack");
    Talk::open(&mut wire, (3, 1000), (4, 80)).client(&mut wire, b"strangers");
    wire.wait(2);
    talk.server(&mut wire, b"late");
    assert!(kept(RecentLimits::default(), &wire).1.is_empty());
    let patient = RecentLimits { wait: 5 * SECOND, ..RecentLimits::default() };
    assert_eq!(after(&kept(patient, &wire).1[0]), ["late"]);
}

#[test]
fn the_wait_ends_by_the_clock_where_no_more_packets_come() {
    let mut engine = Engine::new(rules(RULE), ChecksumPolicy::Verify).keeping(RecentLimits::default());
    let wire = conversation();
    play(&mut engine, &wire);
    let last = wire.frames.last().unwrap().0;
    engine.settle(last);
    assert!(engine.aftermaths().is_empty());
    engine.settle(last + SECOND);
    assert_eq!(engine.aftermaths().len(), 1);
    // And the flow goes on: what it says now belongs to no alert any more.
    engine.process(&frame(last + SECOND, 0, &wire.frames[3].2));
    engine.finish();
    assert!(engine.aftermaths().is_empty());
}

#[test]
fn packets_are_cut_and_keep_their_length() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.client(&mut wire, &[b'x'; 1400]);
    talk.push(&mut wire, b"attack");
    let (events, _, _) = kept(RecentLimits::default(), &wire);
    let long = events[0].capture.as_ref().unwrap().before.last().unwrap();
    assert_eq!((long.bytes.len(), long.length), (SNAP, 1454));
}

#[test]
fn what_the_budgets_have_no_room_for_is_counted_and_the_alert_is_there_all_the_same() {
    let cases = [
        (RecentLimits { pod_rate: 100, ..RecentLimits::default() }, "packets around alerts of one interface"),
        (RecentLimits { node_rate: 100, ..RecentLimits::default() }, "packets around all alerts"),
    ];
    for (limits, name) in cases {
        let (events, aftermaths, engine) = kept(limits, &conversation());
        assert_eq!((events.len(), events[0].capture.is_none()), (1, true), "{name}");
        assert!(aftermaths.iter().map(|aftermath| aftermath.packets.len()).sum::<usize>() <= 1, "{name}");
        assert!(engine.counters().caps[name] > 0, "{name}");
    }
}

#[test]
fn flows_beyond_the_memory_go_without_and_are_counted() {
    let limits = RecentLimits { node_bytes: 1, ..RecentLimits::default() };
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.client(&mut wire, b"forgotten");
    Talk::open(&mut wire, (3, 1000), (4, 80)).client(&mut wire, b"another");
    talk.push(&mut wire, b"attack");
    let (events, _, engine) = kept(limits, &wire);
    assert_eq!((events.len(), before(&events[0])), (1, vec![]));
    assert!(engine.counters().caps["recent packets of all interfaces"] > 0);
}

//! What is not inspected is accounted for, and shed in its order; several workers raise what one does.
#![allow(clippy::unwrap_used, reason = "a case that does not load is a mistake in the test")]

mod support;

use std::collections::BTreeMap;

use engine::{Budget, ChecksumPolicy, Engine, Event, Gather, Mode, RecentLimits, Settings, lane};
use support::{Talk, Wire, frame, rules};
use wire::LinkType;

const ATTACK: &str = r#"alert tcp any any -> any any (msg:"attack"; content:"ATTACK"; sid:1;)"#;
const SERVER: (u8, u16) = (2, 9999);
/// How far the ring is filled at each level.
const LEVELS: [u8; 4] = [0, 140, 190, 250];

/// The engine after a capture under that much pressure, and the names of what was shed.
fn under(level: usize, wire: &Wire) -> (Vec<Event>, Vec<String>) {
    let mut engine = Engine::new(rules(ATTACK), ChecksumPolicy::Verify);
    engine.feel(LEVELS[level]);
    support::play(&mut engine, wire);
    let counters = engine.counters();
    let (frames, bytes) = (wire.frames.len() as u64, wire.frames.iter().map(|(_, _, data)| data.len() as u64).sum::<u64>());
    assert_eq!((counters.account.seen.packets, counters.account.seen.bytes), (frames, bytes));
    let parts = counters.inspected.plus(counters.account.skipped).plus(counters.account.shed());
    assert_eq!(parts, counters.account.seen, "every frame has one fate");
    let told = serde_json::to_value(counters.account.shed).unwrap();
    let shed = told.as_object().unwrap().iter().filter(|(_, amount)| amount["packets"] != 0).map(|(name, _)| name.clone()).collect();
    engine.finish();
    (engine.events(), shed)
}

/// A client that says `before` bytes, answered each `every` bytes, and then the attack.
fn talk(before: usize, every: usize) -> Wire {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, (1, 40_000), SERVER);
    for at in (0..before).step_by(1000) {
        talk.client(&mut wire, &[b'x'; 1000]);
        if (at + 1000) % every == 0 {
            talk.server(&mut wire, b"go on");
        }
    }
    talk.client(&mut wire, b"ATTACK");
    talk.close(&mut wire);
    wire
}

#[test]
fn what_is_shed_first_and_last() {
    let cases: [(&str, Wire, [bool; 4], &str); 4] = [
        ("the first bytes of a flow are always looked at", talk(2_000, 1 << 30), [true, true, true, true], ""),
        ("bulk goes first", talk(100_000, 1 << 30), [true, false, false, false], "bulk"),
        ("then long flows without a hit", talk(2_000_000, 20_000), [true, true, false, false], "long_flow"),
        ("last new flows", talk(20_000, 10_000), [true, true, true, false], "new_flow"),
    ];
    for (name, wire, found, reason) in cases {
        for (level, found) in found.into_iter().enumerate() {
            let (events, shed) = under(level, &wire);
            assert_eq!(!events.is_empty(), found, "{name}, level {level}");
            assert_eq!(shed.is_empty(), found, "{name}, level {level}: {shed:?}");
            assert!(found || shed.iter().any(|shed| shed == reason), "{name}, level {level}: {shed:?}");
            assert!(events.iter().all(|event| event.incomplete == (level > 0)), "{name}: an alert under pressure says so");
        }
    }
}

#[test]
fn inspection_finds_its_way_back() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, (1, 40_000), (2, 80));
    talk.client(&mut wire, b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    talk.server(&mut wire, b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n");
    for _ in 0..200 {
        talk.server(&mut wire, &[b'x'; 1000]);
    }
    talk.client(&mut wire, b"GET /second?ATTACK HTTP/1.1\r\nHost: a\r\n\r\n");
    talk.close(&mut wire);
    let rule = r#"alert http any any -> any any (msg:"uri"; http_uri; content:"ATTACK"; sid:1;)"#;
    let mut engine = Engine::new(rules(rule), ChecksumPolicy::Verify);
    engine.feel(LEVELS[1]);
    support::play(&mut engine, &wire);
    engine.feel(0);
    engine.finish();
    assert!(engine.counters().account.shed().packets > 100);
    let events = engine.events();
    assert_eq!(events.len(), 1, "after a body that was shed the next request is parsed");
    assert!(events[0].incomplete);
}

#[test]
fn alerts_say_so_after_drops_and_not_for_ever() {
    let mut wire = Wire::default();
    wire.udp((1, 5), (2, 6), b"ATTACK").wait(60).udp((1, 5), (2, 6), b"ATTACK");
    let mut engine = Engine::new(rules(&ATTACK.replace("tcp", "udp")), ChecksumPolicy::Verify);
    engine.dropped(support::START);
    support::play(&mut engine, &wire);
    let told: Vec<bool> = engine.events().iter().map(|event| event.incomplete).collect();
    assert_eq!(told, [true, false]);
}

#[test]
fn memory_given_back_is_counted_and_the_rest_goes_on() {
    let mut wire = Wire::default();
    let mut talks: Vec<Talk> = (0..6000).map(|port| Talk::open(&mut wire, (1, 10_000 + port), SERVER)).collect();
    let mut engine = Engine::new(rules(ATTACK), ChecksumPolicy::Verify).within(Budget::new(64 << 20));
    support::play(&mut engine, &wire);
    let before = engine.counters().open_flows;
    engine.relieve();
    let counters = engine.counters();
    assert!(counters.open_flows < before && counters.caps["process_memory_exceeded"] == before - counters.open_flows);
    let mut rest = Wire::default();
    rest.wait(30);
    talks.last_mut().unwrap().client(&mut rest, b"ATTACK");
    support::play(&mut engine, &rest);
    engine.finish();
    assert_eq!(engine.events().len(), 1, "the flow used last is still there");
}

/// Events by what an alert shows, from so many workers.
fn by_workers(text: &str, settings: &Settings, wire: &Wire, of: usize) -> BTreeMap<String, usize> {
    let set = rules(text);
    let worker = |number| {
        let engine = Engine::with(set.clone(), settings).unwrap();
        engine.keeping(RecentLimits::default()).as_worker(number, of)
    };
    let mut engines: Vec<Engine> = (0..of).map(worker).collect();
    for (number, (time, ifindex, data)) in (1..).zip(&wire.frames) {
        engines[lane(LinkType::ETHERNET, data, of)].process_as(number, &frame(*time, *ifindex, data));
    }
    engines.iter_mut().for_each(Engine::finish);
    let mut events: Vec<Event> = engines.iter_mut().flat_map(Engine::events).collect();
    if of > 1 {
        let numbers: std::collections::HashSet<u64> = events.iter().map(|event| event.event_number).collect();
        assert_eq!(numbers.len(), events.len(), "events of several workers are apart");
        events = Gather::with(settings).unwrap().turn(events);
    }
    let mut shown = BTreeMap::new();
    for event in events {
        let line = format!("{} {} {}:{:?} {}:{:?}", event.time, event.sid, event.src_ip, event.src_port, event.dst_ip, event.dst_port);
        *shown.entry(line).or_default() += 1;
    }
    shown
}

/// Flows of many hosts with two servers, each of which a rule finds something in.
fn many_hosts() -> Wire {
    let mut wire = Wire::default();
    for host in 10..60 {
        wire.udp((host, 5000), (2, 7), b"knock");
        let mut talk = Talk::open(&mut wire, (host, 40_000), (3, 21));
        talk.server(&mut wire, b"220 FTP ready\r\n").client(&mut wire, b"PASV\r\n");
        talk.server(&mut wire, b"227 Entering Passive Mode (10,0,0,3,200,10)\r\n");
        let mut data = Talk::open(&mut wire, (host, 40_001), (3, 200 * 256 + 10));
        data.server(&mut wire, b"a file with an ATTACK in it");
        data.close(&mut wire);
        let mut raw = Talk::open(&mut wire, (host, 41_000), SERVER);
        for _ in 0..40 {
            raw.client(&mut wire, b"more of the same, and an ATT").client(&mut wire, b"ACK across");
        }
        let datagram = Wire::udp_datagram((host, 6000), (2, 7), &[&[b'.'; 24][..], b"in fragments: ATTACK"].concat());
        wire.ip(host, 2, 17, 0x2000, &datagram[..40]).ip(host, 2, 17, 5, &datagram[40..]);
    }
    wire
}

const MANY: [&str; 5] = [
    ATTACK,
    r#"alert udp any any -> any 7 (msg:"fragments"; content:"in fragments: ATTACK"; sid:2;)"#,
    r#"alert udp any any -> any 7 (msg:"many knock"; content:"knock"; detection_filter:track by_dst, count 20, seconds 60; sid:3;)"#,
    r#"alert tcp any any -> any any (msg:"file"; file_data; content:"ATTACK"; service:ftp-data; sid:4;)"#,
    r#"alert tcp any any -> any 9999 (msg:"rate"; content:"ACK across"; detection_filter:track by_dst, count 30, seconds 60; sid:5;)"#,
];

fn settings(json: &str) -> Settings {
    Settings::read(json.as_bytes(), Mode::Complete).unwrap()
}

#[test]
fn any_number_of_workers_raises_the_same() {
    let (text, wire, settings) = (MANY.join("\n"), many_hosts(), settings("{}"));
    let one = by_workers(&text, &settings, &wire, 1);
    let of = |sid: &str| one.keys().filter(|line| line.split(' ').nth(1) == Some(sid)).count();
    assert_eq!(["1", "2", "3", "4", "5"].map(|sid| of(sid) > 0), [true; 5], "each rule finds something");
    for workers in [2, 3, 7] {
        assert_eq!(by_workers(&text, &settings, &wire, workers), one, "{workers} workers");
    }
}

#[test]
fn filters_and_queues_hold_over_all_workers() {
    let passes = r#"pass tcp any any -> any 9999 (msg:"passed"; content:"ACK across"; detection_filter:track by_dst, count 1000, seconds 60; sid:9;)"#;
    let twice = r#"alert udp any any -> any 7 (msg:"twice"; content:"knock"; sid:8;)"#;
    let cases = [
        (
            "the first of a window",
            r#"{"event_filter": [{"sid": 0, "gid": 0, "type": "limit", "track": "by_dst", "count": 7, "seconds": 60}]}"#,
        ),
        ("every so many", r#"{"event_filter": [{"sid": 1, "type": "threshold", "track": "by_dst", "count": 3, "seconds": 60}]}"#),
        (
            "an action that changes",
            r#"{"rate_filter": [{"sid": 8, "track": "by_rule", "count": 5, "seconds": 60, "new_action": "pass", "timeout": 9}]}"#,
        ),
        ("never shown", r#"{"suppress": [{"sid": 2, "track": "by_src", "ip": "10.0.0.12"}]}"#),
        ("one event a packet", r#"{"event_queue": {"log": 1}}"#),
        ("one match a packet", r#"{"search_engine": {"max_queue_events": 1}}"#),
        ("the first action alone", r#"{"event_queue": {"process_all_events": false}}"#),
    ];
    let (text, wire) = ([&MANY[..], &[passes, twice]].concat().join("\n"), many_hosts());
    let all = by_workers(&text, &settings("{}"), &wire, 1);
    for (name, given) in cases {
        let settings = settings(given);
        let one = by_workers(&text, &settings, &wire, 1);
        assert!(!one.is_empty() && (one != all || name.starts_with("the first action")), "{name}: does something");
        for workers in [2, 3, 7] {
            assert_eq!(by_workers(&text, &settings, &wire, workers), one, "{name}: {workers} workers");
        }
    }
}

//! What must not end a run: a fault of ours on one flow, caps that are hit, rules that change.
#![allow(clippy::panic)]

mod support;

use std::sync::Arc;

use detect::cursor::Cursor;
use detect::header::{Addresses, FlowSpec, Header, Ports, Protocol, Services};
use detect::rule::Stage;
use detect::step::{Evaluation, Step};
use detect::{About, Rule, RuleId, RuleSet};
use engine::{ChecksumPolicy, Engine, EventQueue};
use inspect::BufferId;
use support::{SECOND, START, Talk, Wire, frame, inspect, play, rules, short};

/// Matches every payload, and panics on one that holds `boom`.
#[derive(Debug)]
struct Fragile;

impl Step for Fragile {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _: &mut Cursor<'a>) -> bool {
        let payload = on.subject.inspection.buffers.get(BufferId::RawData);
        assert!(!payload.windows(4).any(|window| window == b"boom"), "on purpose");
        !payload.is_empty()
    }
}

fn fragile() -> Arc<RuleSet> {
    let header = Header {
        protocol: Protocol::Ip,
        src: Addresses::default(),
        src_ports: Ports::Any,
        dst: Addresses::default(),
        dst_ports: Ports::Any,
        both_ways: false,
        services: Services::default(),
        ports_always: false,
    };
    let rule = Rule {
        id: RuleId { gid: 1, sid: 1, rev: 1 },
        action: detect::Action::Alert,
        about: About::default(),
        header,
        flow: FlowSpec::default(),
        steps: vec![Box::new(Fragile)],
        step_texts: vec![],
        fast_pattern: None,
        flags: None,
        ip_proto: None,
        stage: Stage::Unsaid,
        setters: vec![],
        no_alert: false,
        checks_flowbits: false,
        needs_flowbits: false,
        rate: None,
    };
    Arc::new(RuleSet::new(vec![rule], Default::default(), true, Default::default()))
}

#[test]
fn a_panic_ends_the_inspection_of_one_flow_and_is_counted() {
    let mut wire = Wire::default();
    let mut broken = Talk::open(&mut wire, (1, 40_000), (2, 7777));
    let mut sound = Talk::open(&mut wire, (1, 40_001), (2, 7777));
    broken.client(&mut wire, b"\x01 boom").client(&mut wire, b"after it");
    sound.client(&mut wire, b"\x01 fine");
    wire.udp((1, 5), (2, 5), b"boom").udp((1, 5), (2, 5), b"after it").udp((1, 6), (2, 5), b"fine");
    wire.ip(1, 2, 88, 0, b"boom").ip(1, 2, 88, 0, b"fine");
    broken.close(&mut wire);
    let mut engine = Engine::new(fragile(), ChecksumPolicy::Verify);
    play(&mut engine, &wire);
    engine.finish();
    let events = engine.events();
    let raw: Vec<_> = short(&events).into_iter().filter(|(_, _, generator)| *generator == "raw").map(|(number, ..)| number).collect();
    assert_eq!(raw, [11, 15, 17], "the second flow, the second UDP flow, and the packet without flow");
    assert_eq!(engine.counters().faults, 3);
    assert_eq!(engine.counters().packets, 20);
}

#[test]
fn bad_checksums_count_as_the_policy_says() {
    let mut wire = Wire::default();
    wire.udp((1, 1000), (2, 161), b"public");
    let rules = rules(r#"alert udp any any -> any 161 (content:"publiC"; sid:1;)"#);
    let mut data = wire.frames[0].2.clone();
    if let Some(byte) = data.last_mut() {
        *byte ^= 0x20; // "publiC" with the checksum of "public"
    }
    let rows = [
        (ChecksumPolicy::Verify, true, 0),
        (ChecksumPolicy::Verify, false, 0),
        (ChecksumPolicy::Ignore, true, 1),
        (ChecksumPolicy::Auto, true, 0),
        (ChecksumPolicy::Auto, false, 1),
    ];
    for (policy, checksums_ready, alerts) in rows {
        let mut engine = Engine::new(rules.clone(), policy);
        engine.process(&capture::Frame { checksums_ready, ..frame(START, 0, &data) });
        assert_eq!(engine.events().len(), alerts, "{policy:?}, filled in: {checksums_ready}");
        let reasons = engine.counters().not_inspected;
        assert_eq!(reasons.get("bad UDP checksum").copied().unwrap_or(0), 1 - alerts as u64, "{reasons:?}");
    }
}

#[test]
fn what_cannot_be_inspected_is_counted_by_its_reason() {
    let rules = rules("alert ip any any -> any any (sid:1;)");
    let mut engine = Engine::new(rules, ChecksumPolicy::Ignore);
    let arp = [&[0xff; 12][..], &[8, 6], &[0; 28]].concat();
    let cut = [&[2; 12][..], &[8, 0], &[0x45, 0, 0]].concat();
    for data in [&b""[..], &arp, &arp, &cut] {
        engine.process(&frame(START, 0, data));
    }
    let counters = engine.counters();
    assert_eq!((counters.packets, counters.not_inspected.values().sum::<u64>(), engine.events().len()), (4, 4, 0));
    assert_eq!(counters.not_inspected["no IP"], 2);
}

#[test]
fn rules_can_be_changed_in_the_middle_of_a_flow() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, (1, 40_000), (2, 8080));
    talk.push(&mut wire, b"GET /at");
    let before = wire.frames.len();
    talk.client(&mut wire, b"tack HTTP/1.1\r\n\r\n");
    talk.close(&mut wire);
    let old = rules(r#"alert tcp any any -> any any (content:"GET"; flowbits:set,b; sid:7;)"#);
    let new = rules(concat!(
        "alert tcp any any -> any any (flowbits:isset,b; sid:3;)\n",
        "alert tcp any any -> any 1 (http_uri; content:\"/attack\"; service:http; sid:9;)\n",
    ));
    let mut engine = Engine::new(old, ChecksumPolicy::Verify);
    for (at, (time, ifindex, data)) in wire.frames.iter().enumerate() {
        if at == before {
            engine.reload(new.clone());
        }
        engine.process(&frame(*time, *ifindex, data));
    }
    assert_eq!(short(&engine.events()), [(4, 7, "raw"), (6, 9, "stream_tcp")], "the flow goes on; bits of the old rules mean nothing");
    let counters = engine.counters();
    assert_eq!((counters.flows, counters.events), (1, 2));
    assert!(counters.work["units"] > 6, "counters go on over a reload: {:?}", counters.work);
}

#[test]
fn an_alert_of_old_rules_does_not_silence_one_of_the_new() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, (1, 40_000), (2, 7777));
    talk.push(&mut wire, b"\x01\x02 needle");
    let before = wire.frames.len();
    talk.client(&mut wire, b"more");
    talk.close(&mut wire);
    let mut engine = Engine::new(rules(r#"alert tcp any any -> any any (content:"needle"; sid:1;)"#), ChecksumPolicy::Verify);
    for (at, (time, ifindex, data)) in wire.frames.iter().enumerate() {
        if at == before {
            engine.reload(rules(r#"alert tcp any any -> any any (content:"dlemore"; sid:2;)"#));
        }
        engine.process(&frame(*time, *ifindex, data));
    }
    engine.finish();
    let sids: Vec<u32> = engine.events().iter().map(|event| event.sid).collect();
    assert_eq!(sids, [1, 2], "both are the first rule of their sets");
}

#[test]
fn a_flow_that_another_packet_ended_keeps_to_itself() {
    let mut wire = Wire::default();
    wire.ifindex = 11;
    let mut quiet = Talk::open(&mut wire, (1, 40_000), (2, 7777));
    quiet.client(&mut wire, b"\x01\x02 nee").client(&mut wire, b"dle");
    wire.ifindex = 22;
    wire.wait(3600).udp((8, 1000), (9, 1000), b"a stranger's secret");
    let events = inspect(r#"alert tcp any any -> any any (content:"needle"; sid:1;)"#, &wire);
    assert_eq!(short(&events), [(8, 1, "stream_tcp")]);
    assert_eq!((events[0].ifindex, events[0].packet.len()), (Some(11), 0), "neither the stranger's packet nor its interface");
}

#[test]
fn replay_gives_the_same_events_every_time() {
    let mut wire = Wire::default();
    for port in 0..40 {
        let mut talk = Talk::open(&mut wire, (1, 40_000 + port), (2, 7000 + port % 7));
        talk.client(&mut wire, b"GET /attack HTTP/1.1\r\nHost: a\r\n\r\n").server(&mut wire, b"HTTP/1.1 200 OK\r\n\r\nneedle");
        let mut other = Talk::open(&mut wire, (1, 50_000 + port), (2, 7777));
        other.client(&mut wire, b"\x01\x02 nee").client(&mut wire, b"dle").client(&mut wire, &[port as u8; 400]);
        wire.udp((1, 1000 + port), (2, 161), b"needle").wait(i64::from(port));
    }
    let text = concat!(
        "alert tcp any any -> any any (content:\"needle\"; sid:1;)\n",
        "alert udp any any -> any any (content:\"needle\"; detection_filter:track by_src,count 3,seconds 20; sid:2;)\n",
        "alert tcp any any -> any any (http_uri; content:\"/attack\"; service:http; flowbits:set,a; sid:3;)\n",
        "alert tcp any any -> any any (file_data; content:\"needle\"; flowbits:isset,a; service:http; sid:4;)\n",
    );
    let lines = |()| {
        let mut out = Vec::new();
        inspect(text, &wire).iter().for_each(|event| event.write_line(&mut out));
        out
    };
    let first = lines(());
    assert!(first.len() > 100_000);
    for _ in 0..3 {
        assert!(lines(()) == first, "the same bytes, the same events");
    }
}

/// (name of the cap, rule, frames)
fn hits(name: &str, text: &str, wire: &Wire) {
    let mut engine = Engine::new(rules(text), ChecksumPolicy::Ignore);
    play(&mut engine, wire);
    engine.finish();
    let counters = engine.counters();
    assert!(counters.caps.get(name).is_some_and(|&count| count > 0), "`{name}` is not among {:?}", counters.caps);
    assert_eq!(counters.packets, wire.frames.len() as u64);
}

#[test]
fn caps_have_a_name_and_a_count() {
    let datagrams = |count: usize, payload: &[u8]| {
        let mut wire = Wire::default();
        wire.udp((1, 1000), (2, 161), payload);
        wire.frames = vec![wire.frames[0].clone(); count];
        wire
    };
    hits("event queue", "alert udp any any -> any any (sid:1;)", &datagrams(EventQueue::CAP + 1, b"x"));
    let large = datagrams(EventQueue::BYTES / 60_000, &[b'x'; 60_000]);
    hits("event queue", "alert udp any any -> any any (sid:1;)", &large);
    let many: String = (1..=1025).map(|sid| format!("alert udp any any -> any any (content:\"x\"; sid:{sid};)\n")).collect();
    hits("search_engine.max_queue_events", &many, &datagrams(1, b"x"));
    let greedy =
        r#"alert udp any any -> any any (content:"A"; content:"A",within 9000; content:"A",within 9000; content:"B",within 9000; sid:1;)"#;
    hits("steps of one rule", greedy, &datagrams(1, &[b'A'; 20_000]));
}

#[test]
fn addresses_of_a_rate_have_a_cap_and_flows_of_a_table_too() {
    let mut wire = Wire::default();
    wire.udp((1, 1000), (2, 161), b"x");
    let rule = "alert udp any any -> any any (detection_filter:track by_src,count 1,seconds 600; sid:1;)";
    let mut engine = Engine::new(rules(rule), ChecksumPolicy::Ignore);
    for host in 0..=(detect::state::Rates::CAP as u32) {
        let mut data = wire.frames[0].2.clone();
        data[27..30].copy_from_slice(&host.to_be_bytes()[1..]);
        engine.process(&frame(START, 0, &data));
    }
    assert_eq!(engine.counters().caps.get("rates tracked"), Some(&1));
    engine.process(&frame(START + 700 * SECOND, 0, &wire.frames[0].2));
    engine.process(&frame(START + 700 * SECOND, 0, &wire.frames[0].2));
    assert_eq!(engine.events().len(), 1, "addresses that were quiet make room");
}

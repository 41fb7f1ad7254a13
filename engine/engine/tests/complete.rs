//! What `complete` inspects and `exact` leaves out, a conversation each.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use engine::{Engine, Mode, Settings};
use support::{Talk, Wire, play, rules};
use wire::tcp_flags::{ACK, PSH, SYN};

const CLIENT: (u8, u16) = (1, 40_000);
const SERVER: (u8, u16) = (2, 8080);

/// Signatures of all events, in order.
fn found(text: &str, mode: Mode, wire: &Wire) -> Vec<u32> {
    let mut engine = Engine::with(rules(text), &Settings::of(mode)).unwrap();
    play(&mut engine, wire);
    engine.finish();
    assert_eq!(engine.counters().faults, 0);
    engine.events().iter().map(|event| event.sid).collect()
}

/// Events in `exact` and in `complete`.
fn both(text: &str, wire: &Wire) -> [Vec<u32>; 2] {
    [Mode::Exact, Mode::Complete].map(|mode| found(text, mode, wire))
}

const URI: &str = r#"alert http any any -> any any (msg:"x"; http_uri; content:"/needle"; sid:1;)"#;

#[test]
fn a_request_that_is_never_acknowledged() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.push(&mut wire, b"GET /%6eeedle HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(both(URI, &wire), [vec![], vec![1]]);
}

#[test]
fn what_was_acknowledged_is_looked_at_in_both_at_the_end_of_the_capture() {
    let rule = r#"alert tcp any any -> any 8080 (msg:"x"; content:"needle"; sid:1;)"#;
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.push(&mut wire, b"\x01\x02 nee").push(&mut wire, b"dle");
    assert_eq!(both(rule, &wire), [vec![], vec![1]]);
    talk.client(&mut wire, b"");
    assert_eq!(both(rule, &wire), [vec![1], vec![1]]);
}

#[test]
fn a_request_whose_peer_is_never_seen() {
    let mut wire = Wire::default();
    wire.segment(CLIENT, SERVER, SYN, 999, 0, b"");
    wire.segment(CLIENT, SERVER, ACK, 1000, 5000, b"");
    wire.segment(CLIENT, SERVER, ACK | PSH, 1000, 5000, b"GET /%6eee").segment(
        CLIENT,
        SERVER,
        ACK | PSH,
        1010,
        5000,
        b"dle HTTP/1.1\r\n\r\n",
    );
    assert_eq!(both(URI, &wire), [vec![], vec![1]]);
}

#[test]
fn the_first_packet_of_a_flow_picked_up_in_midstream() {
    let rule = r#"alert tcp any any -> any 8080 (msg:"x"; flow:established,no_stream; content:"needle"; sid:1;)"#;
    let mut wire = Wire::default();
    wire.segment(CLIENT, SERVER, ACK | PSH, 1000, 5000, b"needle");
    assert_eq!(both(rule, &wire), [vec![], vec![1]]);
    wire.segment(SERVER, CLIENT, ACK, 5000, 1006, b"").segment(CLIENT, SERVER, ACK | PSH, 1006, 5000, b"needle");
    assert_eq!(both(rule, &wire), [vec![1], vec![1, 1]]);
}

#[test]
fn bytes_behind_a_hole_that_nobody_filled() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.client(&mut wire, b"hello ");
    wire.segment(CLIENT, SERVER, ACK | PSH, 1007 + 10, 5001, b"nee").segment(CLIENT, SERVER, ACK | PSH, 1007 + 13, 5001, b"dle");
    let rule = r#"alert tcp any any -> any any (msg:"x"; content:"needle"; sid:1;)"#;
    assert_eq!(both(rule, &wire), [vec![], vec![1]]);
}

#[test]
fn more_matches_than_the_queues_of_snort_hold() {
    let text: String = (1..=9).map(|sid| format!("alert udp any any -> any any (msg:\"x\"; content:\"n{sid}\"; sid:{sid};)\n")).collect();
    let mut wire = Wire::default();
    wire.udp((1, 5000), (2, 5001), b"n1 n2 n3 n4 n5 n6 n7 n8 n9");
    // The first five in the order of the file, of these the three with the highest numbers.
    assert_eq!(both(&text, &wire), [vec![5, 4, 3], vec![9, 8, 7, 6, 5, 4, 3, 2, 1]]);
}

#[test]
fn a_frame_over_the_snap_length() {
    let mut wire = Wire::default();
    wire.udp((1, 5000), (2, 5001), &[&[b'.'; 1600][..], b"needle"].concat());
    let rule = r#"alert udp any any -> any any (msg:"x"; content:"needle"; sid:1;)"#;
    assert_eq!(both(rule, &wire), [vec![], vec![1]]);
    let mut engine = Engine::with(rules(rule), &Settings::of(Mode::Exact)).unwrap();
    play(&mut engine, &wire);
    assert_eq!(engine.counters().not_inspected["frame over the snap length (daq.snaplen)"], 1);
}

/// Where a segment begins, counted from the stream's first byte, and what it says.
type Segment = (u32, &'static str);

/// A request in segments (sequence number from its first byte, text), all of them acknowledged at the end.
fn overlapping(segments: &[Segment], len: u32) -> Wire {
    let mut wire = Wire::default();
    Talk::open(&mut wire, CLIENT, SERVER);
    for (at, text) in segments {
        wire.segment(CLIENT, SERVER, ACK | PSH, 1001 + at, 5001, text.as_bytes());
    }
    wire.segment(SERVER, CLIENT, ACK, 5001, 1001 + len, b"");
    wire
}

#[test]
fn segments_that_contradict_each_other_as_every_receiver_reads_them() {
    let text = "GET /..... HTTP/1.1\r\nHost: a\r\n\r\n";
    let rule = |word: &str| format!("alert http any any -> any any (msg:\"x\"; http_uri; content:\"/{word}\"; sid:1;)");
    let tail = &text[10..];
    let cases: [(&str, &str, Vec<Segment>, usize); 5] = [
        ("the first of two, over each other", "first", vec![(0, "GET /"), (5, "first"), (5, "later"), (10, tail)], 1),
        ("the last of two, over each other", "later", vec![(0, "GET /"), (5, "first"), (5, "later"), (10, tail)], 0),
        ("held, the longer one", "later", vec![(5, "first"), (5, "later H"), (0, "GET /"), (10, tail)], 0),
        ("held, the one that begins before", "later", vec![(5, "first"), (4, "/later"), (0, "GET /"), (10, tail)], 1),
        ("held, the first", "first", vec![(5, "first"), (4, "/later"), (0, "GET /"), (10, tail)], 0),
    ];
    for (name, word, segments, exact) in cases {
        let wire = overlapping(&segments, text.len() as u32);
        let [by_snort, by_all] = both(&rule(word), &wire).map(|found| found.len());
        assert_eq!((by_snort, by_all), (exact, 1), "{name}: {word}");
    }
}

#[test]
fn a_rule_is_told_once_however_many_readings_it_matches_in() {
    let segments = [(0, "GET /needle"), (6, "eedlf"), (5, "needle"), (11, " HTTP/1.1\r\nHost: a\r\n\r\n")];
    assert_eq!(both(URI, &overlapping(&segments, 33))[1], vec![1]);
}

#[test]
fn what_is_found_of_a_flow_does_not_depend_on_others() {
    let rule = r#"alert tcp any any -> any any (msg:"x"; flow:only_stream; content:"needle"; sid:1;)"#;
    // Two segments of 100 octets: a flush point below 200 parts what follows from them, one above does not.
    let talk = |wire: &mut Wire, port: u16| {
        let mut talk = Talk::open(wire, (1, port), (2, 7777));
        talk.client(wire, &[b'\x01'; 100]).client(wire, &[&[b'.'; 97][..], b"nee"].concat()).client(wire, b"dle");
        talk.close(wire);
    };
    let alone = |others: u16| {
        let mut wire = Wire::default();
        (0..others).for_each(|other| talk(&mut wire, 50_000 + other));
        talk(&mut wire, 40_000);
        let mut engine = Engine::with(rules(rule), &Settings::of(Mode::Complete)).unwrap();
        play(&mut engine, &wire);
        engine.finish();
        engine.events().iter().filter(|event| event.src_port == Some(40_000)).map(|event| event.payload.len()).collect::<Vec<_>>()
    };
    for others in 1..4 {
        assert_eq!(alone(others), alone(0), "beside {others}");
    }
}

#[test]
fn an_action_counts_by_alerts_order() {
    let text = r#"
        pass udp any any -> any any (msg:"p"; content:"pass"; sid:1;)
        alert udp any any -> any any (msg:"a"; content:"needle"; sid:2;)
        drop udp any any -> any any (msg:"d"; content:"needle"; sid:3;)
        log udp any any -> any any (msg:"l"; content:"only"; sid:4;)"#;
    let cases: [(&[u8], [Vec<u32>; 2]); 4] = [
        (b"needle", [vec![3], vec![3, 2]]),
        (b"needle pass", [vec![], vec![]]),
        (b"only", [vec![], vec![]]),
        (b"nothing", [vec![], vec![]]),
    ];
    for (payload, want) in cases {
        let mut wire = Wire::default();
        wire.udp((1, 5000), (2, 5001), payload);
        assert_eq!(both(text, &wire), want, "{}", String::from_utf8_lossy(payload));
    }
}

#[test]
fn event_queues_and_their_order_are_as_they_are_set() {
    let text = r#"
        alert udp any any -> any any (msg:"a"; content:"needle"; priority:3; sid:1;)
        alert udp any any -> any any (msg:"b"; content:"nee"; priority:1; sid:2;)
        pass udp any any -> any any (msg:"c"; content:"need"; sid:3;)"#;
    let cases: [(&str, Vec<u32>); 4] = [
        (r#"{"alerts": {"order": "alert pass"}}"#, vec![1, 2]),
        (r#"{"alerts": {"order": "alert pass"}, "event_queue": {"order_events": "priority"}}"#, vec![2, 1]),
        (r#"{"alerts": {"order": "alert pass"}, "event_queue": {"log": 1}}"#, vec![1]),
        (r#"{"rate_filter": [{"sid": 3, "track": "by_rule", "count": 0, "seconds": 1, "new_action": "alert", "timeout": 1}]}"#, vec![3]),
    ];
    let mut wire = Wire::default();
    wire.udp((1, 5000), (2, 5001), b"needle");
    for (settings, want) in cases {
        let settings = Settings::read(settings.as_bytes(), Mode::Exact).unwrap();
        let mut engine = Engine::with(rules(text), &settings).unwrap();
        play(&mut engine, &wire);
        assert_eq!(engine.events().iter().map(|event| event.sid).collect::<Vec<_>>(), want, "{settings:?}");
    }
}

#[test]
fn settings_are_taken_over_while_flows_go_on() {
    let rule = r#"alert tcp any any -> any any (msg:"x"; content:"needle"; sid:1;)"#;
    let mut engine = Engine::with(rules(rule), &Settings::of(Mode::Complete)).unwrap();
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.push(&mut wire, b"a needle");
    play(&mut engine, &wire);
    assert_eq!(engine.events().len(), 1);
    engine.set(&Settings::read(br#"{"suppress": [{"sid": 1}]}"#, Mode::Complete).unwrap()).unwrap();
    let mut more = Wire::default();
    talk.push(&mut more, b"a needle");
    play(&mut engine, &more);
    assert_eq!(engine.events().len(), 0);
    assert_eq!((engine.counters().flows, engine.counters().work["events filtered"]), (1, 1));
}

#[test]
fn a_body_is_looked_at_as_deep_as_it_is_set() {
    let rule = r#"alert http any any -> any any (msg:"x"; file_data; content:"needle"; sid:1;)"#;
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    let body = [&[b'.'; 20_000][..], b"needle"].concat();
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
    talk.client(&mut wire, head.as_bytes());
    body.chunks(1000).for_each(|piece| {
        talk.client(&mut wire, piece);
    });
    for (depth, want) in [(-1, 1), (20_006, 1), (20_005, 0), (100, 0), (0, 0)] {
        let settings = format!(r#"{{"http_inspect": {{"request_depth": {depth}}}}}"#);
        let mut engine = Engine::with(rules(rule), &Settings::read(settings.as_bytes(), Mode::Exact).unwrap()).unwrap();
        play(&mut engine, &wire);
        engine.finish();
        assert_eq!(engine.events().len(), want, "{depth}");
    }
}

#[test]
fn what_lies_across_two_pieces_of_a_body_is_told_once() {
    let rule = r#"alert http any any -> any any (msg:"x"; file_data; content:"needle"; sid:1;)"#;
    for at in [100, 16_370, 16_379, 16_381, 16_384, 16_600, 32_766] {
        let mut wire = Wire::default();
        let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
        let mut body = vec![b'.'; 40_000];
        body[at..at + 6].copy_from_slice(b"needle");
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
        talk.client(&mut wire, head.as_bytes());
        body.chunks(1000).for_each(|piece| {
            talk.client(&mut wire, piece);
        });
        assert_eq!(found(rule, Mode::Complete, &wire), vec![1], "{at}");
    }
}

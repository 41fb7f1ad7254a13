//! Traces and profiles: what they say of rules, and that nobody who looks on changes what is found.
#![allow(clippy::unwrap_used, reason = "a case that does not load is a mistake in the test")]

mod support;

use engine::{ChecksumPolicy, Engine};
use serde_json::Value;
use support::{Talk, Wire, play, rules, short};

const REQUEST: &[u8] = b"GET /shop?id=7 HTTP/1.1\r\nHost: shop\r\nX-Two: abab\r\n\r\n";

/// One HTTP request and a datagram.
fn wire() -> Wire {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, (1, 40_000), (2, 80));
    talk.client(&mut wire, REQUEST);
    talk.server(&mut wire, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    talk.close(&mut wire);
    wire.udp((1, 40_000), (2, 9), b"hello");
    wire
}

/// The trials and the sum of sid 1 of `text`.
fn trace(text: &str, most: u64) -> (Vec<Value>, Value) {
    let mut engine = Engine::new(rules(text), ChecksumPolicy::Verify).tracing(vec![(1, 1)], most);
    play(&mut engine, &wire());
    engine.finish();
    let lines = engine.trials();
    let trials = std::str::from_utf8(&lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (trials, engine.looked_on()["rules"][0].clone())
}

fn names(sum: &Value, list: &str, name: &str) -> Vec<String> {
    sum[list].as_array().unwrap().iter().map(|each| each[name].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_match_is_told_option_by_option() {
    let rule =
        r#"alert http ( msg:"x"; flow:to_server,established; http_uri; content:"/shop",fast_pattern; content:"id=",distance 1; sid:1; )"#;
    let (trials, sum) = trace(rule, 10);
    assert_eq!(trials.len(), 1);
    let trial = &trials[0];
    assert_eq!((trial["outcome"].as_str(), trial["raised"].as_bool()), (Some("matched"), Some(true)));
    assert_eq!(
        (trial["unit"].as_str(), trial["service"].as_str(), trial["section"].as_str()),
        (Some("stream_tcp"), Some("http"), Some("headers"))
    );
    assert_eq!(trial["fast_pattern"]["at"], 0);
    let steps: Vec<_> =
        trial["steps"].as_array().unwrap().iter().map(|step| (step["keyword"].as_str().unwrap(), step["holds"] == true)).collect();
    assert_eq!(steps, [("flow", true), ("http_uri", true), ("content", true), ("content", true)]);
    let last = &trial["steps"][3];
    assert_eq!((&last["before"]["at"], &last["after"]["at"], &last["found"]), (&5.into(), &9.into(), &serde_json::json!([6, 3])));
    assert_eq!(trial["steps"][0]["note"], "from the client, established, a reassembled PDU");
    assert_eq!(sum["raised"], 1);
}

#[test]
fn a_failure_names_the_furthest_option_and_what_it_saw() {
    let rule = r#"alert http ( msg:"x"; http_header; content:"ab"; content:"zz",distance 0,within 2; sid:1; )"#;
    let (trials, sum) = trace(rule, 10);
    let steps = trials[0]["steps"].as_array().unwrap();
    assert_eq!(trials[0]["outcome"], "failed");
    assert!(steps.len() > 3, "the second place of the first content is tried too: {steps:?}");
    assert_eq!((&sum["ended"][0]["option"], &sum["ended"][0]["count"]), (&3.into(), &1.into()));
    assert_eq!(sum["ended"][0]["text"].as_str().unwrap(), r#"content:"zz",distance 0,within 2"#);
}

/// (what keeps it from being tried on the request, rule)
const UNTRIED: [(&str, &str); 10] = [
    ("other_direction", r#"alert tcp any any -> any any ( flow:to_client; content:"shop"; sid:1; )"#),
    ("other_service", r#"alert ssl ( content:"shop"; sid:1; )"#),
    ("other_protocol", r#"alert udp any any -> any any ( content:"shop"; sid:1; )"#),
    ("other_ports", r#"alert tcp any any -> any 8080 ( content:"shop"; sid:1; )"#),
    ("other_flags", r"alert tcp any any -> any any ( flags:U; sid:1; )"),
    ("buffer_absent", r#"alert http ( http_client_body; content:"shop"; sid:1; )"#),
    ("other_section", r#"alert http ( http_uri; content:"shop",fast_pattern; file_data; content:"body"; sid:1; )"#),
    ("pattern_absent", r#"alert http ( http_uri; content:"elsewhere"; sid:1; )"#),
    ("pattern_too_far", r#"alert http ( http_uri; content:"shop",depth 4; sid:1; )"#),
    ("no_flowbit", r#"alert http ( http_uri; content:"shop"; flowbits:isset,seen; sid:1; )"#),
];

#[test]
fn what_kept_a_rule_from_being_tried_has_a_name() {
    for (reason, rule) in UNTRIED {
        let (_, sum) = trace(rule, 10);
        assert_eq!(sum["raised"].as_u64().unwrap(), u64::from(reason == "other_service"), "{rule}");
        let reasons = names(&sum, "untried", "reason");
        assert!(reasons.iter().any(|name| name == reason), "{rule}: {reasons:?}");
        let counted = |list: &str| sum[list].as_array().unwrap().iter().map(|each| each["count"].as_u64().unwrap()).sum::<u64>();
        assert_eq!(sum["units"], counted("untried") + counted("ended"), "every unit is accounted for");
    }
}

#[test]
fn trials_beyond_the_limit_are_counted_and_not_told() {
    let (trials, sum) = trace(r"alert ip any any -> any any ( ttl:>3; sid:1; )", 2);
    let ended = sum["ended"].as_array().unwrap();
    let matched = ended.iter().find(|each| each["outcome"] == "matched").unwrap()["count"].as_u64().unwrap();
    let told = trials.iter().filter(|trial| trial["outcome"] == "matched").count();
    assert!(told == 2 && matched > 2, "{told} of {matched}");
}

/// Rules of every kind of search, several of which fire.
const MANY: &str = r#"
alert tcp any any -> any 80 ( msg:"a"; content:"GET"; flowbits:set,seen; sid:1; )
alert http ( msg:"b"; http_uri; content:"/shop"; flowbits:isset,seen; sid:2; )
alert tcp any 80 -> any any ( msg:"c"; flow:to_client; content:"200"; sid:3; )
alert udp any any -> any any ( msg:"d"; content:"hello"; sid:4; )
alert tcp any any -> any any ( msg:"e"; flags:S; sid:5; )
alert http ( msg:"f"; http_header; content:"ab"; pcre:"/zz/R"; sid:6; )
"#;

#[test]
fn nobody_who_looks_on_changes_what_is_found() {
    let found = |watched: fn(Engine) -> Engine| {
        let mut engine = watched(Engine::new(rules(MANY), ChecksumPolicy::Verify));
        play(&mut engine, &wire());
        engine.finish();
        short(&engine.events())
    };
    let alone = found(|engine| engine);
    assert!(alone.len() >= 4, "{alone:?}");
    assert_eq!(alone, found(|engine| engine.tracing((1..7).map(|sid| (1, sid)).collect(), 1)));
    assert_eq!(alone, found(Engine::profiling));
}

#[test]
fn a_profile_counts_trials_and_where_they_end() {
    let mut engine = Engine::new(rules(MANY), ChecksumPolicy::Verify).profiling();
    play(&mut engine, &wire());
    let costs = engine.looked_on();
    let of = |sid: u64| costs["rules"].as_array().unwrap().iter().find(|rule| rule["sid"] == sid).unwrap().clone();
    assert_eq!((&of(5)["candidates"], &of(5)["matches"]), (&1.into(), &1.into()));
    let http = of(6);
    assert_eq!((&http["evaluations"], &http["matches"]), (&1.into(), &0.into()));
    assert!(http["steps"].as_u64().unwrap() >= 3 && http["nanoseconds"].as_u64().is_some());
    assert_eq!(http["failed_at"][0]["option"], 3);
    assert!(costs["units"].as_u64().unwrap() > 5 && costs["search_nanoseconds"].as_u64().unwrap() > 0);
}

//! Rules that are changed while packets come: none goes uninspected, flows keep what they know, what did not change is shared.
#![allow(clippy::unwrap_used, reason = "a rule that does not load is a mistake in the test")]

mod support;

use std::sync::Arc;

use detect::{RuleSet, Variables, load_after};
use engine::{ChecksumPolicy, Engine};
use support::{Talk, Wire, frame, play, rules};

fn after(before: &RuleSet, text: &str) -> Arc<RuleSet> {
    let loaded = load_after(Some(before), &[("test.rules", text.as_bytes())], &Variables::default(), true, Default::default());
    assert!(loaded.refusals.is_empty(), "{:?}", loaded.refusals);
    Arc::new(loaded.rules)
}

fn sids(engine: &mut Engine) -> Vec<u32> {
    engine.events().iter().map(|event| event.sid).collect()
}

const SETS: &str = r#"alert tcp any any -> any any ( content:"login"; flowbits:set,in; sid:1; )"#;

#[test]
fn a_flowbit_outlives_the_rules_that_set_it() {
    let (mut engine, first) = (Engine::new(rules(SETS), ChecksumPolicy::Verify), rules(SETS));
    engine.reload(first.clone());
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, (1, 40_000), (2, 9000));
    talk.client(&mut wire, b"login");
    play(&mut engine, &wire);
    assert!(sids(&mut engine).contains(&1));
    // Other names come first in the new file: numbers given by order would mean another bit.
    let asks = r#"
        alert tcp any any -> any any ( content:"x"; flowbits:isset,other; sid:2; )
        alert tcp any any -> any any ( content:"drop table"; flowbits:isset,in; sid:3; )
        alert tcp any any -> any any ( content:"drop table"; flowbits:isset,never; sid:4; )"#;
    let second = after(&first, "alert udp any any -> any any ( content:\"nothing\"; sid:9; )");
    engine.reload(second.clone());
    engine.reload(after(&second, asks)); // over a set that does not know the name
    let mut more = Wire::default();
    talk.client(&mut more, b"drop table users");
    play(&mut engine, &more);
    let found = sids(&mut engine);
    assert!(!found.is_empty() && found.iter().all(|sid| *sid == 3), "{found:?}");
}

#[test]
fn sets_compiled_at_once_after_the_same_do_not_mean_different_bits_by_a_number() {
    let first = rules(SETS);
    let sets = after(&first, r#"alert tcp any any -> any any ( content:"login"; flowbits:set,one; sid:1; )"#);
    let asks = r#"
        alert tcp any any -> any any ( content:"drop table"; flowbits:isset,another; sid:2; )
        alert tcp any any -> any any ( content:"drop table"; flowbits:isset,one; sid:3; )"#;
    let sibling = after(&first, asks);
    let mut engine = Engine::new(first, ChecksumPolicy::Verify);
    engine.reload(sets);
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, (1, 40_000), (2, 9000));
    talk.client(&mut wire, b"login");
    play(&mut engine, &wire);
    assert!(sids(&mut engine).contains(&1));
    engine.reload(sibling);
    let mut more = Wire::default();
    talk.client(&mut more, b"drop table users");
    play(&mut engine, &more);
    let found = sids(&mut engine);
    assert!(!found.is_empty() && found.iter().all(|sid| *sid == 3), "{found:?}");
}

#[test]
fn every_packet_is_inspected_however_often_the_rules_change() {
    let text = |round: usize| format!(r#"alert udp any any -> any any ( content:"needle"; sid:1; rev:{}; ) {}"#, round + 1, "\n");
    let mut set = rules(&text(0));
    let mut engine = Engine::new(set.clone(), ChecksumPolicy::Verify);
    let mut wire = Wire::default();
    for number in 0..300u16 {
        wire.udp((1, 40_000 + number % 7), (2, 9), b"a needle");
    }
    let mut found = Vec::new();
    for (number, (time, ifindex, data)) in wire.frames.iter().enumerate() {
        if number % 3 == 2 {
            set = after(&set, &text(number));
            engine.reload(set.clone());
        }
        engine.process(&frame(*time, *ifindex, data));
        found.extend(engine.events().iter().map(|event| event.packet_number));
    }
    assert_eq!(found, (1..=300).collect::<Vec<_>>());
}

#[test]
fn what_did_not_change_is_shared_and_what_flows_need_is_ready() {
    let kept = r#"alert tcp any any -> any 80 ( content:"one thing"; sid:1; )
                  alert udp any any -> any any ( content:"another"; sid:2; )"#;
    let first = rules(kept);
    let mut engine = Engine::new(first.clone(), ChecksumPolicy::Verify);
    let mut wire = Wire::default();
    Talk::open(&mut wire, (1, 40_000), (2, 80)).client(&mut wire, b"one thing");
    wire.udp((1, 40_000), (2, 9), b"another");
    play(&mut engine, &wire);
    let (contexts, databases, _) = first.derived();
    assert!(contexts >= 2 && databases >= 2);
    let second = after(&first, &format!("{kept}\nalert icmp any any -> any any ( content:\"new\"; sid:3; )"));
    assert_eq!(second.shared_with(&first), (databases, databases), "nothing that they search for changed");
    let third = after(&first, &kept.replace("another", "something else"));
    let (shared, all) = third.shared_with(&first);
    assert!(shared > 0 && shared < all, "{shared} of {all}");
    engine.reload(second.clone());
    play(&mut engine, &wire);
    assert_eq!(second.derived().1, databases, "flows that go on make nothing new");
}

#[test]
fn what_a_rate_has_counted_stays() {
    let text = r#"alert udp any any -> any any ( content:"knock"; detection_filter:track by_src,count 3,seconds 60; sid:1; )"#;
    let set = rules(text);
    let mut engine = Engine::new(set.clone(), ChecksumPolicy::Verify);
    let mut wire = Wire::default();
    for _ in 0..3 {
        wire.udp((1, 40_000), (2, 9), b"knock");
    }
    play(&mut engine, &wire);
    assert!(engine.events().is_empty());
    engine.reload(after(&set, &format!("alert udp any any -> any any ( content:\"x\"; sid:7; )\n{text}")));
    let mut more = Wire::default();
    more.wait(1).udp((1, 40_000), (2, 9), b"knock");
    play(&mut engine, &more);
    assert_eq!(sids(&mut engine), [1]);
}

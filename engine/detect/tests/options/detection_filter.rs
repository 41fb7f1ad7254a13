//! `detection_filter` (notes 2.11): alerts begin with hit N + 1 of a window.

use crate::support::{Given, load, run};

/// Seconds of the hits -> which of them alert.
fn hits(filter: &str, seconds: &[i64]) -> Vec<bool> {
    let set = load(&format!(r#"alert tcp any any -> any 80 (content:"x"; detection_filter:{filter}; sid:1;)"#), true);
    let units: Vec<Given<'_>> = seconds.iter().map(|s| Given { seconds: 1_700_000_000 + s, ..Given::payload(b"x") }).collect();
    run(&set, &units).iter().map(|sids| !sids.is_empty()).collect()
}

#[test]
fn what_comes_too_often_alerts() {
    let two = "track by_src,count 2,seconds 10";
    assert_eq!(hits(two, &[0, 1, 2, 3]), [false, false, true, true]);
    assert_eq!(hits(two, &[0, 5, 20, 25]), [false, false, false, false], "spread over two windows");
    assert_eq!(hits(two, &[0, 1, 2, 10, 11]), [false, false, true, true, true], "a rate that goes on alerts over the window's end");
    assert_eq!(hits(two, &[0, 1, 2, 30]), [false, false, true, false], "after a pause it starts again");
}

#[test]
fn each_address_has_a_count_of_its_own() {
    let from = |last: u8| Given { client: ([10, 9, 9, last].into(), 1234), ..Given::payload(b"x") };
    let rule = |by| format!(r#"alert tcp any any -> any 80 (content:"x"; detection_filter:track {by},count 1,seconds 60; sid:1;)"#);
    let units = [from(1), from(2), from(1), from(2)];
    assert_eq!(run(&load(&rule("by_src"), true), &units), [vec![], vec![], vec![1], vec![1]]);
    assert_eq!(run(&load(&rule("by_dst"), true), &units), [vec![], vec![1], vec![1], vec![1]]);
}

#[test]
fn flowbits_wait_for_the_rate_too() {
    let set = load(
        concat!(
            r#"alert tcp any any -> any 80 (content:"x"; detection_filter:track by_src,count 1,seconds 60; flowbits:set,b; sid:1;)"#,
            "\n",
            r#"alert tcp any any -> any 80 (content:"y"; flowbits:isset,b; sid:2;)"#
        ),
        true,
    );
    let units = [b"x", b"y", b"x", b"y"].map(|payload| Given::payload(payload));
    assert_eq!(run(&set, &units), [vec![], vec![], vec![1], vec![2]]);
}

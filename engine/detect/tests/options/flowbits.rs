//! `flowbits` (notes 2.3): set after the whole rule matched, seen in place.

use crate::support::{Given, load, run, sids};

#[test]
fn bits_are_set_after_the_match_and_seen_by_rules_that_wait() {
    let rules = [
        r#"content:"ask"; flowbits:isset,b;"#,
        r#"content:"set"; flowbits:set,b; flowbits:noalert;"#,
        r#"content:"ask"; flowbits:isnotset,b;"#,
        r#"content:"drop"; flowbits:unset,b;"#,
    ];
    assert_eq!(sids(&rules, &[b"ask"]), [vec![3]]);
    assert_eq!(sids(&rules, &[b"set", b"ask"]), [vec![], vec![1]]);
    assert_eq!(sids(&rules, &[b"set and ask at once"]), [vec![1]], "setters run first");
    assert_eq!(sids(&rules, &[b"set", b"drop", b"ask"]), [vec![], vec![4], vec![3]]);
}

#[test]
fn a_rule_that_does_not_match_sets_nothing() {
    let rules = [r#"content:"set"; flowbits:set,b; content:"more";"#, r#"content:"ask"; flowbits:isset,b;"#];
    assert_eq!(sids(&rules, &[b"set", b"ask"]), [vec![], vec![]] as [Vec<u32>; 2]);
    assert_eq!(sids(&rules, &[b"set more", b"ask"]), [vec![1], vec![2]]);
}

#[test]
fn lists_mean_any_or_all() {
    let rules = [
        r#"content:"one"; flowbits:set,a;"#,
        r#"content:"both"; flowbits:set,a&b;"#,
        r#"content:"?"; flowbits:isset,a|b;"#,
        r#"content:"?"; flowbits:isset,a&b;"#,
        r#"content:"?"; flowbits: isnotset, a & b;"#,
        r#"content:"?"; flowbits:isset, a | c;"#,
        r#"content:"off"; flowbits:unset,a&b;"#,
    ];
    assert_eq!(sids(&rules, &[b"one", b"?"]), [vec![1], vec![3, 5, 6]]);
    assert_eq!(sids(&rules, &[b"both", b"off", b"?"]), [vec![2], vec![7], vec![5]]);
    assert_eq!(sids(&rules, &[b"both", b"?"]), [vec![2], vec![3, 4, 6]]);
}

#[test]
fn without_a_name_nothing_is_set_and_nothing_is_found() {
    let rules = [r#"content:"x"; flowbits:isset;"#, r#"content:"x"; flowbits:set;"#];
    assert_eq!(sids(&rules, &[b"x"]), [vec![2]]);
}

#[test]
fn without_a_flow_every_use_of_a_bit_fails() {
    let set = load(r#"alert tcp any any -> any 80 (content:"x"; flowbits:isnotset,b; sid:1;)"#, true);
    let mut out = Vec::new();
    Given::payload(b"x").subject(|subject| set.detect(subject, None, &mut detect::Scratch::default(), &mut out));
    assert_eq!(out, []);
    assert_eq!(run(&set, &[Given::payload(b"x")]), [vec![1]]);
}

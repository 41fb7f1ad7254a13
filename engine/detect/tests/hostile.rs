//! Rules and payloads made to cost time: every one ends, and soon.

mod support;

use std::time::{Duration, Instant};

use support::{Given, load, run};

fn quickly(rule: &str, payload: &[u8]) {
    let set = load(&format!("alert tcp any any -> any 80 ({rule} sid:1;)"), true);
    let begun = Instant::now();
    assert_eq!(run(&set, &[Given::payload(payload)]), [[0; 0]], "{rule}");
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{rule} took {took:?}");
}

#[test]
fn chains_that_try_every_combination_are_given_up() {
    let many = |step: &str, count: usize| format!("content:\"A\"; {} content:\"B\",within 9000;", step.repeat(count));
    quickly(&many("content:\"A\",within 9000; ", 3), &b"A".repeat(16_384));
    quickly(&many("content:\"A\",within 9000; ", 40), &b"A".repeat(65_535));
    quickly(&many("pcre:\"/A/R\"; ", 10), &b"A".repeat(65_535));
    quickly(&many("byte_jump:1,0,relative; content:\"A\",within 9000; ", 5), &b"A\0".repeat(16_000));
}

#[test]
fn expressions_that_go_back_for_ever_stop_at_their_limit() {
    for expression in ["(A+)+$B", "(A|AA)+B", "(A*)*B", "(.*)(.*)(.*)B", "A{1,500}A{1,500}B"] {
        quickly(&format!("pcre:\"/{expression}/s\";"), &b"A".repeat(65_535));
    }
}

#[test]
fn decoders_of_what_they_decoded_do_not_grow() {
    quickly("base64_decode; base64_data; content:\"B\",within 1;", &b"QUFB".repeat(16_000));
    quickly("content:\"A\"; base64_decode:relative; base64_data; content:\"B\"; pkt_data; content:\"Z\";", &b"A".repeat(65_535));
    quickly("ber_data:0x30; ber_skip:0x30; content:\"B\",within 1;", &b"\x30\x84\x7f\xff\xff\xff".repeat(10_000));
}

#[test]
fn a_rule_with_as_many_options_as_allowed_is_evaluated() {
    let tail: String = (0..200).map(|_| "content:\"A\",within 2; ").collect();
    let set = load(&format!("alert tcp any any -> any 80 (content:\"A\"; {tail} sid:1;)"), true);
    assert_eq!(run(&set, &[Given::payload(&b"A".repeat(201)), Given::payload(&b"A".repeat(200))]), [vec![1], vec![]]);
}

//! `isdataat`, `bufferlen` and `dsize` (notes 2.8).

use crate::support::{Given, alerts, check};

#[test]
fn isdataat_needs_one_byte_more() {
    check(&[
        ("there", "isdataat:3;", b"abcd", true),
        ("not there", "isdataat:4;", b"abcd", false),
        ("negated", "isdataat:!4;", b"abcd", true),
        ("relative", r#"content:"ab"; isdataat:1,relative;"#, b"abcd", true),
        ("relative, not there", r#"content:"ab"; isdataat:2,relative;"#, b"abcd", false),
        ("relative, negated", r#"content:"cd"; isdataat:!0,relative;"#, b"abcd", true),
        ("before the buffer is not there", "isdataat:!-1;", b"abcd", true),
        ("no number: the first byte", "isdataat;", b"a", true),
        ("no byte at all", "isdataat;", b"", false),
    ]);
}

#[test]
fn bufferlen_takes_every_range() {
    check(&[
        ("n", "bufferlen:4;", b"abcd", true),
        ("!n", "bufferlen:!4;", b"abcd", false),
        (">", "bufferlen:>3;", b"abcd", true),
        (">=", "bufferlen:>=5;", b"abcd", false),
        ("<", "bufferlen:<4;", b"abcd", false),
        ("<=", "bufferlen:<=4;", b"abcd", true),
        ("both ends in", "bufferlen:2<=>4;", b"abcd", true),
        ("both ends out", "bufferlen:2<>4;", b"abcd", false),
        ("between", "bufferlen:3<>5;", b"abcd", true),
        ("relative: what is left", r#"content:"ab"; bufferlen:2,relative;"#, b"abcd", true),
        ("relative, retried", r#"content:"a"; bufferlen:1,relative;"#, b"abac", true),
    ]);
}

#[test]
fn dsize_is_the_payload_of_a_packet_or_of_the_first_piece_of_a_pdu() {
    check(&[
        ("n", "dsize:4;", b"abcd", true),
        (">", "dsize:>4;", b"abcd", false),
        ("between", "dsize:3<>5;", b"abcd", true),
        ("nothing", "dsize:0;", b"", true),
    ]);
    let later = Given { rebuilt: true, head: false, ..Given::payload(b"abcd") };
    assert!(!alerts("dsize:4;", &later), "a later piece has no size");
}

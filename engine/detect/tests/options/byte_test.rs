//! `byte_test` (notes 2.8).

use crate::support::{Given, alerts, check};
use inspect::{DceFacts, Facts};

#[test]
fn operators_compare_as_unsigned() {
    check(&[
        ("=", "byte_test:1,=,4,0;", b"\x04", true),
        ("!=", "byte_test:1,!=,4,0;", b"\x04", false),
        ("a bare ! is not equal", "byte_test:1,!,4,0;", b"\x05", true),
        ("<", "byte_test:1,<,4,0;", b"\x04", false),
        ("<=", "byte_test:1,<=,4,0;", b"\x04", true),
        (">", "byte_test:1,>,3,0;", b"\x04", true),
        (">=", "byte_test:1,>=,5,0;", b"\x04", false),
        ("!>", "byte_test:1,!>,4,0;", b"\x04", true),
        ("& any bit in common", "byte_test:1,&,6,0;", b"\x04", true),
        ("& none", "byte_test:1,&,3,0;", b"\x04", false),
        ("!&", "byte_test:1,!&,3,0;", b"\x04", true),
        ("^ differs", "byte_test:1,^,5,0;", b"\x04", true),
        ("^ is the same", "byte_test:1,^,4,0;", b"\x04", false),
        ("no sign", "byte_test:4,>,0x7fffffff,0;", b"\x80\0\0\0", true),
        ("octal", "byte_test:1,=,010,0;", b"\x08", true),
    ]);
}

#[test]
fn width_order_and_mask_say_what_is_read() {
    check(&[
        ("big endian", "byte_test:2,=,258,0;", b"\x01\x02", true),
        ("little endian", "byte_test:2,=,513,0,little;", b"\x01\x02", true),
        ("three bytes", "byte_test:3,=,0x010203,0;", b"\x01\x02\x03", true),
        ("four bytes", "byte_test:4,=,0x04030201,0,little;", b"\x01\x02\x03\x04", true),
        ("more than four never match", "byte_test:5,!=,1,0;", b"\x01\x02\x03\x04\x05", false),
        ("a mask shifts", "byte_test:1,=,3,0,bitmask 0x30;", b"\x30", true),
        ("a mask that leaves nothing", "byte_test:1,=,0,0,bitmask 0x30;", b"\x0f", true),
    ]);
}

#[test]
fn bytes_that_are_not_there_fail_every_operator() {
    check(&[
        ("behind the end", "byte_test:2,!=,7,3;", b"abcd", false),
        ("partly behind it", "byte_test:4,!&,1,1;", b"abcd", false),
        ("before the start", "byte_test:1,!=,7,-1;", b"abcd", false),
        ("far away", "byte_test:1,!=,7,70000;", b"abcd", false),
        ("the last byte", "byte_test:1,=,0x64,3;", b"abcd", true),
        ("relative, before the cursor", r#"content:"abc"; byte_test:1,=,0x63,-1,relative;"#, b"abc", true),
        ("relative, before the buffer", r#"content:"abc"; byte_test:1,=,0x61,-4,relative;"#, b"abc", false),
        ("relative, at the end", r#"content:"abc"; byte_test:1,!=,9,0,relative;"#, b"abc", false),
        ("empty payload", "byte_test:1,!=,7,0;", b"", false),
    ]);
}

#[test]
fn text_is_read_as_a_number() {
    check(&[
        ("decimal", "byte_test:5,=,123,0,string,dec;", b" 123x", true),
        ("decimal is meant where nothing is said", "byte_test:3,=,123,0,string;", b"123", true),
        ("hex", "byte_test:2,=,31,0,string,hex;", b"1f", true),
        ("hex with 0x", "byte_test:4,=,31,0,string,hex;", b"0x1f", true),
        ("octal", "byte_test:2,=,8,0,string,oct;", b"10", true),
        ("a short buffer", "byte_test:10,=,123,0,string,dec;", b"123", true),
        ("junk ends it", "byte_test:6,=,12,0,string,dec;", b"12ab34", true),
        ("no digit", "byte_test:2,=,0,0,string,dec;", b"xx", false),
        ("a sign", "byte_test:3,!=,9,0,string,dec;", b"-12", false),
        ("blanks alone", "byte_test:3,!=,9,0,string,dec;", b"   ", false),
        ("too large a number", "byte_test:10,=,0xffffffff,0,string,dec;", b"9999999999", true),
    ]);
}

#[test]
fn dce_order_comes_from_the_call() {
    let call = |big_endian| Facts { dce: Some(DceFacts { big_endian, ..DceFacts::default() }), ..Facts::default() };
    let given = |facts| Given { facts, ..Given::payload(b"\x01\0") };
    let rule = "byte_test:2,=,1,0,dce;";
    assert!(alerts(rule, &given(call(false))));
    assert!(!alerts(rule, &given(call(true))));
    assert!(!alerts("byte_test:2,!=,77,0,dce;", &given(Facts::default())), "without a call there is no order");
}

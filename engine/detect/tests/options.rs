//! Rule options as users see them: a rule, the bytes of a buffer, and whether it alerts. One row a behaviour (Snort notes 2.5 to 2.10).

mod support;

use support::{Given, alerts};

/// (what is shown, options, payload, alerts)
type Row = (&'static str, &'static str, &'static [u8], bool);

fn check(rows: &[Row]) {
    for (shown, options, payload, expected) in rows {
        assert_eq!(alerts(options, &Given::payload(payload)), *expected, "{shown}: {options}");
    }
}

#[test]
fn content_counts_from_the_start_and_holds_the_whole_pattern() {
    check(&[
        ("depth bounds the end", r#"content:"0123",depth 4;"#, b"0123456789abcdef", true),
        ("one byte short", r#"content:"1234",depth 4;"#, b"0123456789abcdef", false),
        ("just enough", r#"content:"1234",depth 5;"#, b"0123456789abcdef", true),
        ("offset and depth", r#"content:"9ab",offset 9,depth 3;"#, b"0123456789abcdef", true),
        ("offset past it", r#"content:"9ab",offset 10;"#, b"0123456789abcdef", false),
        ("hex", r#"content:"|30 31|2";"#, b"0123", true),
        ("a lone hex digit is a byte", r#"content:"|4|";"#, b"a\x04b", true),
        ("nocase folds ASCII only", r#"content:"ABC",nocase;"#, b"xabcx", true),
        ("case counts", r#"content:"ABC";"#, b"xabcx", false),
    ]);
}

#[test]
fn relative_content_counts_from_the_last_match() {
    check(&[
        ("within", r#"content:"012"; content:"345",within 3;"#, b"0123456789", true),
        ("within too short", r#"content:"012"; content:"456",within 3;"#, b"0123456789", false),
        ("distance and within", r#"content:"012"; content:"456",distance 1,within 3;"#, b"0123456789", true),
        ("distance past it", r#"content:"012"; content:"456",distance 2;"#, b"0123456789", false),
        ("negative distance", r#"content:"456"; content:"234",distance -5,within 5;"#, b"0123456789", true),
        ("before the buffer", r#"content:"456"; content:"012",distance -20;"#, b"0123456789", true),
    ]);
}

#[test]
fn an_earlier_content_is_tried_again_where_the_next_one_is_relative() {
    check(&[
        ("second A fits", r#"content:"A"; content:"B",within 1;"#, b"A..AB", true),
        ("chains go back two steps", r#"content:"A"; content:"B",within 2; content:"C",within 1;"#, b"A.B.AB.ABC", true),
        ("not over a step that is not relative", r#"content:"A"; content:"Z"; content:"C",distance 0,within 1;"#, b"AZ..ZC.Z", true),
        ("overlapping occurrences", r#"content:"aa"; content:"b",within 1;"#, b"aaab", true),
        ("depth bounds retries", r#"content:"A",depth 2; content:"B",within 1;"#, b"A..AB", false),
    ]);
}

#[test]
fn negated_content_holds_where_nothing_is_found() {
    check(&[
        ("absent", r#"content:"x"; content:!"y";"#, b"x", true),
        ("present", r#"content:"x"; content:!"y";"#, b"xy", false),
        ("behind the window", r#"content:"x"; content:!"y",within 1;"#, b"x.y", true),
        ("past the end", r#"content:"x"; content:!"yy",within 2;"#, b"x", true),
        ("empty payload", r#"content:!"y"; dsize:0;"#, b"", true),
    ]);
}

#[test]
fn pcre_is_relative_anchored_and_limited_as_asked() {
    check(&[
        ("whole buffer", r#"pcre:"/b+c/";"#, b"abbbc", true),
        ("flags", r#"pcre:"/ABC/i";"#, b"xabcx", true),
        ("relative starts at the cursor", r#"content:"ab"; pcre:"/^cd/R";"#, b"abcd", true),
        ("and not later", r#"content:"ab"; pcre:"/^d/R";"#, b"abcd", false),
        ("dot and newline", r#"pcre:"/a.b/";"#, b"a\nb", false),
        ("s lets it", r#"pcre:"/a.b/s";"#, b"a\nb", true),
        ("semicolon written with a backslash", r#"pcre:"/a\;b/";"#, b"a;b", true),
        ("negated", r#"content:"a"; pcre:!"/b/";"#, b"ac", true),
        ("backreference", r#"pcre:"/(..)-\1/";"#, b"xyab-ab", true),
    ]);
}

#[test]
fn numbers_are_read_compared_and_jumped_by() {
    check(&[
        ("big endian", "byte_test:2,=,258,0;", b"\x01\x02", true),
        ("little endian", "byte_test:2,=,513,0,little;", b"\x01\x02", true),
        ("hex value", "byte_test:1,>,0x0f,0;", b"\x10", true),
        ("bits in common", "byte_test:1,&,6,0;", b"\x04", true),
        ("none in common", "byte_test:1,!&,6,0;", b"\x04", false),
        ("out of the buffer fails negated operators too", "byte_test:2,!=,7,3;", b"abcd", false),
        ("text", "byte_test:5,=,123,0,string,dec;", b" 123x", true),
        ("text without a digit", "byte_test:2,=,0,0,string,dec;", b"xx", false),
        ("mask shifts", "byte_test:1,=,3,0,bitmask 0x30;", b"\x30", true),
        ("jump to exactly the end", "byte_jump:1,0; isdataat:!0,relative;", b"\x03abc", true),
        ("jump past the end", "byte_jump:1,0;", b"\x04abc", false),
        ("a jump of 3 aligned is 4, from behind the byte read", r#"byte_jump:1,0,align; content:"e",within 1;"#, b"\x03abcde", true),
        ("jump from the beginning", r#"byte_jump:1,4,from_beginning; content:"c",within 1;"#, b"abcd\x02", true),
        ("extracted length", r#"byte_extract:1,0,n; content:"Z",offset n;"#, b"\x03abZ", true),
        ("extracted too far", r#"byte_extract:1,0,n; content:"Z",offset n;"#, b"\x04abZ", false),
        ("computed offset", r#"byte_math:bytes 1,offset 0,oper *,rvalue 2,result r; content:"Z",offset r;"#, b"\x02a..Z", true),
        ("division by zero", "byte_math:bytes 1,offset 0,oper /,rvalue 0x100,result r; byte_test:1,=,r,1;", b"\x02\x00", true),
        ("isdataat needs one byte more", "isdataat:3;", b"abcd", true),
        ("not there", "isdataat:4;", b"abcd", false),
        ("bufferlen", "bufferlen:2<=>4;", b"abcd", true),
        ("bufferlen excludes its ends", "bufferlen:2<>4;", b"abcd", false),
        ("dsize", "dsize:>3;", b"abcd", true),
    ]);
}

#[test]
fn encodings_are_undone() {
    check(&[
        ("base64", r#"content:"d:"; base64_decode:relative; base64_data; content:"needle";"#, b"d:bmVlZGxl", true),
        ("folded", r#"base64_decode; base64_data; content:"needle";"#, b"bmVl\r\n ZGxl", true),
        ("ends at the line", r#"base64_decode; base64_data; content:"needle";"#, b"bmVl\r\nZGxl", false),
        ("BER", r#"ber_data:0x30; ber_skip:0x02; content:"A",within 1;"#, b"\x30\x05\x02\x01\x07AB", true),
        ("BER optional", r#"ber_data:0x30; ber_skip:0x01,optional; content:"A",within 1;"#, b"\x30\x05AB", true),
        ("BER wrong tag", "ber_data:0x31;", b"\x30\x01A", false),
    ]);
}

#[test]
fn flow_and_header_decide_first() {
    let server = Given { side: flow::Side::Server, ..Given::payload(b"abc") };
    let half_open = Given { established: false, ..Given::payload(b"abc") };
    assert!(alerts(r#"flow:to_server,established; content:"abc";"#, &Given::payload(b"abc")));
    assert!(!alerts(r#"flow:to_server; content:"abc";"#, &server));
    assert!(!alerts(r#"flow:established; content:"abc";"#, &half_open));
    assert!(alerts(r#"flow:stateless; content:"abc";"#, &half_open));
    assert!(!alerts(r#"flow:no_stream; content:"abc";"#, &Given { rebuilt: true, ..Given::payload(b"abc") }));
}

#[test]
fn a_service_takes_the_place_of_ports_and_excludes_other_services() {
    use inspect::Service;
    let on = |service, port| Given { service, port, ..Given::payload(b"abc") };
    let rule = r#"content:"abc"; service:smtp;"#;
    assert!(alerts(rule, &on(None, 80)), "unknown service: the port decides");
    assert!(!alerts(rule, &on(None, 81)));
    assert!(alerts(rule, &on(Some(Service::Smtp), 9)), "its service: ports do not count");
    assert!(!alerts(rule, &on(Some(Service::Ftp), 80)), "another service");
    assert!(alerts(r#"content:"abc";"#, &on(Some(Service::Ftp), 80)), "a rule without service goes by ports");
}

#[test]
fn flowbits_are_set_after_the_match_and_seen_by_rules_that_wait() {
    let rules = [
        r#"content:"ask"; flowbits:isset,b;"#,
        r#"content:"set"; flowbits:set,b; flowbits:noalert;"#,
        r#"content:"ask"; flowbits:isnotset,b;"#,
    ];
    assert_eq!(support::sids(&rules, &[b"ask"]), [vec![3]]);
    assert_eq!(support::sids(&rules, &[b"set", b"ask"]), [vec![], vec![1]]);
    assert_eq!(support::sids(&rules, &[b"set and ask at once"]), [vec![1]], "setters run first");
}

#[test]
fn detection_filter_lets_through_what_comes_too_often() {
    let rules = [r#"content:"x"; detection_filter:track by_src,count 2,seconds 60;"#];
    assert_eq!(support::sids(&rules, &[b"x", b"x", b"x", b"x"]), [vec![], vec![], vec![1], vec![1]]);
}

#[test]
fn hostile_payloads_end_within_the_budget() {
    let payload = b"A".repeat(20_000);
    let given = Given::payload(&payload);
    assert!(!alerts(r#"content:"A"; content:"A",within 9000; content:"A",within 9000; content:"B",within 9000;"#, &given));
    assert!(!alerts(r#"pcre:"/(A+)+$B/";"#, &given));
}

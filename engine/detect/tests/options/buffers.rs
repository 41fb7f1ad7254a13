//! Sticky buffers, the sections of an HTTP message, and parts of a message (notes 2.2, 2.6, 3.3).

use crate::support::{Given, alerts};
use inspect::BufferId::{self, *};
use inspect::{Facts, HttpFacts, Section, Service};

const REQUEST: &[(BufferId, &[u8])] = &[
    (HttpMethod, b"POST"),
    (HttpUri, b"/a b?id=7&name=x"),
    (HttpRawUri, b"/a%20b?id=7&name=x"),
    (HttpHeader, b"Host: shop\r\nX-CMD: Test"),
    (HttpRawHeader, b"Host: shop\r\nX-CMD: Test\r\nCookie: c=1"),
    (HttpCookie, b"c=1"),
    (RawData, b"POST /a%20b?id=7&name=x HTTP/1.1\r\n"),
];
const BODY: &[(BufferId, &[u8])] = &[
    (HttpMethod, b"POST"),
    (HttpUri, b"/a b?id=7&name=x"),
    (HttpHeader, b"Host: shop"),
    (HttpClientBody, b"pass=word&code=9"),
    (FileData, b"pass=word&id=9"),
    (PktData, b"pass=word&id=9"),
    (RawData, b"pass=word&id=9"),
];

#[test]
fn each_buffer_holds_its_part() {
    let given = Given::http(Section::Header, REQUEST);
    let rows = [
        (r#"http_method; content:"POST",depth 4;"#, true),
        (r#"http_uri; content:"/a b";"#, true),
        (r#"http_uri; content:"%20";"#, false),
        (r#"http_raw_uri; content:"a%20b";"#, true),
        (r#"http_header; content:"X-CMD: Test",fast_pattern,nocase;"#, true),
        (r#"http_header; content:"Cookie";"#, false),
        (r#"http_raw_header; content:"Cookie: c=1";"#, true),
        (r#"http_cookie; content:"c=1";"#, true),
        (r#"http_client_body; content:"pass";"#, false),
        (r#"http_uri; content:"/a b"; http_header; content:"Host",depth 4;"#, true),
        (r#"http_uri; content:"b"; http_header; content:"Host",within 4;"#, true), // a buffer begins at its start
        (r#"http_uri; bufferlen:>100; http_header; content:"Host";"#, false),
        (r#"raw_data; content:"HTTP/1.1";"#, true),
        ("http_stat_code;", false),
    ];
    for (options, expected) in rows {
        assert_eq!(alerts(&format!("{options} service:http;"), &given), expected, "{options}");
        assert_eq!(alerts(options, &given), expected, "the service is implied: {options}");
    }
}

#[test]
fn a_rule_waits_for_the_last_section_it_needs() {
    let rows = [
        (r#"http_uri; content:"/a b";"#, true, false),
        (r#"http_uri; content:"/a b"; http_client_body; content:"pass";"#, false, true),
        (r#"http_uri; content:"/a b"; pkt_data; content:"word";"#, false, true),
        (r#"http_uri; content:"/a b",fast_pattern; file_data; content:"word";"#, false, true),
        (r#"content:"pass";"#, false, true),
        (r#"file_data; content:"pass";"#, false, true),
    ];
    for (options, at_header, at_body) in rows {
        let rule = format!("{options} service:http;");
        assert_eq!(alerts(&rule, &Given::http(Section::Header, REQUEST)), at_header, "header: {options}");
        assert_eq!(alerts(&rule, &Given::http(Section::Body, BODY)), at_body, "body: {options}");
    }
}

#[test]
fn request_buffers_are_not_searched_in_responses() {
    let response: &[(BufferId, &[u8])] = &[(HttpUri, b"/asked"), (HttpStatCode, b"404"), (HttpStatMsg, b"Not Found")];
    let given = Given { side: flow::Side::Server, ..Given::http(Section::Header, response) };
    assert!(alerts(r#"http_stat_code; content:"404";"#, &given));
    assert!(alerts(r#"http_stat_msg; content:"Not Found";"#, &given));
    assert!(!alerts(r#"http_uri; content:"/asked";"#, &given));
    assert!(alerts(r#"http_stat_code; content:"404",fast_pattern; http_uri; content:"/asked";"#, &given), "but they are there");
}

#[test]
fn an_absent_buffer_fails_and_the_payload_never_does() {
    let empty = Given::payload(b"");
    assert!(alerts("pkt_data; dsize:0;", &empty));
    assert!(alerts("raw_data; dsize:0;", &empty));
    assert!(!alerts("file_data; dsize:0;", &empty));
    assert!(!alerts(r#"file_data; content:!"x";"#, &Given::payload(b"abc")));
}

#[test]
fn a_normalized_payload_hides_the_bytes_as_sent() {
    let buffers: &[(BufferId, &[u8])] = &[(PktData, b"MAIL FROM: x"), (RawData, b"MAIL    FROM: x")];
    let given = Given { buffers, rebuilt: true, service: Some(Service::Smtp), ..Given::payload(b"") };
    assert!(alerts(r#"content:"MAIL FROM"; service:smtp;"#, &given));
    assert!(!alerts(r#"raw_data; content:"MAIL FROM"; service:smtp;"#, &given));
    assert!(alerts(r#"raw_data; content:"MAIL    FROM"; pkt_data; content:"MAIL FROM"; service:smtp;"#, &given));
}

#[test]
fn one_header_line_can_be_asked_for() {
    let fields: &[(&[u8], &[u8])] = &[(b"Host", b"shop"), (b"User-Agent", b"Two Words"), (b"user-agent", b"later")];
    let facts = Facts { http: Some(HttpFacts { fields, request_line: b"", host: b"", user_agent: b"" }), ..Facts::default() };
    let buffers: &[(BufferId, &[u8])] = &[(HttpHeader, b"Host: shop\r\nUser-Agent: Two Words\r\nuser-agent: later")];
    let given = Given { facts, ..Given::http(Section::Header, buffers) };
    let rows = [
        (r#"http_header:field user-agent; content:"Two Words",depth 9;"#, true),
        (r#"http_header:field User-Agent; bufferlen:9;"#, true),
        (r#"http_header:field user-agent; content:"later";"#, false),
        (r#"http_header:field host; content:"Two";"#, false),
        ("http_header:field referer;", false),
    ];
    for (options, expected) in rows {
        assert_eq!(alerts(options, &given), expected, "{options}");
    }
}

#[test]
fn a_parameter_comes_from_the_query_or_from_the_body() {
    let rows = [
        (r#"http_param:"id"; content:"7",depth 1;"#, true, true),
        (r#"http_param:"pass"; content:"word";"#, false, true),
        (r#"http_param:"code"; content:"9";"#, false, true),
        (r#"http_param:"ID"; content:"7";"#, false, false),
        (r#"http_param:"ID",nocase; content:"7";"#, true, true),
        (r#"http_param:"d"; content:"7";"#, false, false),
        (r#"http_param:"none";"#, false, false),
    ];
    for (options, at_header, at_body) in rows {
        assert_eq!(alerts(options, &Given::http(Section::Header, REQUEST)), at_header, "header: {options}");
        assert_eq!(alerts(options, &Given::http(Section::Body, BODY)), at_body, "body: {options}");
    }
}

#[test]
fn a_parameter_written_twice_is_not_found() {
    let given = Given::http(Section::Header, &[(HttpUri, b"/?id=1&id=2&x=3#x=4")]);
    assert!(!alerts(r#"http_param:"id";"#, &given));
    assert!(alerts(r#"http_param:"x"; bufferlen:1;"#, &given), "the fragment is no part of the query");
}

#[test]
fn encrypted_payload_is_for_rules_without_pattern_alone() {
    let given = Given { encrypted: true, ..Given::payload(b"abc") };
    assert!(!alerts(r#"content:"abc";"#, &given));
    assert!(alerts("dsize:3;", &given));
}

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
    let facts = Facts { http: Some(HttpFacts { fields, ..HttpFacts::default() }), ..Facts::default() };
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

/// HTTP facts without any line.
fn http_facts() -> Facts<'static> {
    Facts { http: Some(HttpFacts::default()), ..Facts::default() }
}

#[test]
fn parts_of_the_uri_are_normalized_one_by_one() {
    let raw: &[u8] = b"http://me@shop.example:8080/a/./b%2f../c%3fd?q=%41+b&r=1#Frag%20ment";
    let buffers: &[(BufferId, &[u8])] = &[(HttpRawUri, raw), (HttpUri, b"/a/c?d?q=A b&r=1#Frag ment"), (HttpMethod, b"GET")];
    let given = Given::http(Section::Header, buffers);
    let rows = [
        (r#"http_uri:scheme; content:"http",depth 4; bufferlen:4;"#, true),
        (r#"http_uri:host; content:"shop.example"; bufferlen:12;"#, true),
        (r#"http_uri:port; content:"8080"; bufferlen:4;"#, true),
        (r#"http_uri:path; content:"/a/b/c?d"; bufferlen:8;"#, false),
        (r#"http_uri:path; content:"/a/c?d"; bufferlen:6;"#, true),
        (r#"http_uri:query; content:"q=A b&r=1"; bufferlen:9;"#, true),
        (r#"http_uri:fragment; content:"Frag ment"; bufferlen:9;"#, true),
        (r#"http_uri:query; content:"Frag";"#, false),
        (r#"http_raw_uri:query; content:"q=%41+b&r=1"; bufferlen:11;"#, true),
        (r#"http_raw_uri:path; content:"/a/./b%2f../c%3fd"; bufferlen:17;"#, true),
        (r#"http_raw_uri:host; content:"shop";"#, true),
        (r#"http_raw_uri:fragment; content:"ment"; bufferlen:11;"#, true),
    ];
    for (options, expected) in rows {
        assert_eq!(alerts(options, &given), expected, "{options}");
    }
    let origin: &[(BufferId, &[u8])] = &[(HttpRawUri, b"/a?b"), (HttpUri, b"/a?b"), (HttpMethod, b"GET")];
    let connect: &[(BufferId, &[u8])] = &[(HttpRawUri, b"shop:443"), (HttpUri, b"shop:443"), (HttpMethod, b"CONNECT")];
    let rows = [
        ("http_uri:host;", false, true),
        ("http_uri:scheme;", false, false),
        ("http_uri:path;", true, false),
        ("http_uri:query;", true, false),
        ("http_uri:fragment;", false, false),
        (r#"http_uri:port; content:"443";"#, false, true),
    ];
    for (options, in_origin, in_connect) in rows {
        assert_eq!(alerts(options, &Given::http(Section::Header, origin)), in_origin, "origin: {options}");
        assert_eq!(alerts(options, &Given::http(Section::Header, connect)), in_connect, "CONNECT: {options}");
    }
}

#[test]
fn lines_are_counted_and_measured() {
    let head: &[u8] = b"Host: shop\r\nX-Long: one\r\n two\r\nCookie: a=1; b=2;c=3\r\nCookie: d=4";
    let trailers: &[u8] = b"Expires: 0\r\nX-Sum: 12";
    let given = Given::http(Section::Trailer, &[]);
    let given = Given { facts: http_facts(), buffers: &[(HttpRawHeader, head), (HttpRawTrailer, trailers)], ..given };
    let rows = [
        ("http_num_headers:4;", true),
        ("http_num_headers:>4;", false),
        ("http_num_headers:3<=>5;", true),
        ("http_num_headers:!4;", false),
        ("http_num_cookies:4;", true),
        ("http_num_cookies:<4;", false),
        ("http_num_trailers:2;", true),
        ("http_num_trailers:>=3;", false),
        ("http_max_header_line:20;", true),
        ("http_max_header_line:>20;", false),
        ("http_max_trailer_line:10;", true),
        ("http_max_trailer_line: 5 <> 11;", true),
        ("http_max_trailer_line:<10,with_body;", false),
    ];
    for (options, expected) in rows {
        assert_eq!(alerts(options, &given), expected, "{options}");
    }
    let head = Given { section: Section::Header, ..given.clone() };
    assert!(alerts("http_num_headers:4,request;", &head), "a request is its own request");
    let answer: &[(BufferId, &[u8])] = &[(HttpRawHeader, b"Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2")];
    let answer = Given { side: flow::Side::Server, facts: http_facts(), ..Given::http(Section::Header, answer) };
    assert!(alerts("http_num_cookies:2;", &answer), "cookies that are set");
    assert!(!alerts("http_num_trailers:0;", &answer), "where there are none nothing is counted");
    assert!(!alerts("http_num_headers:>0,request;", &answer), "a request that is not known has none");
}

#[test]
fn one_line_is_a_number_in_a_range_or_absent() {
    let head: &[u8] = b"Content-Length: 4000\r\nAge: x1\r\nExpires: -1\r\nMax-Forwards: 99999999999999999999";
    let buffers: &[(BufferId, &[u8])] = &[(HttpRawHeader, head), (HttpRawTrailer, b"Expires: 0")];
    let given = Given { facts: http_facts(), ..Given::http(Section::Trailer, buffers) };
    let rows = [
        ("http_header_test:field content-length,numeric true;", true),
        ("http_header_test:field Content-Length,numeric false;", false),
        ("http_header_test:field content-length,numeric true,check >3999;", true),
        ("http_header_test:field content-length,check 1 <=> 3999;", false),
        ("http_header_test:field content-length,check !4000;", false),
        ("http_header_test:field max-forwards,check >4294967295;", true),
        ("http_header_test:field age,numeric false;", true),
        ("http_header_test:field age,numeric true;", false),
        ("http_header_test:field age,check <5;", false),
        ("http_header_test:field expires,numeric true;", false),
        ("http_header_test:field user-agent,absent;", true),
        ("http_header_test:field age,absent;", false),
        ("http_header_test:field user-agent,numeric false;", false),
        ("http_trailer_test:field expires,numeric true,check 0;", true),
        ("http_trailer_test:field age,absent;", true),
        ("http_trailer_test:field expires,check >0;", false),
    ];
    for (options, expected) in rows {
        assert_eq!(alerts(options, &given), expected, "{options}");
    }
}

#[test]
fn versions_by_name() {
    let rows: [(&[u8], Service, &str); 10] = [
        (b"HTTP/1.0", Service::Http, "1.0"),
        (b"HTTP/1.1", Service::Http, "1.1"),
        (b"http/1.1", Service::Http, "1.1"),
        (b"", Service::Http, "0.9"),
        (b"HTTP/0.9", Service::Http, "other"),
        (b"HTTP/2.0", Service::Http, "other"),
        (b"HTTP/8.4", Service::Http, "other"),
        (b"HTTP/1.a", Service::Http, "malformed"),
        (b"HTTP/11", Service::Http, "malformed"),
        (b"HTTP/2.0", Service::Http2, "2.0"),
    ];
    let names = ["0.9", "1.0", "1.1", "2.0", "3.0", "malformed", "other"];
    for (version, service, wanted) in rows {
        let buffers: &[(BufferId, &[u8])] = &[(HttpVersion, version)];
        let given = Given { facts: http_facts(), service: Some(service), ..Given::http(Section::Header, buffers) };
        for name in names {
            let options = format!("http_version_match:\"{name}\";");
            assert_eq!(alerts(&options, &given), name == wanted, "{} {options}", version.escape_ascii());
        }
        assert!(alerts(&format!("http_version_match:\"3.0 {wanted}\";"), &given), "one of several");
    }
    assert!(!alerts("http_version_match:\"0.9\"; service:http;", &Given::payload(b"abc")), "no HTTP");
}

#[test]
fn one_trailer_can_be_asked_for() {
    let trailers: &[u8] = b"Expires:  Wed,  21\r\n Oct\r\nETag: x";
    let buffers: &[(BufferId, &[u8])] = &[(HttpRawTrailer, trailers), (HttpTrailer, trailers), (HttpRawHeader, b"Via:  a\tb")];
    let given = Given { facts: http_facts(), ..Given::http(Section::Trailer, buffers) };
    let rows = [
        (r#"http_trailer:field expires; content:"Wed, 21 Oct"; bufferlen:11;"#, true),
        (r#"http_raw_trailer:field expires; content:"Wed,  21|0D 0A| Oct";"#, true),
        (r#"http_trailer:field etag; content:"x",depth 1;"#, true),
        (r#"http_trailer:field age; bufferlen:>0;"#, false),
        (r#"http_raw_trailer; content:"ETag";"#, true),
    ];
    for (options, expected) in rows {
        assert_eq!(alerts(options, &given), expected, "{options}");
    }
}

#[test]
fn files_are_found_over_every_service_that_carries_them() {
    let buffers: &[(BufferId, &[u8])] = &[(FileData, b"needle")];
    let rule = |header: &str, more: &str| format!(r#"alert {header} (file_data; content:"needle"; {more} sid:1;)"#);
    let over = |service, section| Given { service: Some(service), section, buffers, rebuilt: true, ..Given::payload(b"") };
    for rule in [rule("file", ""), rule("tcp any any -> any 9", "service:file;"), rule("tcp any any -> any any", "")] {
        for service in [Service::Smtp, Service::Imap, Service::Pop3, Service::FtpData, Service::NetbiosSsn] {
            assert!(crate::support::rule_alerts(&rule, &over(service, Section::None)), "{rule} {service:?}");
        }
        assert!(crate::support::rule_alerts(&rule, &over(Service::Http, Section::Body)), "{rule}");
        assert!(!crate::support::rule_alerts(&rule, &over(Service::Dns, Section::None)), "{rule}");
    }
}

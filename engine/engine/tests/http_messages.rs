//! Rules that look at a request while its response is inspected, and at the numbers of a message: whole conversations, HTTP/1 and 2
//! (Snort 3 rule guide, "Combining Request and Response Detection").

mod support;

use support::{Talk, Wire, inspect};

const CLIENT: (u8, u16) = (1, 40_000);
const WEB: (u8, u16) = (2, 8080);

const REQUEST: &[u8] = b"POST /a%20b?q=%41#f HTTP/1.1\r\nHost: shop\r\nX-Probe:  two  words\r\nUser-Agent: curl  8%2e0\r\n\
    Cookie: a=1; b=%32\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nExpires: 7\r\nX-Sum: a%41\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.0 404 Not Found\r\nServer: here\r\nSet-Cookie: s=1\r\nContent-Length: 4\r\n\r\ngone";

/// One exchange, then another without body and trailers.
fn exchange() -> Wire {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, WEB);
    talk.client(&mut wire, REQUEST).server(&mut wire, RESPONSE);
    talk.client(&mut wire, b"GET /second HTTP/1.1\r\nHost: other\r\n\r\n");
    talk.server(&mut wire, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    talk.close(&mut wire);
    wire
}

/// (options, events)
fn check(wire: &Wire, rows: &[(&str, usize)]) {
    for (options, expected) in rows {
        let rule = format!("alert http (flow:to_client; {options} sid:1;)");
        let events = inspect(&rule, wire);
        assert_eq!(events.len(), *expected, "{options}");
        assert!(events.iter().all(|event| event.direction == "S2C"), "{options}");
    }
}

#[test]
fn a_response_is_matched_together_with_its_request() {
    let rows = [
        (r#"http_header:request; content:"X-Probe:  two  words";"#, 1),
        (r#"http_header:request; content:"curl  8.0";"#, 1),
        (r#"http_raw_header:request; content:"8%2e0"; content:"Cookie: a=1",distance 0;"#, 1),
        (r#"http_header:request; content:"Cookie";"#, 0),
        (r#"http_header:field user-agent,request; content:"curl 8%2e0"; bufferlen:10;"#, 1),
        (r#"http_raw_header:field user-agent,request; content:"curl  8%2e0";"#, 1),
        (r#"http_header:field host,request; content:"other";"#, 1),
        (r#"http_header:field server,request; content:"here";"#, 0),
        (r#"http_cookie:request; content:"a=1|3b| b=2";"#, 1),
        (r#"http_raw_cookie:request; content:"b=%32";"#, 1),
        (r#"http_version:request; content:"HTTP/1.1";"#, 2),
        (r#"http_version; content:"HTTP/1.0";"#, 2), // head and body of the first response: it has no fast pattern
        (r#"http_header:request; content:"X-Probe"; http_stat_code; content:"404";"#, 1),
        (r#"http_header:request; content:"X-Probe"; http_stat_code; content:"200";"#, 0),
        (r#"http_header:request; content:"X-Probe"; file_data; content:"gone";"#, 1),
        (r#"http_header:field user-agent,request,with_body; content:"curl"; http_header; content:"Server: here";"#, 1),
        (r#"http_trailer:request; content:"X-Sum: aA"; http_stat_code; content:"404";"#, 0),
    ];
    check(&exchange(), &rows);
}

#[test]
fn numbers_and_versions_of_the_request() {
    let rows = [
        ("http_num_headers:5,request; http_stat_code; content:\"404\";", 1),
        ("http_num_headers:1,request; http_stat_code; content:\"200\";", 1),
        ("http_num_headers:3; http_stat_code; content:\"404\";", 1),
        ("http_num_cookies:2,request; http_stat_code; content:\"404\";", 1),
        ("http_num_cookies:1; http_stat_code; content:\"404\";", 1),
        ("http_max_header_line:26,request; http_stat_code; content:\"404\";", 1),
        ("http_version_match:\"1.1\",request; http_stat_code; content:\"404\";", 1),
        ("http_version_match:\"1.1\"; http_stat_code; content:\"404\";", 0),
        ("http_version_match:\"1.0\"; http_stat_code; content:\"404\";", 1),
        ("http_header_test:field user-agent,absent,request; http_stat_code; content:\"200\";", 1),
        ("http_header_test:field user-agent,absent,request; http_stat_code; content:\"404\";", 0),
        ("http_header_test:field content-length,check 4; http_stat_code; content:\"404\";", 1),
    ];
    check(&exchange(), &rows);
}

#[test]
fn parts_of_the_request_line_and_trailers_in_the_request() {
    let wire = exchange();
    let rows = [
        (r#"http_uri:path; content:"/a b"; bufferlen:4;"#, 1),
        (r#"http_raw_uri:path; content:"/a%20b"; bufferlen:6;"#, 1),
        (r#"http_uri:query; content:"q=A"; bufferlen:3;"#, 1),
        (r#"http_uri:fragment; content:"f"; bufferlen:1;"#, 1),
        (r#"http_uri:host; bufferlen:>0;"#, 0),
        (r#"http_trailer; content:"X-Sum: aA";"#, 1),
        (r#"http_raw_trailer; content:"X-Sum: a%41";"#, 1),
        (r#"http_trailer:field expires; content:"7"; bufferlen:1;"#, 1),
        ("http_num_trailers:2;", 1),
        ("http_max_trailer_line:11;", 1),
        ("http_trailer_test:field expires,numeric true,check <8;", 1),
        (r#"http_header:request; content:"X-Probe";"#, 1),
    ];
    for (options, expected) in rows {
        let events = inspect(&format!("alert http (flow:to_server; {options} sid:1;)"), &wire);
        assert_eq!(events.len(), expected, "{options}");
    }
}

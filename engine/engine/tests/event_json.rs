//! The JSON form of an event is the contract with everything above the engine: one event, pinned. `PODLYNX_RECORD=1` writes it anew.
#![allow(clippy::unwrap_used, clippy::field_reassign_with_default)]

mod support;

use std::path::Path;

use support::{Talk, Wire, inspect};

const RULE: &str = concat!(
    "alert tcp any any -> any 80 (msg:\"SERVER-WEBAPP probe \\\"quoted\\\"\"; flow:to_server,established; ",
    "http_uri; content:\"/secid_canceltoken.cgi\",fast_pattern,nocase; http_header; content:\"X-CMD: Test\"; pcre:\"/X-KEY: (?:Test)+/\"; ",
    "metadata:policy security-ips drop,ruleset community; reference:cve,2021-44228; reference:url,example.com/a,b; service:http; ",
    "classtype:web-application-attack; sid:57461; rev:3;)"
);

#[test]
fn an_event_is_written_as_recorded() {
    let mut wire = Wire::default();
    wire.ifindex = 7;
    let mut talk = Talk::open(&mut wire, (1, 51_234), (2, 8080));
    talk.client(
        &mut wire,
        b"POST /secid_canceltoken.cgi HTTP/1.1\r\nHost: shop:8080\r\nUser-Agent: curl/8\r\nX-CMD: Test\r\nX-KEY: Test\r\n\r\n",
    );
    let events = inspect(RULE, &wire);
    assert_eq!(events.len(), 1);
    let mut line = Vec::new();
    events[0].write_line(&mut line);
    assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1, "one line");
    let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
    let got = serde_json::to_string_pretty(&value).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/event.json");
    if std::env::var_os("PODLYNX_RECORD").is_some() {
        std::fs::write(&path, &got).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(got == wanted, "got\n{got}\nbut {} has\n{wanted}", path.display());
}

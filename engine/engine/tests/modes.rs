//! What `exact` leaves out because Snort does, and `complete` does not.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use capture::Frame;
use engine::{ChecksumPolicy, Engine, Mode, Settings};
use support::rules;
use wire::LinkType;

const RULE: &str = r#"alert icmp any any -> any any (msg:"ping"; itype:8; sid:1;)"#;
const ETHERNET: &[u8] = &[0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 8, 0];
const COOKED: &[u8] = &[0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 1, 0, 0, 8, 0];

fn ipv4(protocol: u8, body: &[u8]) -> Vec<u8> {
    let header = [0x45, 0, 0, (20 + body.len()) as u8, 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    [&header[..], body].concat()
}

fn ping() -> Vec<u8> {
    ipv4(1, &[8, 0, 0, 0, 0, 1, 0, 1])
}

/// Ethernet, IP, GRE of `protocol`, `header`, and the ping as an Ethernet frame.
fn tunnelled(protocol: [u8; 2], header: &[u8]) -> Vec<u8> {
    let inner = [&[0, 0][..], &protocol, header, ETHERNET, &ping()].concat();
    [ETHERNET, &ipv4(47, &inner)].concat()
}

/// What holds in a mode, but for checksums, which forged frames have none of.
fn unchecked(mode: Mode) -> Settings {
    let mut settings = Settings::of(mode);
    settings.network.checksum_eval = ChecksumPolicy::Ignore;
    settings
}

fn alerts(link: LinkType, data: &[u8], mode: Mode) -> usize {
    let mut engine = Engine::with(rules(RULE), &unchecked(mode)).unwrap();
    engine.process(&Frame {
        time: 1,
        link,
        data,
        original_len: data.len() as u32,
        counted_len: data.len() as u32,
        ifindex: 0,
        interface: 0,
        direction: None,
        checksums_ready: false,
    });
    engine.finish();
    let found = engine.events().len();
    let left_out = engine.counters().not_inspected.values().sum::<u64>();
    assert_eq!(found as u64 + left_out, 1, "what is not inspected is counted");
    found
}

#[test]
fn each_link_type_and_tunnel_in_both_modes() {
    let type_3 = |last: u8| [[0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last], [0; 12]].concat();
    let cases = [
        ("Ethernet", LinkType::ETHERNET, [ETHERNET, &ping()].concat(), 1),
        ("raw IP", LinkType::RAW, ping(), 1),
        ("cooked", LinkType::LINUX_SLL, [COOKED, &ping()].concat(), 0),
        ("BSD loopback", LinkType::NULL, [&[2, 0, 0, 0][..], &ping()].concat(), 0),
        ("PPP", LinkType::PPP, [&[0, 0x21][..], &ping()].concat(), 0),
        ("ERSPAN I", LinkType::ETHERNET, tunnelled([0x88, 0xbe], &[]), 0),
        ("ERSPAN III, short header", LinkType::ETHERNET, tunnelled([0x22, 0xeb], &type_3(0)[..12]), 0),
        ("ERSPAN III, long header", LinkType::ETHERNET, tunnelled([0x22, 0xeb], &type_3(1)[..20]), 1),
    ];
    for (name, link, frame, exact) in cases {
        assert_eq!(alerts(link, &frame, Mode::Complete), 1, "{name}, complete");
        assert_eq!(alerts(link, &frame, Mode::Exact), exact, "{name}, exact");
    }
}

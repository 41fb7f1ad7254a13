//! The whole engine, from packets to events.

use std::sync::{Arc, OnceLock};

use capture::Frame;
use detect::{RuleSet, Variables};
use engine::{ChecksumPolicy, Engine, Mode, Settings};
use wire::LinkType;
use wire::tcp_flags::{ACK, FIN, PSH, RST, SYN};

use crate::Bytes;
use crate::packets::{ipv4, segment};

const OWN: &str = include_str!("every_option.rules");
const STARTER: &str = include_str!("../../../rules/podlynx-starter.rules");

/// Rules for BER elements at any place, chained.
const BER: &str = concat!(
    "alert udp any any -> any any (ber_data:0x30; ber_skip:0x02,optional; ber_data:0x04; content:\"a\",within 4; sid:1;)\n",
    "alert udp any any -> any any (content:\"|30|\"; ber_skip:0x02; ber_skip:0x04; sid:2;)\n",
    "alert udp any any -> any any (ber_skip:0x1f,optional; ber_data:0xa0; isdataat:0,relative; sid:3;)\n",
);

/// Rules of which none may be refused.
fn compiled(texts: &[&str]) -> Arc<RuleSet> {
    let files: Vec<(&str, &[u8])> = texts.iter().map(|text| ("fuzz.rules", text.as_bytes())).collect();
    let loaded = detect::load(&files, &Variables::default(), true, Default::default());
    assert!(loaded.refusals.is_empty(), "{:?}", loaded.refusals);
    Arc::new(loaded.rules)
}

fn show(engine: &mut Engine, time: i64, data: &[u8]) {
    let original_len = u32::try_from(data.len()).unwrap_or(0);
    let link = LinkType::RAW;
    engine.process(&Frame {
        time,
        link,
        data,
        original_len,
        counted_len: original_len,
        ifindex: 0,
        interface: 0,
        direction: None,
        checksums_ready: true,
    });
}

/// One payload over UDP.
fn datagram(rules: &Arc<RuleSet>, payload: &[u8]) {
    let mut engine = Engine::new(rules.clone(), ChecksumPolicy::Ignore);
    let length = u16::try_from(8 + payload.len()).unwrap_or(u16::MAX).to_be_bytes();
    show(&mut engine, 0, &ipv4(1, 2, 17, 1, 0, &[&[0x9c, 0x40, 0x1e, 0x61, length[0], length[1], 0, 0], payload].concat()));
    engine.finish();
    std::hint::black_box(engine.events());
    assert_eq!(engine.counters().faults, 0);
}

/// Any bytes under `ber_data` and `ber_skip`.
pub fn ber(data: &[u8]) {
    static RULES: OnceLock<Arc<RuleSet>> = OnceLock::new();
    datagram(RULES.get_or_init(|| compiled(&[BER])), data);
}

/// Any bytes under every option that reads a payload.
pub fn options(data: &[u8]) {
    static RULES: OnceLock<Arc<RuleSet>> = OnceLock::new();
    datagram(RULES.get_or_init(|| compiled(&[OWN])), data);
}

/// Server ports of the four connections: each a protocol that is bound to its port, or found by the wizard.
const PORTS: [u16; 4] = [80, 53, 111, 7777];

/// A capture, by steps of two bytes (what, length) and octets: segments in and out of order, acknowledgements, ends, datagrams,
/// fragments and raw IP packets, in either mode.
pub fn engine(data: &[u8]) {
    static RULES: OnceLock<Arc<RuleSet>> = OnceLock::new();
    let rules = RULES.get_or_init(|| compiled(&[STARTER, OWN]));
    let mut rest = Bytes(data);
    let mode = if rest.byte() & 1 == 0 { Mode::Exact } else { Mode::Complete };
    let mut settings = Settings::of(mode);
    settings.network.checksum_eval = ChecksumPolicy::Ignore;
    let Ok(mut engine) = Engine::with(rules.clone(), &settings) else { return };
    let (mut next, mut now) = ([[1000_u32, 5000]; 4], 0_i64);
    while !rest.is_empty() {
        let what = rest.byte();
        let octets = rest.sized(1);
        now += 1_000_000;
        step(&mut engine, what, octets, &mut next[usize::from(what >> 4 & 3)], now);
    }
    engine.finish();
    std::hint::black_box(engine.events());
    assert_eq!(engine.counters().faults, 0);
}

/// One packet. Bits of `what`: 0 to 2 the step, 3 the server's, 4 and 5 the connection, 6 with its acknowledgement.
fn step(engine: &mut Engine, what: u8, octets: &[u8], next: &mut [u32; 2], now: i64) {
    let (me, port) = (usize::from(what >> 3 & 1), PORTS[usize::from(what >> 4 & 3)]);
    let (hosts, ports) = if me == 0 { ((1, 2), [40_000, port]) } else { ((2, 1), [port, 40_000]) };
    let tcp = |engine: &mut Engine, by: usize, flags: u8, seq: u32, ack: u32, payload: &[u8]| {
        let (hosts, ports) = if by == me { (hosts, ports) } else { ((hosts.1, hosts.0), [ports[1], ports[0]]) };
        show(engine, now, &ipv4(hosts.0, hosts.1, 6, 0, 0, &segment(ports, flags, seq, ack, payload)));
    };
    let length = u32::try_from(octets.len()).unwrap_or(0);
    match what & 7 {
        0 => {
            tcp(engine, 0, SYN, next[0].wrapping_sub(1), 0, b"");
            tcp(engine, 1, SYN | ACK, next[1].wrapping_sub(1), next[0], b"");
            tcp(engine, 0, ACK, next[0], next[1], b"");
        }
        1 | 2 => {
            tcp(engine, me, ACK | PSH, next[me], next[1 - me], octets);
            next[me] = next[me].wrapping_add(length);
        }
        3 => {
            // Its first byte says how far from the next octet.
            let away = octets.first().map_or(0, |first| i32::from(*first) - 128);
            tcp(engine, me, ACK, next[me].wrapping_add_signed(away), next[1 - me], octets.get(1..).unwrap_or(&[]));
        }
        4 => tcp(engine, me, octets.first().copied().unwrap_or(FIN | ACK) & !(RST >> 7), next[me], next[1 - me], b""),
        5 => {
            let size = u16::try_from(8 + octets.len()).unwrap_or(8).to_be_bytes();
            let (source, destination) = (ports[0].to_be_bytes(), ports[1].to_be_bytes());
            show(engine, now, &ipv4(hosts.0, hosts.1, 17, 0, 0, &[&source[..], &destination, &size, &[0, 0], octets].concat()));
        }
        6 => {
            let (word, inside) = octets.split_at(octets.len().min(3));
            let &[protocol, high, low] = word else { return };
            show(engine, now, &ipv4(hosts.0, hosts.1, protocol, 7, u16::from_be_bytes([high, low]), inside));
        }
        _ => show(engine, now, octets),
    }
    if what & 0x40 != 0 {
        tcp(engine, 1 - me, ACK, next[1 - me], next[me], b"");
    }
}

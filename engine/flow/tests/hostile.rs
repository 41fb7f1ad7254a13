//! Packets without sense: nothing breaks, every side is closed once, every flow ends once, nothing is left behind.

mod script;

use std::collections::HashMap;

use flow::{FlowLimits, Scan};
use script::{Random, SECOND, Stage};
use wire::Tcp;

/// A segment near the ones before, most of the time.
fn segment(random: &mut Random, me: usize, port: u16) -> Tcp {
    let near = |random: &mut Random, isn: u32| match random.below(50) {
        0 => random.below(1 << 32) as u32,
        _ => isn.wrapping_add(random.below(60) as u32),
    };
    let isn = [u32::MAX - 20, 1 << 31];
    let (src_port, dst_port) = if me == 0 { (port, 80) } else { (80, port) };
    let plain = random.below(4) > 0;
    let flags = if plain { 0x10 } else { random.below(256) as u8 };
    Tcp {
        src_port,
        dst_port,
        seq: near(random, isn[me]),
        ack: near(random, isn[1 - me]),
        flags,
        window: if random.below(5) == 0 { random.below(100) as u16 } else { 65_535 },
        mss: Some(1460).filter(|_| random.below(2) == 0),
        window_scale: Some(random.below(256) as u8).filter(|_| random.below(3) == 0),
        ..Tcp::default()
    }
}

fn splitter(seed: u64) -> script::Splitter {
    let mut random = Random(seed);
    Box::new(move |_, piece, at| {
        assert!(!piece.is_empty() && (at.pending == 0) == (at.segments == 0), "{at:?}");
        match random.below(40) {
            0 => Scan::Restart,
            1..20 => Scan::Flush(random.below(20) as usize),
            _ => Scan::More,
        }
    })
}

#[test]
fn any_packets_in_any_order() {
    let mut reached: HashMap<&str, u64> = HashMap::new();
    for seed in 1..60 {
        let mut random = Random(seed * 1_000_003);
        let limits = FlowLimits {
            flows: 3,
            queue_bytes: 60,
            queue_segments: 6,
            one_way_bytes: 40,
            memory: 700,
            seed: Some(seed),
            ..FlowLimits::default()
        };
        let mut stage = Stage::with(splitter(seed), limits);
        for _ in 0..2000 {
            let (me, port) = (random.below(2) as usize, 1000 + random.below(4) as u16);
            let tcp = segment(&mut random, me, port);
            let length = random.below(20) as usize;
            stage.now += if random.below(100) == 0 { 40 * SECOND } else { SECOND / 100 };
            stage.send(me, tcp, &b"abcdefghijklmnopqrst"[..length]);
            assert!(stage.table.len() <= 3);
        }
        let mut counts: HashMap<String, u64> = HashMap::new();
        let empty = stage.finish();
        for line in &empty {
            let word = line.rsplit(' ').next().unwrap_or_default();
            let kind = if line.contains("end ") { "end" } else { word };
            *counts.entry(kind.to_owned()).or_default() += 1;
        }
        let counters = stage.table.counters();
        assert_eq!(counts["end"], counters.tcp_flows, "seed {seed}");
        assert_eq!(counts["close"], 2 * counters.tcp_flows, "seed {seed}");
        assert!(stage.table.is_empty());
        counters.each(|name, value| *reached.entry(name).or_default() += value);
    }
    for name in [
        "flows_evicted",
        "flows_timed_out",
        "flows_reused",
        "resets",
        "queue_bytes_exceeded",
        "queue_segments_exceeded",
        "memory_exceeded",
        "one_way_exceeded",
        "gaps",
    ] {
        assert!(reached[name] > 0, "{name} never happened");
    }
}

//! Inspects captures and prints alerts as JSON lines: `cargo run --release -p podlynx-engine --example inspect RULES FILE...`.
//! A quick look at the engine without Python; `podlynx inspect` is what people use.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;

use capture::PacketSource;
use engine::{Engine, Mode, Settings};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let rules = Arc::new(
        detect::load(&[(&path, &bytes)], &detect::Variables::default(), std::env::var_os("NO_PREFILTER").is_none(), Default::default())
            .rules,
    );
    // As the verdicts of the conformance sets were recorded: ../shared/conformance/README.md.
    let recorded = br#"{"daq": {"snaplen": 65535}, "network": {"checksum_eval": "none"}, "search_engine": {"max_queue_events": 100},
        "event_queue": {"max_queue": 64, "log": 64}}"#;
    let complete = std::env::var_os("COMPLETE").is_some();
    let settings = if complete { Settings::read(b"{}", Mode::Complete) } else { Settings::read(recorded, Mode::Exact) }.unwrap();
    for file in arguments {
        let start = std::time::Instant::now();
        let mut engine = Engine::with(rules.clone(), &settings).unwrap();
        let Ok(mut source) = capture::open(&file) else { continue };
        while let Ok(Some(frame)) = source.next() {
            engine.process(&frame);
        }
        engine.finish();
        for event in engine.events() {
            println!(
                "{{\"rule\":\"{}:{}:{}\",\"src_ap\":\"{}:{}\",\"dst_ap\":\"{}:{}\",\"pkt_num\":{},\"pkt_gen\":\"{}\",\"service\":{:?},\"file\":\"{file}\"}}",
                event.gid,
                event.sid,
                event.rev,
                event.src_ip,
                event.src_port.unwrap_or(0),
                event.dst_ip,
                event.dst_port.unwrap_or(0),
                event.packet_number,
                event.generator,
                event.service.unwrap_or("unknown"),
            );
        }
        eprintln!("{file}: {:?} {:?} {}", start.elapsed(), rules.derived(), serde_json::to_string(&engine.counters()).unwrap());
    }
}

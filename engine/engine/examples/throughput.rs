//! How fast the engine is without anything around it: `cargo run --release -p podlynx-engine --example throughput RULES FILE...`.
//! Each capture is read into memory and inspected several times; printed is the fastest run by processor time of the thread, beside what copying
//! the same bytes takes. `bench/` measures what people run.
#![allow(missing_docs, clippy::unwrap_used)]

use std::io::Cursor;
use std::sync::Arc;

use capture::PacketSource;
use engine::{ChecksumPolicy, Engine, Mode, Settings};

const RUNS: usize = 4;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let prefilter = std::env::var_os("NO_PREFILTER").is_none();
    let mode = if std::env::var_os("EXACT").is_some() { Mode::Exact } else { Mode::Complete };
    let runs = std::env::var("RUNS").map_or(RUNS, |text| text.parse().unwrap());
    let rules = Arc::new(detect::load(&[(&path, &bytes)], &detect::Variables::default(), prefilter, Default::default()).rules);
    let mut settings = Settings::of(mode);
    settings.network.checksum_eval = ChecksumPolicy::Ignore;
    for file in arguments {
        let bytes: &'static [u8] = std::fs::read(&file).unwrap().leak();
        let size = bytes.len() as f64;
        let mut last = String::new();
        let (mut best, mut copy) = (f64::MAX, f64::MAX);
        for _ in 0..runs {
            let mut engine = Engine::with(rules.clone(), &settings).unwrap();
            let start = busy();
            let mut source = capture::from_reader(Cursor::new(bytes), &file).unwrap();
            while let Ok(Some(frame)) = source.next() {
                engine.process(&frame);
            }
            engine.finish();
            best = best.min(busy() - start);
            last = serde_json::to_string(&engine.counters()).unwrap();
            copy = copy.min(copying(bytes));
        }
        println!("{file}: {:.3} GB/s, memcpy {:.1} GB/s, ratio {:.4} {last}", size / best, size / copy, copy / best);
    }
}

/// Nanoseconds that this thread has run.
fn busy() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// Nanoseconds to copy `bytes` in pieces of one window.
fn copying(bytes: &[u8]) -> f64 {
    let mut window = vec![0; 1 << 20];
    let start = busy();
    for piece in bytes.chunks(window.len()) {
        window[..piece.len()].copy_from_slice(piece);
        std::hint::black_box(&mut window);
    }
    busy() - start
}

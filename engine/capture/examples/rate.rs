//! How fast captures are read and decoded: `cargo run --release -p podlynx-capture --example rate FILE…`
//!
//! Prints packets and bytes a second, what would not be inspected and why, and every file that cannot be read.

use std::collections::BTreeMap;
use std::time::Instant;

use capture::{CaptureError, PacketSource};
use wire::Checksums;

#[derive(Default)]
struct Totals {
    packets: u64,
    bytes: u64,
    payload: u64,
    not_inspected: BTreeMap<&'static str, u64>,
    anomalies: BTreeMap<&'static str, u64>,
}

fn main() {
    let (mut totals, start) = (Totals::default(), Instant::now());
    let mut failed = 0;
    for path in std::env::args().skip(1) {
        if let Err(error) = read(&path, &mut totals) {
            failed += 1;
            println!("{error}");
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let Totals { packets, bytes, payload, not_inspected, anomalies } = totals;
    println!("{packets} packets, {bytes} bytes ({payload} of payload) in {seconds:.3} s; {failed} files failed");
    println!("{:.2} GB/s, {:.0} ns a packet", bytes as f64 / seconds / 1e9, seconds * 1e9 / packets.max(1) as f64);
    println!("not inspected: {not_inspected:?}");
    println!("anomalies: {anomalies:?}");
}

fn read(path: &str, totals: &mut Totals) -> Result<(), CaptureError> {
    let mut source = capture::open(path)?;
    while let Some(frame) = source.next()? {
        let packet = wire::decode(frame.link, frame.data, Checksums::Ignore);
        totals.packets += 1;
        totals.bytes += frame.data.len() as u64;
        totals.payload += packet.payload.len() as u64;
        for anomaly in packet.anomalies.iter() {
            *totals.anomalies.entry(anomaly.name()).or_default() += 1;
        }
        if let Some(reason) = packet.not_inspected() {
            *totals.not_inspected.entry(reason.name()).or_default() += 1;
        }
    }
    Ok(())
}

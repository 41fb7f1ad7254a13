//! One worker of a live capture: its rings, and the engine that nobody else touches.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;

use capture::{CaptureError, PacketSource, Statistics};
use engine::Engine;

/// Packets that each ring may show at least in one turn, however many rings there are.
const TURN: usize = 64;

/// Nanoseconds between two looks at what the rings dropped.
const LOOK: i64 = 200_000_000;

pub struct Lane {
    pub source: capture::Live,
    pub adopted: Vec<capture::Live>,
    pub engine: Engine,
    dropped: u64,
    looked: i64,
}

impl Lane {
    pub fn new(source: capture::Live, engine: Engine) -> Self {
        Self { source, adopted: Vec::new(), engine, dropped: 0, looked: 0 }
    }

    pub fn sources(&mut self) -> impl Iterator<Item = &mut capture::Live> {
        std::iter::once(&mut self.source).chain(&mut self.adopted)
    }

    /// Adds what to wait on; false: packets are there already.
    pub fn waits(&mut self, descriptors: &mut Vec<RawFd>) -> bool {
        self.sources().all(|source| {
            descriptors.push(source.as_raw_fd());
            !source.ready(&[]).unwrap_or(true)
        })
    }

    /// Inspects what is there, `most` packets of all rings.
    pub fn inspect(&mut self, rules: Option<&Arc<detect::RuleSet>>, troubled: &[RawFd], most: usize) -> Result<(), CaptureError> {
        if let Some(rules) = rules {
            self.engine.reload(rules.clone());
        }
        let most = (most / (1 + self.adopted.len())).max(TURN);
        for source in std::iter::once(&mut self.source).chain(&mut self.adopted) {
            if source.ready(troubled)? {
                batch(source, &mut self.engine, most)?;
            }
        }
        let now = capture::now();
        self.look_for_drops(now);
        self.engine.settle(now);
        Ok(())
    }

    /// What all its rings count.
    pub fn statistics(&mut self) -> Statistics {
        self.sources().filter_map(|source| source.statistics().ok()).fold(Statistics::default(), |all, ring| Statistics {
            received: all.received + ring.received,
            dropped: all.dropped + ring.dropped,
            ring_full: all.ring_full + ring.ring_full,
            interfaces_down: all.interfaces_down + ring.interfaces_down,
        })
    }

    fn look_for_drops(&mut self, now: i64) {
        if (0..LOOK).contains(&(now - self.looked)) {
            return;
        }
        self.looked = now;
        let dropped = self.statistics().dropped;
        if dropped > self.dropped {
            self.engine.dropped(now);
        }
        self.dropped = dropped;
    }
}

fn batch(source: &mut capture::Live, engine: &mut Engine, most: usize) -> Result<(), CaptureError> {
    for _ in 0..most {
        match source.next()? {
            Some(frame) => engine.process(&frame),
            None => break,
        }
        engine.feel(source.filled());
    }
    Ok(())
}

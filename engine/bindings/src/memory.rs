//! The process's memory limit, and how near it is.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

use engine::Budget;

/// What rules, pattern databases and Python take beside rings and engines, in bytes.
const BASE: usize = 224 << 20;

/// Above so much of the limit, of 100, memory is short.
const SHORT: usize = 90;

/// Memory that has to be taken anew before something is given back again: what was given back once is used again by us, not by others.
const STEP: usize = 4 << 20;

const LOOK: Duration = Duration::from_millis(500);

pub struct Memory {
    /// What engines may take; `None`: no limit is known.
    pub budget: Option<Budget>,
    limit: usize,
    /// Opened early: later the process may open nothing.
    resident: Option<File>,
    looked: Instant,
    relieved_at: usize,
    now: usize,
}

impl Memory {
    /// `limit`: bytes of the whole process, 0: none; `rings`: bytes of the kernel's rings, which count towards it.
    pub fn new(limit: usize, rings: usize) -> Self {
        let budget = (limit > 0).then(|| Budget::new(limit.saturating_sub(rings + BASE.min(limit / 2))));
        let resident = if limit > 0 { File::open("/proc/self/statm").ok() } else { None };
        Self { budget, limit, resident, looked: Instant::now(), relieved_at: 0, now: 0 }
    }

    /// Whether memory has become short since it was relieved last. Looks now and then.
    pub fn is_short(&mut self) -> bool {
        if self.resident.is_none() || self.looked.elapsed() < LOOK {
            return false;
        }
        self.looked = Instant::now();
        self.now = self.read().unwrap_or(0);
        self.now > self.limit / 100 * SHORT && self.now > self.relieved_at + STEP
    }

    /// Something was given back.
    pub fn relieved(&mut self) {
        self.relieved_at = self.now;
    }

    /// Bytes in memory, the rings' included (proc(5), /proc/pid/statm).
    fn read(&mut self) -> Option<usize> {
        let file = self.resident.as_mut()?;
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).ok()?;
        file.read_to_string(&mut text).ok()?;
        text.split(' ').nth(1)?.parse::<usize>().ok().map(|pages| pages * 4096)
    }
}

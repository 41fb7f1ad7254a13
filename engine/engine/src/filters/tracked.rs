//! What is remembered of each address that a filter counts: bounded, the idle ones forgotten first.

use std::net::IpAddr;

use hashbrown::HashMap;

/// Filter, rule and address that are counted together.
pub(super) type Key = (u32, u32, u32, Option<IpAddr>);

/// Counts by key.
#[derive(Debug)]
pub(super) struct Tracked<T> {
    seen: HashMap<Key, T, foldhash::fast::RandomState>,
    /// When idle ones were last looked for, in seconds since the epoch: not more than once a second.
    swept: i64,
    /// Events that were not counted because the table was full.
    pub full: u64,
}

impl<T> Default for Tracked<T> {
    fn default() -> Self {
        Self { seen: HashMap::default(), swept: i64::MIN, full: 0 }
    }
}

impl<T> Tracked<T> {
    /// Keys counted at once.
    pub const CAP: usize = 65_536;

    /// What is kept of `key`, made by `new` where it is not known; `None`: there is no room, also after those were forgotten which
    /// `over` says are of no use any more.
    pub fn entry(&mut self, key: Key, now: i64, over: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> Option<&mut T> {
        if self.seen.len() >= Self::CAP && !self.seen.contains_key(&key) {
            if self.swept != now {
                self.swept = now;
                self.seen.retain(|_, kept| !over(kept));
            }
            if self.seen.len() >= Self::CAP {
                self.full += 1;
                return None;
            }
        }
        Some(self.seen.entry(key).or_insert_with(new))
    }
}

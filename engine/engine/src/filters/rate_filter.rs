//! `rate_filter`: a rule's action changes for a while when its events come too fast.

use detect::header::Addresses;
use detect::{Action, Variables};
use serde::{Deserialize, Serialize};

use super::suppress::one;
use super::tracked::Tracked;
use super::{Happening, Track, networks};

/// One entry of `rate_filter`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateFilter {
    /// Generator.
    #[serde(default = "one")]
    pub gid: u32,
    /// Signature.
    pub sid: u32,
    /// Events are counted by this address.
    pub track: Track,
    /// Events of a window that change nothing.
    pub count: u32,
    /// Length of the window; 0: all events ever.
    pub seconds: u32,
    /// Action of the rule from then on.
    pub new_action: String,
    /// Seconds after which the rule's own action holds again; 0: never.
    pub timeout: u32,
    /// Only these addresses are counted; empty: all.
    #[serde(default)]
    pub apply_to: String,
}

#[derive(Debug, Clone, Copy)]
struct Rate {
    start: i64,
    count: u64,
    /// The new action holds since then.
    changed: Option<i64>,
    /// Seconds without an event after which nothing of this matters any more; `None`: never.
    matters: Option<i64>,
    last: i64,
}

#[derive(Debug, Default)]
pub(super) struct RateFilters {
    filters: Vec<(RateFilter, Action, Addresses)>,
    rates: Tracked<Rate>,
}

impl RateFilters {
    pub fn new(entries: &[RateFilter], variables: &Variables) -> Result<Self, String> {
        let read = |(place, entry): (usize, &RateFilter)| {
            let action = entry.new_action.parse().map_err(|error| format!("rate_filter.{place}.new_action: {error}"))?;
            let addresses = networks(&format!("rate_filter.{place}.apply_to"), &entry.apply_to, variables)?;
            if entry.track == Track::Rule && !entry.apply_to.is_empty() {
                return Err(format!("rate_filter.{place}.apply_to: is not possible with track by_rule"));
            }
            Ok((entry.clone(), action, addresses))
        };
        let filters = entries.iter().enumerate().map(read).collect::<Result<_, String>>()?;
        Ok(Self { filters, rates: Tracked::default() })
    }

    /// Counts the event; answers the action that takes the place of the rule's own.
    pub fn action(&mut self, event: &Happening) -> Option<Action> {
        let mut changed = None;
        for (place, (filter, action, addresses)) in self.filters.iter().enumerate() {
            let address = event.address(filter.track);
            if !event.is_of(filter.gid, filter.sid) || address.is_some_and(|address| !addresses.contains(address)) {
                continue;
            }
            let key = (place as u32, event.gid, event.sid, address);
            let (window, timeout) = (i64::from(filter.seconds), i64::from(filter.timeout));
            let matters = (window > 0 && timeout > 0).then(|| window.max(timeout));
            let fresh = Rate { start: event.now, count: 0, changed: None, matters, last: event.now };
            let over = |rate: &Rate| rate.matters.is_some_and(|matters| event.now - rate.last > matters);
            let Some(rate) = self.rates.entry(key, event.now, over, || fresh) else { continue };
            if rate.counts(event.now, window, timeout, filter.count) {
                changed = changed.or(Some(*action));
            }
        }
        changed
    }

    pub fn full(&self) -> u64 {
        self.rates.full
    }
}

impl Rate {
    /// Counts one event; answers whether the new action holds for it.
    fn counts(&mut self, now: i64, window: i64, timeout: i64, most: u32) -> bool {
        self.last = now;
        if window > 0 && now - self.start >= window {
            (self.start, self.count) = (now, 0);
        }
        self.count += 1;
        if self.changed.is_some_and(|since| timeout > 0 && now - since >= timeout) {
            self.changed = None;
        }
        if self.changed.is_none() && self.count > u64::from(most) {
            self.changed = Some(now);
        }
        self.changed.is_some()
    }
}

//! `event_filter`: a rule's events are shown so often, and then no more for a while.

use detect::Variables;
use detect::header::Addresses;
use serde::{Deserialize, Serialize};

use super::suppress::one;
use super::tracked::Tracked;
use super::{Happening, Track, networks};

/// One entry of `event_filter`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventFilter {
    /// Generator; 0 with `sid` 0: every rule that no other filter is for.
    #[serde(default = "one")]
    pub gid: u32,
    /// Signature; 0: every rule of the generator that has no filter of its own.
    pub sid: u32,
    /// Which events of a window are shown.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Events are counted by rule and this address.
    pub track: Track,
    /// Events; -1: the filter is off, and so are wider ones for this rule.
    pub count: i64,
    /// Length of the window; it begins with an event.
    pub seconds: u32,
    /// Only events whose tracked address is one of these are filtered; empty: all.
    #[serde(default)]
    pub ip: String,
}

/// Which events of a window are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The first `count`.
    Limit,
    /// Every `count`th.
    Threshold,
    /// The `count`th alone.
    Both,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    start: i64,
    length: i64,
    count: i64,
}

#[derive(Debug, Default)]
pub(super) struct EventFilters {
    filters: Vec<(EventFilter, Addresses)>,
    windows: Tracked<Window>,
}

impl EventFilters {
    pub fn new(entries: &[EventFilter], variables: &Variables) -> Result<Self, String> {
        let read = |(place, entry): (usize, &EventFilter)| {
            let addresses = networks(&format!("event_filter.{place}.ip"), &entry.ip, variables)?;
            match entry {
                EventFilter { track: Track::Rule, .. } => {
                    Err(format!("event_filter.{place}.track: by_rule is not possible here, use by_src or by_dst"))
                }
                EventFilter { count: 0 | i64::MIN..=-2, .. } => {
                    Err(format!("event_filter.{place}.count: must be 1 or more, or -1 for off"))
                }
                EventFilter { count: 1.., seconds: 0, .. } => Err(format!("event_filter.{place}.seconds: must be 1 or more")),
                _ => Ok((entry.clone(), addresses)),
            }
        };
        let filters = entries.iter().enumerate().map(read).collect::<Result<_, String>>()?;
        Ok(Self { filters, windows: Tracked::default() })
    }

    /// Whether the event is shown; it is where there is no room to count it.
    pub fn admits(&mut self, event: &Happening) -> bool {
        let applies = |(filter, addresses): &(EventFilter, Addresses)| {
            let address = event.address(filter.track);
            event.is_of(filter.gid, filter.sid) && address.is_none_or(|address| addresses.contains(address))
        };
        // The narrowest one counts: for the rule, else for its generator, else for all.
        let fitting = self.filters.iter().enumerate().filter(|(_, filter)| applies(filter));
        let Some((place, (filter, _))) = fitting.max_by_key(|(_, (filter, _))| (filter.sid != 0, filter.gid != 0)) else { return true };
        if filter.count < 0 {
            return true;
        }
        let key = (place as u32, event.gid, event.sid, event.address(filter.track));
        let fresh = Window { start: event.now, length: i64::from(filter.seconds), count: 0 };
        let over = |window: &Window| event.now - window.start >= window.length;
        let Some(window) = self.windows.entry(key, event.now, over, || fresh) else { return true };
        if over(window) {
            *window = fresh;
        }
        window.count += 1;
        match filter.kind {
            Kind::Limit => window.count <= filter.count,
            Kind::Threshold => window.count % filter.count == 0,
            Kind::Both => window.count == filter.count,
        }
    }

    pub fn full(&self) -> u64 {
        self.windows.full
    }
}

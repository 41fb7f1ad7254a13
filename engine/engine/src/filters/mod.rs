//! What becomes of an event after it was chosen: `rate_filter`, then `event_filter`, then `suppress` (Snort 3 manual, the modules of these
//! names; Snort notes 4.1, step 6, and 4.2). They look at events only: rules that do not match cost nothing here.

mod event_filter;
mod rate_filter;
mod suppress;
#[cfg(test)]
mod tests;
mod tracked;

use std::net::IpAddr;

use detect::Action;
use detect::Variables;
use serde::{Deserialize, Serialize};

pub use event_filter::EventFilter;
pub use rate_filter::RateFilter;
pub use suppress::Suppress;

use crate::settings::Settings;

/// Filters of each kind that may be set.
pub const FILTERS: usize = 4096;

/// Which address of an event counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Track {
    /// Who sent the bytes.
    #[serde(rename = "by_src")]
    Source,
    /// Who received them.
    #[serde(rename = "by_dst")]
    Destination,
    /// None: all events of the rule together.
    #[serde(rename = "by_rule")]
    Rule,
}

/// What filters look at.
#[derive(Debug, Clone, Copy)]
pub struct Happening {
    /// Generator of the rule.
    pub gid: u32,
    /// Signature of the rule.
    pub sid: u32,
    /// Who sent the bytes.
    pub source: IpAddr,
    /// Who received them.
    pub destination: IpAddr,
    /// Seconds since the epoch.
    pub now: i64,
}

impl Happening {
    fn address(&self, track: Track) -> Option<IpAddr> {
        match track {
            Track::Source => Some(self.source),
            Track::Destination => Some(self.destination),
            Track::Rule => None,
        }
    }

    /// Whether a filter for these numbers is for this rule; a signature of 0 stands for all of the generator.
    fn is_of(&self, gid: u32, sid: u32) -> bool {
        (gid == 0 && sid == 0) || (gid == self.gid && (sid == 0 || sid == self.sid))
    }
}

/// All filters with what they remember, of one worker.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    rates: rate_filter::RateFilters,
    events: event_filter::EventFilters,
    suppressed: suppress::Suppressions,
    /// Events that a filter held back.
    pub held_back: u64,
    /// Events of rules that say `pass`, or whose rate made them so.
    pub passed: u64,
    /// Events of rules that say `log`.
    pub logged_only: u64,
}

impl Filters {
    /// As they are set. `Err` says which cannot be used and why.
    pub fn new(settings: &Settings, variables: &Variables) -> Result<Self, String> {
        for (name, count) in [
            ("suppress", settings.suppress.len()),
            ("event_filter", settings.event_filter.len()),
            ("rate_filter", settings.rate_filter.len()),
        ] {
            if count > FILTERS {
                return Err(format!("{name}: {count} entries, {FILTERS} may be set"));
            }
        }
        Ok(Self {
            rates: rate_filter::RateFilters::new(&settings.rate_filter, variables)?,
            events: event_filter::EventFilters::new(&settings.event_filter, variables)?,
            suppressed: suppress::Suppressions::new(&settings.suppress, variables)?,
            ..Self::default()
        })
    }

    /// These filters in the place of `before`, whose counts go on.
    pub fn counting_on(mut self, before: &Self) -> Self {
        (self.held_back, self.passed, self.logged_only) = (before.held_back, before.passed, before.logged_only);
        self
    }

    /// Whether an event of a rule with this action is shown.
    pub fn shows(&mut self, action: Action, event: &Happening) -> bool {
        match self.rates.action(event).unwrap_or(action) {
            Action::Pass => self.passed += 1,
            Action::Log => self.logged_only += 1,
            _ if self.events.admits(event) && !self.suppressed.hides(event) => return true,
            _ => self.held_back += 1,
        }
        false
    }

    /// Addresses that were not counted because a table was full, by name.
    pub fn caps(&self) -> [(&'static str, u64); 2] {
        [("addresses of event_filter", self.events.full()), ("addresses of rate_filter", self.rates.full())]
    }
}

/// A list of addresses as text, or none, which means all.
fn networks(place: &str, text: &str, variables: &Variables) -> Result<detect::header::Addresses, String> {
    if text.is_empty() { Ok(Default::default()) } else { variables.networks(text).map_err(|error| format!("{place}: {error}")) }
}

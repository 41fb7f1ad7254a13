//! `suppress`: events that are never shown.

use detect::Variables;
use detect::header::Addresses;
use serde::{Deserialize, Serialize};

use super::{Happening, Track, networks};

/// One entry of `suppress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppress {
    /// Generator; 0 with `sid` 0: every rule.
    #[serde(default = "one")]
    pub gid: u32,
    /// Signature; 0: every rule of the generator.
    pub sid: u32,
    /// Only events whose address on this side is in `ip`; without it, all.
    #[serde(default)]
    pub track: Option<Track>,
    /// Addresses; empty: all.
    #[serde(default)]
    pub ip: String,
}

pub(super) fn one() -> u32 {
    1
}

#[derive(Debug, Default)]
pub(super) struct Suppressions(Vec<(Suppress, Addresses)>);

impl Suppressions {
    pub fn new(entries: &[Suppress], variables: &Variables) -> Result<Self, String> {
        let read = |(place, entry): (usize, &Suppress)| {
            let addresses = networks(&format!("suppress.{place}.ip"), &entry.ip, variables)?;
            match entry.track {
                Some(Track::Rule) => Err(format!("suppress.{place}.track: by_rule is not possible here, use by_src or by_dst")),
                None if !entry.ip.is_empty() => Err(format!("suppress.{place}.ip: needs track, say by_src or by_dst")),
                _ => Ok((entry.clone(), addresses)),
            }
        };
        entries.iter().enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    pub fn hides(&self, event: &Happening) -> bool {
        self.0.iter().any(|(entry, addresses)| {
            let address = entry.track.and_then(|track| event.address(track));
            event.is_of(entry.gid, entry.sid) && address.is_none_or(|address| addresses.contains(address))
        })
    }
}

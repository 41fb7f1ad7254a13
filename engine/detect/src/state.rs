//! What detection remembers: bits of a flow, rates of a rule.

use std::net::IpAddr;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::context::{Context, ContextKey};
use crate::rule_set::RuleSet;
use crate::subject::Subject;

/// What detection keeps on a flow.
#[derive(Debug, Clone, Default)]
pub struct FlowState {
    bits: Vec<u64>,
    /// What the numbers of bits mean.
    lineage: u32,
    /// The rule set that the contexts belong to.
    serial: u32,
    /// Contexts of both directions, resolved once and again when the service becomes known.
    contexts: [Option<(ContextKey, Arc<Context>)>; 2],
}

impl FlowState {
    /// The context of `subject`, kept from the last time where nothing changed.
    pub fn context(&mut self, set: &RuleSet, subject: &Subject<'_>) -> Arc<Context> {
        if self.serial != set.serial {
            self.reloaded(set);
        }
        let key = set.key(subject);
        let slot = &mut self.contexts[subject.side.map_or(0, |side| side as usize)];
        match slot {
            Some((known, context)) if *known == key => context.clone(),
            _ => slot.insert((key, set.context(&key))).1.clone(),
        }
    }

    /// Other rules are in use: the contexts are of no use any more, the bits are where their numbers mean the same.
    #[cold]
    fn reloaded(&mut self, set: &RuleSet) {
        let lineage = set.flowbits().lineage();
        let bits = if self.lineage == lineage { std::mem::take(&mut self.bits) } else { Vec::new() };
        *self = Self { bits, lineage, serial: set.serial, ..Self::default() };
    }

    /// Sets flowbit number `bit`.
    pub fn set(&mut self, bit: u16) {
        let word = usize::from(bit / 64);
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        self.bits[word] |= 1 << (bit % 64);
    }

    /// Clears flowbit number `bit`.
    pub fn clear(&mut self, bit: u16) {
        if let Some(word) = self.bits.get_mut(usize::from(bit / 64)) {
            *word &= !(1 << (bit % 64));
        }
    }

    /// Whether flowbit number `bit` is set.
    pub fn has(&self, bit: u16) -> bool {
        self.bits.get(usize::from(bit / 64)).is_some_and(|word| word & (1 << (bit % 64)) != 0)
    }

    /// Whether any bit was ever set.
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }
}

/// Rates for `detection_filter` (Snort notes 2.11), by rule and address.
#[derive(Debug, Default)]
pub struct Rates {
    seen: HashMap<(u32, IpAddr), Rate, foldhash::fast::RandomState>,
    /// Rules that were counted as below their rate because the table was full.
    pub full: u64,
}

#[derive(Debug, Clone, Copy)]
struct Rate {
    start: i64,
    last: i64,
    count: u32,
    previous: u32,
}

impl Rates {
    /// Addresses tracked at once, over all rules.
    pub const CAP: usize = 65_536;

    /// For other rules: what was counted stays with the rules that are in them too, by number, with the same rate.
    pub fn reloaded(&mut self, before: &RuleSet, after: &RuleSet) -> Self {
        let rated = after.rules().iter().enumerate().filter(|(_, rule)| rule.rate.is_some());
        let index: HashMap<_, _> = rated.map(|(index, rule)| ((rule.id.gid, rule.id.sid, rule.rate), index as u32)).collect();
        let moved = |((rule, address), rate): ((u32, IpAddr), Rate)| {
            let rule = before.rule(rule)?;
            Some(((*index.get(&(rule.id.gid, rule.id.sid, rule.rate))?, address), rate))
        };
        Self { seen: std::mem::take(&mut self.seen).into_iter().filter_map(moved).collect(), full: self.full }
    }

    /// Counts one hit of `rule` by `address` at `now` (whole seconds); answers whether the rule may alert.
    pub fn hit(&mut self, rule: u32, address: IpAddr, now: i64, count: u32, seconds: u32) -> bool {
        if self.seen.len() >= Self::CAP && !self.seen.contains_key(&(rule, address)) {
            self.seen.retain(|_, rate| now - rate.last <= i64::from(seconds));
            if self.seen.len() >= Self::CAP {
                self.full += 1;
                return false;
            }
        }
        let rate = self.seen.entry((rule, address)).or_insert(Rate { start: now, last: now, count: 0, previous: 0 });
        rate.count += 1;
        if now - rate.start >= i64::from(seconds) {
            let quiet = now - rate.last > i64::from(seconds);
            rate.previous = if quiet { 0 } else { rate.count - 1 };
            rate.start = now;
            rate.count = 1;
        }
        rate.last = now;
        rate.count > count || rate.previous > count
    }
}

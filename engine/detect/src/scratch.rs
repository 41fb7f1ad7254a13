//! What one worker keeps between two units of detection: working memory, rates, and what it counted.

use std::sync::Arc;

use bumpalo::Bump;
use inspect::BufferId;

use crate::action::Action;
use crate::context::{Context, ContextKey, Names};
use crate::prefilter;
use crate::rule_set::RuleSet;
use crate::selection::Selection;
use crate::state::Rates;
use crate::step::Found;
use crate::subject::Subject;

/// Working memory and counters of one worker.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) patterns: prefilter::Scratch,
    pub(crate) hits: Vec<u32>,
    /// Generation in which a rule was last a candidate.
    pub(crate) seen: Vec<u32>,
    pub(crate) generation: u32,
    pub(crate) late: Vec<u32>,
    /// Buffers that are searched, each with the names that its bytes have.
    pub(crate) groups: Vec<(BufferId, Names)>,
    pub(crate) found: Vec<Found>,
    pub(crate) memory: Bump,
    pub(crate) rates: Rates,
    /// Rates are somebody else's to count, see [`Scratch::leave_rates`].
    pub(crate) rates_left: bool,
    contexts: Option<(ContextKey, Arc<Context>)>,
    /// Matches of the running unit by action.
    pub(crate) kept: [usize; Action::ALL.len()],
    /// Which matches are kept, and in which order.
    pub selection: Selection,
    /// What was done.
    pub counters: Counters,
}

/// What detection did.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counters {
    /// Units of detection.
    pub units: u64,
    /// Rules evaluated.
    pub evaluations: u64,
    /// Bytes searched for patterns.
    pub searched: u64,
    /// Rules given up because they took too many steps.
    pub over_budget: u64,
    /// Regular expressions given up at their match limit.
    pub expressions_limited: u64,
    /// Pattern searches that failed; every rule of the context was evaluated instead.
    pub failed_searches: u64,
    /// Matches that were dropped beyond the cap of one unit.
    pub dropped_matches: u64,
}

impl Scratch {
    /// With a choice of matches.
    pub fn choosing(selection: Selection) -> Self {
        Self { selection, ..Self::default() }
    }

    /// Lets go of everything that belongs to one rule set, for use with another. Counters go on.
    pub fn forget(&mut self) {
        let rates = self.rates.emptied();
        *self = Self { counters: self.counters, rates, rates_left: self.rates_left, selection: self.selection.clone(), ..Self::default() };
    }

    /// Hits not counted towards `detection_filter` because its table was full.
    pub fn full_rates(&self) -> u64 {
        self.rates.full
    }

    /// Leaves `detection_filter` to whoever gathers the matches of several workers: each carries its rate. Rules that set flowbits or
    /// raise nothing are counted here all the same, as their effect is here.
    pub fn leave_rates(&mut self) {
        self.rates_left = true;
    }

    pub(crate) fn begin(&mut self, rules: usize) {
        if self.seen.len() != rules || self.generation == u32::MAX {
            self.seen = vec![0; rules];
            self.generation = 0;
        }
        self.generation += 1;
        self.hits.clear();
        self.late.clear();
        self.memory.reset();
        self.kept = Default::default();
        self.counters.units += 1;
    }

    pub(crate) fn context(&mut self, set: &RuleSet, subject: &Subject<'_>) -> Arc<Context> {
        let key = set.key(subject);
        match &self.contexts {
            Some((known, context)) if *known == key => context.clone(),
            _ => {
                let context = set.context(&key);
                self.contexts = Some((key, context.clone()));
                context
            }
        }
    }
}

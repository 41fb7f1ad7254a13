//! What each rule costs: how often it is tried, how far it comes, and how long that takes.

use std::time::{Duration, Instant};

use hashbrown::HashMap;

use crate::cursor::Cursor;
use crate::rule::Rule;
use crate::rule_set::RuleSet;
use crate::step::Evaluation;
use crate::watch::{Outcome, Watch};

/// The cost of one rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cost {
    /// Times that it was tried: the search named it, or it has no fast pattern and its header may fit.
    pub candidates: u64,
    /// Times that its options were looked at.
    pub evaluations: u64,
    /// Times that all of them held.
    pub matches: u64,
    /// Times that it was given up because it took too many steps.
    pub over_budget: u64,
    /// Looks at options.
    pub steps: u64,
    /// Times that option `i` was the furthest that was looked at and did not hold.
    pub failed_at: Vec<u64>,
    /// Time of all trials.
    pub time: Duration,
    /// The longest trial.
    pub longest: Duration,
}

impl Cost {
    /// Adds another worker's, or another capture's.
    pub fn add(&mut self, other: &Self) {
        self.candidates += other.candidates;
        self.evaluations += other.evaluations;
        self.matches += other.matches;
        self.over_budget += other.over_budget;
        self.steps += other.steps;
        self.time += other.time;
        self.longest = self.longest.max(other.longest);
        if self.failed_at.len() < other.failed_at.len() {
            self.failed_at.resize(other.failed_at.len(), 0);
        }
        self.failed_at.iter_mut().zip(&other.failed_at).for_each(|(mine, theirs)| *mine += theirs);
    }
}

/// Looks on with a clock. It is the only part of detection that has one, and no verdict comes near it.
#[derive(Debug)]
pub struct Profile {
    serial: u32,
    /// By index of the rules in use.
    costs: Vec<Cost>,
    /// Generator and signature of each of them.
    ids: Vec<(u32, u32)>,
    /// Of rule sets used before, by generator and signature.
    before: HashMap<(u32, u32), Cost>,
    /// Units of detection.
    pub units: u64,
    /// Time in which fast patterns of all rules were searched for together.
    pub search: Duration,
    /// What looking at the clock twice takes by itself.
    clock: Duration,
    since: Instant,
    /// Of the running trial: the furthest option, and looks at options.
    reached: usize,
    steps: u64,
}

impl Default for Profile {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            serial: 0,
            costs: Vec::new(),
            ids: Vec::new(),
            before: HashMap::new(),
            units: 0,
            search: Duration::ZERO,
            clock: clock_cost(),
            since: now,
            reached: 0,
            steps: 0,
        }
    }
}

/// The least of many tries: what comes on top of it is the machine's doing.
fn clock_cost() -> Duration {
    (0..1000).map(|_| Instant::now().elapsed()).min().unwrap_or_default()
}

impl Profile {
    /// Every rule that was tried, by generator and signature.
    pub fn costs(&self) -> Vec<((u32, u32), Cost)> {
        let mut all = self.before.clone();
        for (id, cost) in self.ids.iter().zip(&self.costs).filter(|(_, cost)| cost.candidates > 0) {
            all.entry(*id).or_default().add(cost);
        }
        let mut costs: Vec<_> = all.into_iter().collect();
        costs.sort_by_key(|(id, cost)| (std::cmp::Reverse(cost.time), *id));
        costs
    }

    fn lap(&self) -> Duration {
        self.since.elapsed().saturating_sub(self.clock)
    }
}

impl Watch for Profile {
    fn unit(&mut self, set: &RuleSet) {
        self.units += 1;
        if self.serial != set.serial {
            self.before = self.costs().into_iter().collect();
            self.ids = set.rules().iter().map(|rule| (rule.id.gid, rule.id.sid)).collect();
            self.costs = vec![Cost::default(); self.ids.len()];
            self.serial = set.serial;
        }
    }

    fn search_begins(&mut self) {
        self.since = Instant::now();
    }

    fn search_ends(&mut self) {
        self.search += self.lap();
    }

    fn begins(&mut self, _rule: u32) {
        (self.reached, self.steps) = (0, 0);
        self.since = Instant::now();
    }

    fn stepped(&mut self, _rule: &Rule, index: usize, _on: &Evaluation<'_, '_>, _before: &Cursor<'_>, _after: &Cursor<'_>, _holds: bool) {
        self.reached = self.reached.max(index);
        self.steps += 1;
    }

    fn ends(&mut self, rule: u32, outcome: Outcome) {
        let time = self.lap();
        let (reached, steps) = (self.reached, self.steps);
        let Some(cost) = self.costs.get_mut(rule as usize) else { return };
        cost.candidates += 1;
        cost.evaluations += u64::from(outcome.evaluated());
        cost.matches += u64::from(outcome.holds());
        cost.over_budget += u64::from(outcome == Outcome::OverBudget);
        cost.steps += steps;
        cost.time += time;
        cost.longest = cost.longest.max(time);
        if outcome == Outcome::Failed {
            if cost.failed_at.len() <= reached {
                cost.failed_at.resize(reached + 1, 0);
            }
            cost.failed_at[reached] += 1;
        }
    }
}

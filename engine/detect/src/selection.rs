//! Which matches of one unit of detection are kept, and in which order (Snort notes 4.1, steps 1 to 3).

use crate::action::Action;
use crate::detect::Match;
use crate::rule::Rule;

/// Ranks of actions, a limit, and an order.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Matches kept of each action (Snort: `search_engine.max_queue_events`).
    pub(crate) most: usize,
    /// Place of each action in `alerts.order`.
    ranks: [u8; Action::ALL.len()],
    /// More severe rules first, instead of those with longer contents (Snort: `event_queue.order_events`).
    by_priority: bool,
    /// All actions with a match count, not only the first in order (Snort: `event_queue.process_all_events`).
    all_actions: bool,
}

impl Default for Selection {
    fn default() -> Self {
        Self { most: 1024, ranks: std::array::from_fn(|rank| rank as u8), by_priority: false, all_actions: false }
    }
}

impl Selection {
    /// With a limit for each action, in Snort's order of actions.
    pub fn new(most: usize, by_priority: bool, all_actions: bool) -> Self {
        Self { most, by_priority, all_actions, ..Self::default() }
    }

    /// With these actions first, in their order; those that are not named follow in Snort's.
    pub fn ordered(mut self, order: &[Action]) -> Self {
        let rest = Action::ALL.into_iter().filter(|action| !order.contains(action));
        for (rank, action) in order.iter().copied().chain(rest).enumerate() {
            self.ranks[action as usize] = rank as u8;
        }
        self
    }

    /// Puts matches in the order in which they are logged, and leaves out those of actions that do not count: a rule with `pass` ends
    /// the matter for every action behind it.
    pub fn arrange(&self, rules: &[Rule], matches: &mut Vec<Match>) {
        let rule = |found: &Match| &rules[found.rule as usize];
        let rank = |found: &Match| self.ranks[rule(found).action as usize];
        let pass = self.ranks[Action::Pass as usize];
        let ends = if self.all_actions { matches.iter().map(rank).find(|each| *each == pass) } else { matches.iter().map(rank).min() };
        if let Some(last) = ends {
            matches.retain(|found| rank(found) <= last);
        }
        matches.sort_by_key(|found| {
            let rule = rule(found);
            let severity = if self.by_priority { rule.about.priority } else { 0 };
            (rank(found), severity, std::cmp::Reverse(rule.weight()), std::cmp::Reverse(rule.id.sid))
        });
    }
}

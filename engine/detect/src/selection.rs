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
        Self { most: Self::MOST, ranks: std::array::from_fn(|rank| rank as u8), by_priority: false, all_actions: false }
    }
}

impl Selection {
    /// Matches of each action that are kept where nothing less is asked for.
    pub const MOST: usize = 1024;

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

    /// Puts matches in the order in which they are logged, and leaves out those of actions that do not count.
    pub fn arrange(&self, rules: &[Rule], matches: &mut Vec<Match>) {
        self.leave_counting(matches, |found| rules[found.rule as usize].action);
        self.order(rules, matches);
    }

    /// Puts matches in the order in which they are logged.
    pub(crate) fn order(&self, rules: &[Rule], matches: &mut [Match]) {
        matches.sort_by_key(|found| {
            let rule = &rules[found.rule as usize];
            let severity = if self.by_priority { rule.about.priority } else { 0 };
            (self.rank(rule.action), severity, std::cmp::Reverse(rule.weight()), std::cmp::Reverse(rule.id.sid))
        });
    }

    fn rank(&self, action: Action) -> u8 {
        self.ranks[action as usize]
    }

    /// Leaves out matches of actions that do not count: a rule with `pass` ends the matter for every action behind it.
    pub fn leave_counting<T>(&self, matches: &mut Vec<T>, action: impl Fn(&T) -> Action) {
        let rank = |found: &T| self.rank(action(found));
        let pass = self.rank(Action::Pass);
        let ends = if self.all_actions { matches.iter().map(rank).find(|each| *each == pass) } else { matches.iter().map(rank).min() };
        if let Some(last) = ends {
            matches.retain(|found| rank(found) <= last);
        }
    }

    /// Leaves so many of each action as may be kept, those found first by their place; answers how many went.
    pub fn keep<T>(&self, matches: &mut Vec<T>, of: impl Fn(&T) -> (Action, u32)) -> u64 {
        let before = matches.len();
        if before > self.most {
            for action in Action::ALL {
                let mut places: Vec<u32> = matches.iter().map(&of).filter(|(of, _)| *of == action).map(|(_, place)| place).collect();
                places.sort_unstable();
                if let Some(&end) = places.get(self.most) {
                    matches.retain(|found| of(found).0 != action || of(found).1 < end);
                }
            }
        }
        (before - matches.len()) as u64
    }
}

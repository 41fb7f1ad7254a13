//! Who looks on while rules are held against a subject: nobody (`()`), a trace, a profile. Detection is compiled for each of them, so that
//! nobody costs nothing.

use crate::cursor::Cursor;
use crate::rule::Rule;
use crate::rule_set::RuleSet;
use crate::step::Evaluation;

/// How the trial of a rule ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The packet's TCP flags are others.
    OtherFlags,
    /// Addresses, ports or protocol of the header do not fit.
    OtherHeader,
    /// The search named the rule by a part of its fast pattern; the whole of it is not there.
    PatternAbsent,
    /// An option does not hold.
    Failed,
    /// It took too many steps.
    OverBudget,
    /// Every option holds; `detection_filter` counted it and stays silent.
    BelowRate,
    /// Every option holds; the rule raises no alert (`flowbits:noalert`).
    Silent,
    /// Every option holds; the unit had as many matches as are kept already.
    Dropped,
    /// Every option holds.
    Matched,
}

impl Outcome {
    /// In a word, for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherFlags => "other_flags",
            Self::OtherHeader => "other_header",
            Self::PatternAbsent => "pattern_absent",
            Self::Failed => "failed",
            Self::OverBudget => "over_budget",
            Self::BelowRate => "below_rate",
            Self::Silent => "silent",
            Self::Dropped => "dropped",
            Self::Matched => "matched",
        }
    }

    /// The options were looked at.
    pub fn evaluated(self) -> bool {
        self >= Self::Failed
    }

    /// Every option held.
    pub fn holds(self) -> bool {
        self >= Self::BelowRate
    }
}

/// Somebody who looks on. What a method is told is what has just been done; none changes anything.
pub trait Watch {
    /// A unit of detection begins, under these rules.
    fn unit(&mut self, _set: &RuleSet) {}

    /// Fast patterns are searched for from now on.
    fn search_begins(&mut self) {}

    /// The search is over.
    fn search_ends(&mut self) {}

    /// A rule is tried: the search named it, or it has no fast pattern.
    fn begins(&mut self, _rule: u32) {}

    /// Option `index` of a rule was looked at from `before`, and whether it `holds`; `after` is where the cursor is now.
    fn stepped(&mut self, _rule: &Rule, _index: usize, _on: &Evaluation<'_, '_>, _before: &Cursor<'_>, _after: &Cursor<'_>, _holds: bool) {}

    /// The trial of a rule is over.
    fn ends(&mut self, _rule: u32, _outcome: Outcome) {}
}

impl Watch for () {}

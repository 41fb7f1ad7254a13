//! The trial of chosen rules, option by option.

use inspect::BufferId;

use crate::cursor::Cursor;
use crate::rule::Rule;
use crate::rule_set::RuleSet;
use crate::step::{Evaluation, Found};
use crate::watch::{Outcome, Watch};

/// Looks on while chosen rules are tried; [`Trace::trials`] are those of the last unit of detection.
#[derive(Debug, Default)]
pub struct Trace {
    /// Generator and signature.
    wanted: Vec<(u32, u32)>,
    /// The rule set that `rules` are of.
    serial: u32,
    /// Index of each wanted rule; `None`: it is not in the set.
    rules: Vec<Option<u32>>,
    running: Option<Trial>,
    /// What was tried in the unit, in order.
    pub trials: Vec<Trial>,
}

/// One rule held against one unit.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Index of the rule.
    pub rule: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Options as they were looked at, the first [`Trace::STEPS`].
    pub steps: Vec<Tried>,
    /// Options looked at after those.
    pub more_steps: u64,
    /// The furthest option that was looked at, by index.
    pub reached: u16,
}

/// One look at one option.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Index of the option among the rule's steps.
    pub step: u16,
    /// It holds.
    pub holds: bool,
    /// Where it looked.
    pub before: Place,
    /// Where the cursor is afterwards; as before where it does not hold.
    pub after: Place,
    /// Start and length of what it found, in its buffer as a whole.
    pub found: Option<(u32, u32)>,
    /// Values of `byte_extract` and `byte_math`.
    pub variables: [u32; 2],
    /// What else decided.
    pub note: Option<String>,
}

/// A cursor for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Selected buffer.
    pub buffer: BufferId,
    /// Its bytes, or of the part of it that is selected.
    pub size: usize,
    /// Where the part begins in its buffer; `None`: it is a copy (folded header line, decoded base 64).
    pub base: Option<usize>,
    /// Next byte to be looked at.
    pub pos: usize,
}

impl Place {
    fn of(cursor: &Cursor<'_>, on: &Evaluation<'_, '_>) -> Self {
        let whole = on.subject.inspection.buffers.get(cursor.buffer);
        let distance = (cursor.data.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
        let inside = distance <= whole.len() && cursor.data.len() <= whole.len() - distance;
        let base = if cursor.data.is_empty() { Some(0) } else { inside.then_some(distance) };
        Self { buffer: cursor.buffer, size: cursor.data.len(), base, pos: cursor.pos }
    }
}

impl Trace {
    /// Looks at options kept of one trial: chains of relative contents can try every combination of places.
    pub const STEPS: usize = 200;

    /// For these rules, by generator and signature.
    pub fn new(wanted: Vec<(u32, u32)>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Every wanted rule with its index in the set of the last unit.
    pub fn rules(&self) -> impl Iterator<Item = ((u32, u32), Option<u32>)> {
        self.wanted.iter().copied().zip(self.rules.iter().copied())
    }
}

impl Watch for Trace {
    fn unit(&mut self, set: &RuleSet) {
        self.trials.clear();
        self.running = None;
        if self.serial != set.serial {
            let index = |id: &(u32, u32)| set.rules().iter().position(|rule| (rule.id.gid, rule.id.sid) == *id).map(|index| index as u32);
            self.rules = self.wanted.iter().map(index).collect();
            self.serial = set.serial;
        }
    }

    fn begins(&mut self, rule: u32) {
        self.running = self.rules.contains(&Some(rule)).then(|| Trial {
            rule,
            outcome: Outcome::Failed,
            steps: Vec::new(),
            more_steps: 0,
            reached: 0,
        });
    }

    fn stepped(&mut self, rule: &Rule, index: usize, on: &Evaluation<'_, '_>, before: &Cursor<'_>, after: &Cursor<'_>, holds: bool) {
        let Some(trial) = &mut self.running else { return };
        trial.reached = trial.reached.max(index as u16);
        if trial.steps.len() >= Self::STEPS {
            trial.more_steps += 1;
            return;
        }
        let found = on.found.last().filter(|found| holds && usize::from(found.step) == index && found.step != Found::FAST_PATTERN);
        let place = Place::of(before, on);
        trial.steps.push(Tried {
            step: index as u16,
            holds,
            before: place,
            after: if holds { Place::of(after, on) } else { place },
            found: found.map(|found| (found.start, found.len)),
            variables: on.variables,
            note: rule.steps.get(index).and_then(|step| step.tell(on, before)),
        });
    }

    fn ends(&mut self, _rule: u32, outcome: Outcome) {
        self.trials.extend(self.running.take().map(|trial| Trial { outcome, ..trial }));
    }
}

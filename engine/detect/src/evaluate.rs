//! Holds one rule against one subject: steps in order, later positions tried where the next step is relative (Snort notes 2.3).

use crate::cursor::Cursor;
use crate::rule::Rule;
use crate::step::Evaluation;
use crate::watch::Watch;

/// Work that one rule may do on one subject before it is given up, in steps: hostile payloads can make chains of relative contents
/// try every combination of positions.
pub const BUDGET: u32 = 200_000;

/// Whether every step of `rule` holds. `on.found` tells where.
pub fn evaluate<'a>(rule: &Rule, on: &mut Evaluation<'a, '_>, watch: &mut impl Watch) -> bool {
    let data = on.subject.inspection.buffers.get(inspect::BufferId::PktData);
    let mut tried = 0u64;
    chain(rule, 0, on, &Cursor::new(inspect::BufferId::PktData, data), &mut tried, watch)
}

/// Runs step `index` and those behind it. `tried` has a bit for each step that ran before and is not relative: its result cannot
/// change on this subject, and as the rule is not finished yet, it or something behind it failed.
fn chain<'a>(rule: &Rule, index: usize, on: &mut Evaluation<'a, '_>, start: &Cursor<'a>, tried: &mut u64, watch: &mut impl Watch) -> bool {
    let Some(step) = rule.steps.get(index) else { return true };
    if !step.relative() && index < 64 {
        if *tried & (1 << index) != 0 {
            return false;
        }
        *tried |= 1 << index;
    }
    let next_relative = rule.steps.get(index + 1).is_some_and(|next| next.relative());
    let next_final = rule.steps.get(index + 1).is_some_and(|next| next.final_failure());
    let (mut cursor, found, variables) = (Cursor { delta: 0, ..*start }, on.found.len(), on.variables);
    loop {
        if on.budget == 0 {
            return false;
        }
        (on.budget, on.taken) = (on.budget - 1, on.taken + 1);
        on.found.truncate(found);
        on.variables = variables;
        on.step = index as u16;
        let before = cursor;
        let holds = step.run(on, &mut cursor);
        watch.stepped(rule, index, on, &before, &cursor, holds);
        if !holds {
            on.found.truncate(found);
            return false;
        }
        let reached = on.taken;
        if chain(rule, index + 1, on, &cursor, tried, watch) {
            return true;
        }
        // One step taken behind us: the next one failed at once, and a later start cannot help it.
        let failed_at_once = on.taken - reached == 1;
        if !next_relative || !step.retry(&cursor) || (next_final && failed_at_once) {
            on.found.truncate(found);
            return false;
        }
    }
}

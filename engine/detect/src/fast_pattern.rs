//! Which content of a rule the prefilter searches (Snort notes 2.4), and which part of it.

use inspect::BufferId;

use crate::commonplace;
use crate::draft::{ContentFacts, Draft};
use crate::finder::rarity;
use crate::rule::{FastPattern, StepText};

/// The content that Snort would choose: the first marked one, else the longest positive one, the earlier of equals.
/// A negated content can be chosen by Snort too, but such a rule is evaluated without it as well: here it has none.
pub fn choose(contents: &[ContentFacts]) -> Option<&ContentFacts> {
    let eligible = || contents.iter().filter(|content| content.buffer.searched.is_some() && !content.negated);
    if let Some(marked) = eligible().find(|content| content.marked) {
        return Some(marked);
    }
    let mut best: Option<&ContentFacts> = None;
    for content in eligible() {
        if best.is_none_or(|best| content.bytes.len() > best.bytes.len()) {
            best = Some(content);
        }
    }
    best
}

/// Takes the chosen content out of the steps where the search alone decides it ("fast pattern only").
pub fn take(draft: &mut Draft) -> Option<FastPattern> {
    let chosen = choose(&draft.contents)?.clone();
    let bytes = match chosen.slice {
        Some((start, end)) => chosen.bytes.get(start..end).unwrap_or(&chosen.bytes).to_vec(),
        None => chosen.bytes.clone(),
    };
    let next_relative = draft.steps.get(chosen.step + 1).is_some_and(|next| next.step.relative());
    let only = chosen.slice.is_none()
        && !chosen.relative
        && !chosen.positioned
        && chosen.nocase
        && !chosen.buffer.part
        && !chosen.implied
        && !next_relative;
    let only: Option<StepText> = only.then(|| draft.steps.remove(chosen.step).text);
    let searched_first = only.is_some() || chosen.buffer.part || chosen.implied;
    let buffer = chosen.buffer.searched.unwrap_or(BufferId::PktData);
    let limit = chosen.limit.filter(|_| !chosen.buffer.part);
    let finder = crate::finder::Finder::new(&bytes, true);
    Some(FastPattern { buffer, window: window(&bytes), bytes, limit, finder, full_len: chosen.bytes.len(), searched_first, only })
}

/// Shortest window that is taken for not beginning with NUL.
const SHORTEST: usize = 3;

/// Longest window that is searched for.
const WINDOW: usize = 8;

/// Longest run of one byte that is searched for whole.
const LONGEST_RUN: usize = 64;

/// The rarest up to eight bytes: fewer false hits and a smaller automaton. A run of one byte stays whole, its parts would hit everywhere.
/// It does not begin with NUL where it can begin behind one: the database's fast form does not take that.
fn window(bytes: &[u8]) -> (usize, usize) {
    let run = bytes.windows(2).all(|pair| pair[0] == pair[1]);
    if run {
        return (0, bytes.len().min(LONGEST_RUN));
    }
    let fits = |start: &usize| bytes[*start] != 0;
    let whole = (0..=bytes.len().saturating_sub(WINDOW))
        .filter(fits)
        .max_by_key(|&start| (score(&bytes[start..][..WINDOW.min(bytes.len())]), std::cmp::Reverse(start)));
    let start = whole.or_else(|| (0..bytes.len()).find(fits).filter(|start| bytes.len() - start >= SHORTEST)).unwrap_or(0);
    (start, bytes.len().min(start + WINDOW))
}

/// How rarely a window is met where it does not belong to its literal.
fn score(window: &[u8]) -> i64 {
    /// What a run of bytes that ordinary traffic holds costs: as much as four bytes that are rare by themselves.
    const COMMON: i64 = 40;
    let distinct = window.iter().enumerate().filter(|(i, byte)| !window[..*i].contains(byte)).count() as i64;
    window.iter().map(|&byte| i64::from(rarity(byte))).sum::<i64>() * 2 + distinct - COMMON * commonplace::common(window) as i64
}

//! Which content of a rule the prefilter searches (Snort notes 2.4), and which part of it.

use inspect::BufferId;

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

/// Bytes behind leading NULs that make a window of their own.
const SHORTEST: usize = 3;

/// Longest window that is searched for.
const WINDOW: usize = 8;

/// Longest run of one byte that is searched for whole.
const LONGEST_RUN: usize = 64;

/// The rarest up to eight bytes: fewer false hits and a smaller automaton. A run of one byte stays whole, its parts would hit everywhere.
/// Leading NULs are left out where enough follows: the database's fast form does not take them.
fn window(bytes: &[u8]) -> (usize, usize) {
    let leading = bytes.iter().take_while(|&&byte| byte == 0).count();
    if leading > 0 && bytes.len() - leading >= SHORTEST {
        let (start, end) = window(&bytes[leading..]);
        return (start + leading, end + leading);
    }
    let run = bytes.windows(2).all(|pair| pair[0] == pair[1]);
    if bytes.len() <= WINDOW || run {
        return (0, bytes.len().min(LONGEST_RUN));
    }
    let score = |start: usize| {
        let part = &bytes[start..start + WINDOW];
        let distinct = part.iter().enumerate().filter(|(i, byte)| !part[..*i].contains(byte)).count() as u32;
        part.iter().map(|&byte| u32::from(rarity(byte))).sum::<u32>() * 2 + distinct
    };
    let start = (0..=bytes.len() - WINDOW).max_by_key(|&start| (score(start), std::cmp::Reverse(start))).unwrap_or(0);
    (start, start + WINDOW)
}

//! `isdataat`: whether there is a byte at a place (Snort 3 manual "isdataat"; notes 2.8).

use rules::RuleOption;

use crate::arguments::{Number, number, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct IsDataAt {
    at: Number,
    negated: bool,
    relative: bool,
}

impl Step for IsDataAt {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let there = cursor.at(self.relative, self.at.value(&on.variables)).is_some_and(|index| index < cursor.data.len());
        there != self.negated
    }

    fn relative(&self) -> bool {
        self.relative
    }
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let lists: Vec<_> = option.arguments.iter().map(words).collect();
    let Some(first) = lists.first().and_then(|list| list.first()) else {
        // Without a number it asks for the first byte, as Snort does.
        draft.push(IsDataAt { at: Number::Fixed(0), negated: false, relative: false }, option, around);
        return Ok(());
    };
    let negated = first.text.starts_with('!') || option.arguments[0].negated;
    let mut word = first.clone();
    word.text = word.text.trim_start_matches('!').to_owned();
    if word.text.is_empty() {
        word = lists[0].get(1).cloned().ok_or_else(|| missing(option.span, "isdataat", "a number of bytes"))?;
    }
    let at = number(draft, "isdataat", &word, -65_535, 65_535)?;
    let mut relative = false;
    for list in lists.iter().skip(1) {
        match list.first().map(|word| word.text.as_str()).unwrap_or_default() {
            "relative" => relative = true,
            other => return Err(unknown_argument(option.span, "isdataat", other, "relative")),
        }
    }
    draft.looks();
    draft.push(IsDataAt { at, negated, relative }, option, around);
    Ok(())
}

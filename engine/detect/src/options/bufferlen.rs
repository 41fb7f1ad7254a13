//! `bufferlen`: size of the selected buffer (Snort 3 manual "bufferlen"; notes 2.8).

use rules::RuleOption;

use crate::arguments::{Range, range_word, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct BufferLen {
    range: Range,
    relative: bool,
}

impl Step for BufferLen {
    fn run<'a>(&self, _on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let len = if self.relative { cursor.rest().len() } else { cursor.data.len() };
        self.range.contains(len as i64)
    }

    fn relative(&self) -> bool {
        self.relative
    }
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let lists: Vec<_> = option.arguments.iter().map(words).collect();
    let first = lists.first().filter(|list| !list.is_empty()).ok_or_else(|| missing(option.span, "bufferlen", "a size"))?;
    let mut word = first[0].clone();
    word.text = first.iter().map(|part| part.text.as_str()).collect();
    let range = range_word("bufferlen", &word, 65_535)?;
    let mut relative = false;
    for list in lists.iter().skip(1) {
        match list.first().map(|word| word.text.as_str()).unwrap_or_default() {
            "relative" => relative = true,
            other => return Err(unknown_argument(option.span, "bufferlen", other, "relative")),
        }
    }
    draft.looks();
    draft.push(BufferLen { range, relative }, option, around);
    Ok(())
}

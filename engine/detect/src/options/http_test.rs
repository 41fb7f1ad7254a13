//! `http_header_test` and `http_trailer_test`: whether one line of that name is a number, in a range, or absent (Snort 3 rule guide).

use inspect::BufferId;
use rules::{RuleOption, Word};

use crate::arguments::{Range, range_word, value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::http_field;
use crate::options::http_message::{COMMON, Message, common, note};
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct Test {
    name: String,
    block: BufferId,
    message: Message,
    numeric: Option<bool>,
    range: Option<Range>,
    absent: bool,
}

impl Step for Test {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        if self.message.buffer(on, self.block).is_empty() {
            return false;
        }
        let Some(value) = self.message.line(on, self.block, &self.name) else { return self.absent };
        let number = decimal(value);
        let in_range = || self.range.is_none_or(|range| number.is_some_and(|number| range.contains(number)));
        !self.absent && self.numeric.is_none_or(|wanted| wanted == is_numeric(value)) && in_range()
    }
}

fn is_numeric(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

/// A decimal number; one too large to be told from others is the largest.
fn decimal(value: &[u8]) -> Option<i64> {
    is_numeric(value).then(|| value.iter().fold(0i64, |number, digit| number.saturating_mul(10).saturating_add(i64::from(digit - b'0'))))
}

fn truth(option: &str, word: &Word) -> Compiled<bool> {
    match word.text.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(unknown_argument(word.span, option, other, "numeric true or numeric false")),
    }
}

/// Reads the option: its keyword says whether header lines or trailers are meant.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let keyword = option.keyword.text.as_str();
    let trailer = keyword == "http_trailer_test";
    let block = if trailer { BufferId::HttpRawTrailer } else { BufferId::HttpRawHeader };
    let (mut name, mut message) = (None, Message::default());
    let (mut numeric, mut range, mut absent) = (None, None, false);
    for argument in &option.arguments {
        let list = words(argument);
        let value = || value_of(keyword, &list, argument.span);
        match list.first().map(|word| word.text.as_str()).unwrap_or_default() {
            "field" => name = Some(http_field::known(value()?)?),
            "numeric" => numeric = Some(truth(keyword, value()?)?),
            "check" => {
                let mut word = value()?.clone();
                word.text = list[1..].iter().map(|part| part.text.as_str()).collect();
                range = Some(range_word(keyword, &word, u32::MAX.into())?);
            }
            "absent" => absent = true,
            word if common(word, &mut message) => {}
            other => {
                let known = format!("field, numeric, check, absent, {COMMON}");
                return Err(unknown_argument(argument.span, keyword, other, &known));
            }
        }
    }
    let name = name.ok_or_else(|| missing(option.span, keyword, "field and a name"))?;
    if numeric.is_none() && range.is_none() && !absent {
        return Err(missing(option.span, keyword, "a test: numeric true, numeric false, check and a range, or absent"));
    }
    note(draft, trailer, message);
    draft.push(Test { name, block, message, numeric, range, absent }, option, around);
    Ok(())
}

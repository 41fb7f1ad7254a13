//! `ber_data` and `ber_skip`: BER elements at the cursor (X.690; notes 2.10).

use rules::RuleOption;

use crate::arguments::{integer, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::step::{Evaluation, Step};

/// Tag, bytes of tag and length together, bytes of contents.
fn element(data: &[u8]) -> Option<(u32, usize, usize)> {
    let first = *data.first()?;
    let (mut tag, mut at) = (u32::from(first), 1);
    if first & 0x1f == 0x1f {
        loop {
            let byte = *data.get(at)?;
            tag = tag.checked_shl(8)? | u32::from(byte);
            at += 1;
            if byte & 0x80 == 0 {
                break;
            }
            if at > 4 {
                return None;
            }
        }
    }
    let length = *data.get(at)?;
    at += 1;
    if length & 0x80 == 0 {
        return Some((tag, at, usize::from(length)));
    }
    let count = usize::from(length & 0x7f);
    if count == 0 || count > 4 {
        return None;
    }
    let value = data.get(at..at + count)?.iter().fold(0usize, |value, &byte| value << 8 | usize::from(byte));
    Some((tag, at + count, value))
}

#[derive(Debug)]
struct BerData(u32);

impl Step for BerData {
    fn run<'a>(&self, _on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        match element(cursor.rest()) {
            Some((tag, head, _)) if tag == self.0 => {
                cursor.pos += head;
                true
            }
            _ => false,
        }
    }

    fn relative(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct BerSkip {
    tag: u32,
    optional: bool,
}

impl Step for BerSkip {
    fn run<'a>(&self, _on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let Some((tag, head, len)) = element(cursor.rest()) else { return false };
        if tag != self.tag {
            return self.optional;
        }
        let Some(end) = (cursor.pos + head).checked_add(len).filter(|&end| end <= cursor.data.len()) else { return false };
        cursor.pos = end;
        true
    }

    fn relative(&self) -> bool {
        true
    }
}

fn read(option: &RuleOption) -> Compiled<(u32, bool)> {
    let name = option.keyword.text.as_str();
    let list: Vec<_> = option.arguments.iter().flat_map(words).collect();
    let tag = integer(name, list.first().ok_or_else(|| missing(option.span, name, "a tag"))?, 0, i64::from(u8::MAX))? as u32;
    let skips = name == "ber_skip";
    match &list[1..] {
        [] => Ok((tag, false)),
        [word] if skips && word.text == "optional" => Ok((tag, true)),
        [.., word] => Err(unknown_argument(word.span, name, &word.text, if skips { "a tag, then optional" } else { "a tag alone" })),
    }
}

/// Reads `ber_data`.
pub fn data(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let (tag, _) = read(option)?;
    draft.looks();
    draft.push(BerData(tag), option, around);
    Ok(())
}

/// Reads `ber_skip`.
pub fn skip(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let (tag, optional) = read(option)?;
    draft.looks();
    draft.push(BerSkip { tag, optional }, option, around);
    Ok(())
}

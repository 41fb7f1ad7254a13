//! `base64_decode` and `base64_data` (Snort 3 manual; notes 2.10).

use bumpalo::collections::Vec as BumpVec;
use inspect::BufferId;
use rules::RuleOption;

use crate::arguments::{integer, value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault, unknown_argument};
use crate::draft::{Around, Draft};
use crate::rule::Stage;
use crate::step::{Evaluation, Step};

#[derive(Debug, Default)]
struct Decode {
    bytes: Option<usize>,
    offset: i64,
    relative: bool,
}

/// How much more a byte costs to decode than to search.
const DECODING: usize = 32;

impl Step for Decode {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let Some(start) = cursor.at(self.relative, self.offset).filter(|&start| start < cursor.data.len()) else { return false };
        let encoded = &cursor.data[start..];
        let most = encoded.len().min(self.bytes.unwrap_or(usize::MAX));
        // What was decoded is kept until the rule is done: dear, so that retries cannot fill the memory with it.
        on.spend(most * DECODING);
        let mut out = BumpVec::with_capacity_in(most * 3 / 4 + 3, on.memory);
        if !decode(encoded, self.bytes.unwrap_or(usize::MAX), &mut out) || out.is_empty() {
            return false;
        }
        on.decoded = out.into_bump_slice();
        true
    }

    fn relative(&self) -> bool {
        self.relative
    }
}

/// Bytes of the logical line: folded line ends are left out, a line end without a blank behind it ends it.
fn unfolded(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let byte = *bytes.get(at)?;
            at += 1;
            if byte != b'\r' && byte != b'\n' {
                return Some(byte);
            }
            if byte == b'\r' && bytes.get(at) == Some(&b'\n') {
                at += 1;
            }
            if !matches!(bytes.get(at), Some(b' ' | b'\t')) {
                at = bytes.len();
                return None;
            }
            at += 1;
        }
    })
}

fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// RFC 4648 base 64, other characters skipped, ending at padding; false for padding where none may stand.
fn decode(encoded: &[u8], most: usize, out: &mut BumpVec<'_, u8>) -> bool {
    let (mut group, mut held) = (0u32, 0);
    for byte in unfolded(encoded).take(most) {
        if byte == b'=' {
            if held < 2 {
                return held == 0;
            }
            out.extend((0..held - 1).map(|i| (group << (6 * (4 - held)) >> (16 - 8 * i)) as u8));
            return true;
        }
        let Some(value) = sextet(byte) else { continue };
        group = group << 6 | value;
        held += 1;
        if held == 4 {
            out.extend([(group >> 16) as u8, (group >> 8) as u8, group as u8]);
            (group, held) = (0, 0);
        }
    }
    true
}

#[derive(Debug)]
struct Data;

impl Step for Data {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        *cursor = Cursor::new(BufferId::Base64Data, on.decoded);
        !on.decoded.is_empty()
    }
}

/// Reads `base64_decode`.
pub fn decoding(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let mut step = Decode::default();
    for list in option.arguments.iter().map(words) {
        match list.first().map(|word| word.text.as_str()) {
            None => {}
            Some("bytes") => {
                step.bytes = Some(integer("base64_decode", value_of("base64_decode", &list, option.span)?, 1, 65_535)? as usize)
            }
            Some("offset") => step.offset = integer("base64_decode", value_of("base64_decode", &list, option.span)?, 0, 65_535)?,
            Some("relative") => step.relative = true,
            Some(other) => return Err(unknown_argument(list[0].span, "base64_decode", other, "bytes, offset, relative")),
        }
    }
    draft.looks();
    draft.push(step, option, around);
    Ok(())
}

/// Reads `base64_data`.
pub fn data(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    if !draft.steps.iter().any(|step| step.text.keyword == "base64_decode") {
        return Err(fault("D061", option.span, "nothing was decoded before `base64_data`", "write base64_decode; before it"));
    }
    draft.select(None, false, Stage::Unsaid);
    draft.push(Data, option, around);
    Ok(())
}

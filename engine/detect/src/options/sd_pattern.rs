//! `sd_pattern`: sensitive data in the selected buffer, found so many times (Snort 3 rule guide "sd_pattern").

use pcre2::bytes::{Regex, RegexBuilder};
use rules::RuleOption;

use crate::arguments::{integer, value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::pcre::build;
use crate::options::regex::{LIMITS, PRICE};
use crate::step::{Evaluation, Step};

/// What is asked of a match besides the expression.
type Check = fn(&[u8]) -> bool;

/// Names of expressions that need not be written out.
const BUILT_IN: [(&str, &str, Check); 5] = [
    // Groups of four digits as they are printed on cards, 13 to 16 in all (ISO/IEC 7812).
    ("credit_card", r"(?<!\d)\d{4}[ -]?\d{4}[ -]?\d{2}[ -]?\d{2}[ -]?\d{1,4}(?!\d)", luhn),
    ("us_social", r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)", social_security),
    ("us_social_nodashes", r"(?<!\d)\d{9}(?!\d)", social_security),
    // The preferred syntax of RFC 1035 behind the dot-atom of RFC 5322.
    (
        "email",
        r"(?i)(?<![\w.+-])[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])",
        any,
    ),
    ("us_phone", r"(?<![\d+])(?:\+?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ]?)\d{3}[-. ]?\d{4}(?!\d)", any),
];

#[derive(Debug)]
struct SdPattern {
    regex: Regex,
    check: Check,
    threshold: u32,
}

impl Step for SdPattern {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let (mut count, mut from) = (0, 0);
        while let Ok(Some(found)) = self.regex.find_at(cursor.data, from) {
            on.spend(PRICE + found.end().saturating_sub(from));
            if (self.check)(found.as_bytes()) {
                on.note(cursor, found.start(), found.as_bytes().len());
                count += 1;
                if count >= self.threshold {
                    return true;
                }
            }
            from = found.end().max(found.start() + 1);
            if from > cursor.data.len() || on.budget == 0 {
                break;
            }
        }
        false
    }
}

fn any(_text: &[u8]) -> bool {
    true
}

fn digits(text: &[u8]) -> impl DoubleEndedIterator<Item = u32> {
    text.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0'))
}

/// The check digit of card numbers (ISO/IEC 7812-1 annex B).
fn luhn(text: &[u8]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits(text).rev().enumerate().map(|(place, digit)| if place % 2 == 1 { doubled(digit) } else { digit }).sum();
    sum % 10 == 0
}

/// Numbers that are never given out: areas 000, 666 and 900 on, group 00, serial 0000 (SSA, randomization of 2011).
fn social_security(text: &[u8]) -> bool {
    let number = digits(text).fold(0, |number, digit| number * 10 + digit);
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    const NAME: &str = "sd_pattern";
    let first = option.arguments.first().ok_or_else(|| missing(option.span, NAME, "a pattern in quotes"))?;
    let quoted = first.quoted.as_ref().filter(|quoted| !quoted.is_empty() && !first.negated);
    let text = String::from_utf8_lossy(quoted.ok_or_else(|| missing(first.span, NAME, "a pattern in quotes"))?);
    let mut threshold = 1;
    for argument in &option.arguments[1..] {
        let list = words(argument);
        match list.first().map(|word| word.text.as_str()).unwrap_or_default() {
            "threshold" => threshold = integer(NAME, value_of(NAME, &list, argument.span)?, 1, u32::MAX.into())? as u32,
            other => return Err(unknown_argument(argument.span, NAME, other, "threshold")),
        }
    }
    let known = BUILT_IN.iter().find(|(name, ..)| *name == text);
    let (expression, check) = known.map_or((&*text, any as Check), |(_, expression, check)| (*expression, *check));
    let regex = build(RegexBuilder::new().jit_if_available(true), LIMITS, expression, expression, first.span)?;
    draft.looks();
    draft.push(SdPattern { regex, check, threshold }, option, around);
    Ok(())
}

//! Reading numbers, variables and ranges out of an option's arguments.

use rules::{Argument, RuleOption, Span, Word};

use crate::diagnose::{Compiled, bad_number, missing, unknown_argument};
use crate::draft::Draft;

/// A number in the rule, or a `byte_extract` variable that holds it while the rule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// As written.
    Fixed(i64),
    /// Slot of the variable.
    Variable(u8),
}

impl Number {
    /// Its value now.
    pub fn value(self, variables: &[u32; 2]) -> i64 {
        match self {
            Self::Fixed(value) => value,
            Self::Variable(slot) => i64::from(variables.get(usize::from(slot)).copied().unwrap_or(0)),
        }
    }
}

/// A C number (decimal, 0x, leading-0 octal) with an optional sign.
pub fn parse_integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        i64::from_str_radix(hex, 16).ok()?
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(digits, 8).ok()?
    } else if digits.bytes().all(|b| b.is_ascii_digit()) {
        digits.parse().ok()?
    } else {
        return None;
    };
    Some(if negative { -value } else { value })
}

/// The words of an argument, its quoted string standing in as one.
pub fn words(argument: &Argument) -> Vec<Word> {
    let mut words = argument.words.clone();
    if let Some(quoted) = &argument.quoted {
        words.push(Word { text: String::from_utf8_lossy(quoted).into_owned(), span: argument.span });
    }
    words
}

/// The number in `word`, within bounds.
pub fn integer(option: &str, word: &Word, low: i64, high: i64) -> Compiled<i64> {
    parse_integer(&word.text)
        .filter(|value| (low..=high).contains(value))
        .ok_or_else(|| bad_number(word.span, option, &word.text, &format!("a number from {low} to {high}")))
}

/// The number or variable in `word`.
pub fn number(draft: &Draft, option: &str, word: &Word, low: i64, high: i64) -> Compiled<Number> {
    if word.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return draft.variable(&word.text, word.span).map(Number::Variable);
    }
    integer(option, word, low, high).map(Number::Fixed)
}

/// The value behind a modifier's name: `depth 5`.
pub fn value_of<'w>(option: &str, words: &'w [Word], span: Span) -> Compiled<&'w Word> {
    words.get(1).ok_or_else(|| missing(span, option, "a value behind the name"))
}

/// Keyword and remaining words of an argument; an empty argument is a fault.
pub fn split<'w>(option: &str, words: &'w [Word], span: Span) -> Compiled<(&'w str, &'w [Word])> {
    words.first().map(|first| (first.text.as_str(), words)).ok_or_else(|| unknown_argument(span, option, "", "no empty argument"))
}

/// The whole value of an option that takes one.
pub fn value(option: &RuleOption) -> Compiled<Word> {
    let word = option.value.clone().filter(|word| !word.text.is_empty());
    let mut word = word.ok_or_else(|| missing(option.span, &option.keyword.text, "a value"))?;
    if word.text.len() >= 2 && word.text.starts_with('"') && word.text.ends_with('"') {
        word.text = word.text[1..word.text.len() - 1].to_owned();
    }
    Ok(word)
}

/// Numbers that a range option accepts (Snort 3 manual, "range").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// `n`, `=n`
    Equal(i64),
    /// `!n`, `!=n`
    NotEqual(i64),
    /// `<n`
    Below(i64),
    /// `<=n`
    AtMost(i64),
    /// `>n`
    Above(i64),
    /// `>=n`
    AtLeast(i64),
    /// `a<>b`: both ends excluded
    Between(i64, i64),
    /// `a<=>b`: both ends included
    Within(i64, i64),
}

impl Range {
    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let integer = parse_integer;
        if let Some((low, high)) = text.split_once("<=>") {
            return Some(Self::Within(integer(low)?, integer(high)?));
        }
        if let Some((low, high)) = text.split_once("<>") {
            return Some(Self::Between(integer(low)?, integer(high)?));
        }
        type Make = fn(i64) -> Range;
        const PREFIXES: [(&str, Make); 7] = [
            ("!=", Range::NotEqual),
            ("!", Range::NotEqual),
            ("<=", Range::AtMost),
            ("<", Range::Below),
            (">=", Range::AtLeast),
            (">", Range::Above),
            ("=", Range::Equal),
        ];
        for (prefix, make) in PREFIXES {
            if let Some(rest) = text.strip_prefix(prefix) {
                return integer(rest).map(make);
            }
        }
        integer(&text).map(Self::Equal)
    }

    /// The numbers it is written with.
    pub fn ends(self) -> [i64; 2] {
        match self {
            Self::Equal(n) | Self::NotEqual(n) | Self::Below(n) | Self::AtMost(n) | Self::Above(n) | Self::AtLeast(n) => [n, n],
            Self::Between(low, high) | Self::Within(low, high) => [low, high],
        }
    }

    /// Whether `n` is accepted.
    pub fn contains(self, n: i64) -> bool {
        match self {
            Self::Equal(a) => n == a,
            Self::NotEqual(a) => n != a,
            Self::Below(a) => n < a,
            Self::AtMost(a) => n <= a,
            Self::Above(a) => n > a,
            Self::AtLeast(a) => n >= a,
            Self::Between(a, b) => n > a && n < b,
            Self::Within(a, b) => n >= a && n <= b,
        }
    }
}

/// The range that is an option's whole value; its numbers may be 0 to `most`.
pub fn range(option: &RuleOption, most: i64) -> Compiled<Range> {
    let word = value(option)?;
    range_word(&option.keyword.text, &word, most)
}

/// The range in `word`; its numbers may be 0 to `most`.
pub fn range_word(option: &str, word: &Word, most: i64) -> Compiled<Range> {
    let wanted = || format!("a number from 0 to {most}, or a range such as 5, >5, !5, 2<>7 or 2<=>7");
    Range::parse(&word.text)
        .filter(|range| range.ends().into_iter().all(|end| (0..=most).contains(&end)))
        .ok_or_else(|| bad_number(word.span, option, &word.text, &wanted()))
}

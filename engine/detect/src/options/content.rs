//! `content`: a literal in the selected buffer (Snort 3 manual "content"; notes 2.5).

use inspect::BufferId;
use rules::{RuleOption, Span, Word};

use crate::arguments::{Number, number, split, value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault, missing, not_supported, unknown_argument};
use crate::draft::{Around, ContentFacts, Draft};
use crate::finder::Finder;
use crate::step::{Evaluation, Step};

/// A literal with its position.
#[derive(Debug)]
pub struct Content {
    finder: Finder,
    negated: bool,
    relative: bool,
    /// offset, or distance where relative.
    offset: Number,
    /// depth, or within where relative.
    depth: Option<Number>,
    /// How far a retry moves: the length less the literal's overlap with itself.
    stride: usize,
}

impl Step for Content {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        match self.position(on, cursor) {
            None => self.negated,
            Some(_) if self.negated => false,
            Some((from, start)) => {
                on.note(cursor, start, self.finder.len());
                cursor.delta += start - from + self.stride;
                cursor.pos = start + self.finder.len();
                true
            }
        }
    }

    fn retry(&self, cursor: &Cursor<'_>) -> bool {
        let room = match self.depth {
            None => true,
            Some(Number::Fixed(depth)) => (cursor.delta + self.finder.len()) as i64 <= depth,
            Some(Number::Variable(_)) => true,
        };
        !self.negated && cursor.pos < cursor.data.len() && room
    }

    fn relative(&self) -> bool {
        self.relative
    }

    fn final_failure(&self) -> bool {
        self.relative && self.depth.is_none() && !self.negated
    }
}

impl Content {
    /// First byte of the window, and where in the buffer the literal stands in it.
    fn position(&self, on: &mut Evaluation<'_, '_>, cursor: &Cursor<'_>) -> Option<(usize, usize)> {
        let (size, len) = (cursor.data.len() as i64, self.finder.len() as i64);
        let mut depth = self.depth.map(|depth| depth.value(&on.variables));
        let start = if cursor.delta > 0 {
            depth = depth.map(|depth| depth - cursor.delta as i64);
            cursor.pos as i64 - len + self.stride as i64
        } else {
            let mut start = self.offset.value(&on.variables) + if self.relative { cursor.pos as i64 } else { 0 };
            if !self.relative && cursor.file_pos > 0 && start > 0 {
                start -= cursor.file_pos as i64;
                if start < 0 {
                    return None;
                }
            }
            if start < 0 {
                depth = depth.map(|depth| depth + start);
            }
            start.max(0)
        };
        let window = depth.map_or(size - start, |depth| depth.min(size - start));
        if window < len || start >= size {
            return None;
        }
        let start = start as usize;
        let found = self.finder.find(&cursor.data[start..start + window as usize]);
        on.spend(found.unwrap_or(window as usize));
        found.map(|at| (start, start + at))
    }
}

/// How far past an occurrence's start the next try begins: the length less the border found by one pass that does not look at a
/// mismatching byte again (AABAAA gives 6, not 4).
fn stride(pattern: &[u8]) -> usize {
    let mut border = 0;
    for &byte in &pattern[1..] {
        if byte == pattern[border] {
            border += 1;
        } else {
            border = 0;
        }
    }
    pattern.len() - border
}

/// Modifiers as written.
#[derive(Default)]
struct Modifiers {
    nocase: bool,
    offset: Option<Number>,
    depth: Option<Number>,
    distance: Option<Number>,
    within: Option<Number>,
    marked: bool,
    slice: (Option<usize>, Option<usize>),
}

const KNOWN: &str = "nocase, offset, depth, distance, within, fast_pattern, fast_pattern_offset, fast_pattern_length";

impl Modifiers {
    fn read(&mut self, draft: &Draft, list: &[Word], span: Span) -> Compiled {
        let (name, list) = split("content", list, span)?;
        let small = |low| value_of("content", list, span).and_then(|word| number(draft, "content", word, low, 65_535));
        let whole = || small(0).map(|n| if let Number::Fixed(n) = n { Some(n as usize) } else { None });
        match name {
            "nocase" => self.nocase = true,
            "fast_pattern" => self.marked = true,
            "offset" => self.offset = Some(small(-65_535)?),
            "depth" => self.depth = Some(small(1)?),
            "distance" => self.distance = Some(small(-65_535)?),
            "within" => self.within = Some(small(1)?),
            "fast_pattern_offset" => self.slice.0 = whole()?,
            "fast_pattern_length" => self.slice.1 = whole()?,
            "width" | "endian" => {
                let why = "patterns of wider characters are not made; write the bytes out, as in |41 00 42 00|";
                return Err(not_supported(list[0].span, &format!("content:{name}"), why));
            }
            other => return Err(unknown_argument(list[0].span, "content", other, KNOWN)),
        }
        Ok(())
    }

    fn check(&self, len: usize, span: Span) -> Compiled {
        if (self.offset.is_some() || self.depth.is_some()) && (self.distance.is_some() || self.within.is_some()) {
            return Err(fault(
                "D020",
                span,
                "offset and depth cannot be mixed with distance and within",
                "count from the buffer's start or from the last match, not both",
            ));
        }
        if let Some(Number::Fixed(depth)) = self.depth.or(self.within)
            && depth < len as i64
        {
            return Err(fault(
                "D021",
                span,
                format!("the pattern has {len} bytes and cannot stand within {depth}"),
                format!("depth or within must be at least {len}"),
            ));
        }
        if self.slice != (None, None) && self.slice.0.unwrap_or(0) + self.slice.1.unwrap_or(1) > len {
            return Err(fault(
                "D022",
                span,
                "the fast pattern reaches past the content",
                format!("offset plus length must be at most {len}"),
            ));
        }
        Ok(())
    }
}

/// Undoes `|41 42|`: two hex digits a byte, a lone digit before a blank is a byte of its own.
pub fn unhex(text: &[u8], span: Span) -> Compiled<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut hex = false;
    let mut digit: Option<u8> = None;
    for &c in text {
        match (hex, c) {
            (_, b'|') => {
                bytes.extend(digit.take());
                hex = !hex;
            }
            (false, c) => bytes.push(c),
            (true, c) if c.is_ascii_whitespace() => bytes.extend(digit.take()),
            (true, c) => {
                let Some(value) = (c as char).to_digit(16) else {
                    return Err(fault(
                        "D023",
                        span,
                        format!("`{}` is no hex digit", c as char),
                        "between bars only hex bytes may stand, e.g. |0D 0A|",
                    ));
                };
                match digit.take() {
                    Some(high) => bytes.push(high << 4 | value as u8),
                    None => digit = Some(value as u8),
                }
            }
        }
    }
    if hex {
        return Err(fault("D024", span, "the hex part is not closed", "write a closing |"));
    }
    Ok(bytes)
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let first = option.arguments.first().ok_or_else(|| missing(option.span, "content", "a pattern in quotes"))?;
    let quoted = first.quoted.as_ref().ok_or_else(|| missing(first.span, "content", "a pattern in quotes"))?;
    let pattern = unhex(quoted, first.span)?;
    if pattern.is_empty() {
        return Err(fault("D025", first.span, "the pattern is empty", "write at least one byte"));
    }
    let mut modifiers = Modifiers::default();
    for argument in &option.arguments[1..] {
        modifiers.read(draft, &words(argument), argument.span)?;
    }
    if !first.words.is_empty() {
        modifiers.read(draft, &first.words, first.span)?;
    }
    modifiers.check(pattern.len(), option.span)?;
    add(&pattern, first.negated, &modifiers, option, draft, around);
    Ok(())
}

fn add(pattern: &[u8], negated: bool, modifiers: &Modifiers, option: &RuleOption, draft: &mut Draft, around: &Around<'_>) {
    let relative = modifiers.distance.is_some() || modifiers.within.is_some();
    let nocase = modifiers.nocase || !pattern.iter().any(u8::is_ascii_alphabetic);
    let fixed = |n: Option<Number>| matches!(n, Some(Number::Fixed(n)) if n != 0);
    let slice = (modifiers.slice != (None, None)).then(|| {
        let start = modifiers.slice.0.unwrap_or(0);
        (start, modifiers.slice.1.map_or(pattern.len(), |len| (start + len).min(pattern.len())))
    });
    draft.contents.push(ContentFacts {
        step: draft.steps.len(),
        buffer: draft.buffer.clone(),
        bytes: pattern.to_vec(),
        nocase,
        negated,
        relative,
        positioned: fixed(modifiers.offset) || fixed(modifiers.depth),
        marked: modifiers.marked,
        slice,
        implied: false,
        limit: limit(relative, modifiers, draft),
    });
    let content = Content {
        finder: Finder::new(pattern, modifiers.nocase),
        negated,
        relative,
        offset: modifiers.distance.or(modifiers.offset).unwrap_or(Number::Fixed(0)),
        depth: modifiers.within.or(modifiers.depth),
        stride: stride(pattern),
    };
    draft.looks();
    draft.push(content, option, around);
}

/// How far into its buffer the content can reach: by its own depth, or by that of the content right before it and its distance from there.
fn limit(relative: bool, modifiers: &Modifiers, draft: &Draft) -> Option<usize> {
    let least = |n: Option<Number>| match n {
        None => Some(0),
        Some(Number::Fixed(n)) => Some(n.max(0) as usize),
        Some(Number::Variable(_)) => None,
    };
    let room = modifiers.within.or(modifiers.depth)?;
    let before = if relative {
        let last =
            draft.contents.last().filter(|last| last.step + 1 == draft.steps.len() && !last.negated && last.buffer == draft.buffer)?;
        last.limit?
    } else {
        0
    };
    Some(before + least(modifiers.distance.or(modifiers.offset))? + least(Some(room))?)
}

/// Whether patterns in `buffer` can be searched for by the prefilter at all.
pub fn searchable(buffer: BufferId) -> bool {
    use BufferId::*;
    !matches!(buffer, HttpRawCookie | HttpRawBody | HttpRawRequest | HttpRawStatus | HttpVersion | HttpTrueIp | Base64Data)
}

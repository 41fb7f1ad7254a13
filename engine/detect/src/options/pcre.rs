//! `pcre`: a regular expression in the selected buffer (Snort 3 manual "pcre"; notes 2.7).

use pcre2::bytes::{Regex, RegexBuilder};
use rules::{RuleOption, Span};

use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault, missing};
use crate::draft::{Around, Draft};
use crate::step::{Evaluation, Step};

/// A compiled expression.
#[derive(Debug)]
pub struct Pcre {
    /// The expression.
    pub regex: Regex,
    /// `!`: it must not be found.
    pub negated: bool,
    /// `R`: it is looked for from the cursor on.
    pub relative: bool,
    /// `A` without `m`: a later match is impossible.
    pub anchored: bool,
    /// What a try costs besides the bytes that it looks at, as bytes.
    pub price: usize,
}

/// PCRE2_ERROR_MATCHLIMIT and PCRE2_ERROR_DEPTHLIMIT (pcre2api): "no match" to a rule, any other error fails it.
const LIMITS: [i32; 2] = [-47, -53];

impl Step for Pcre {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        // First relative try: the subject begins at the cursor, so that ^ means the cursor. Retries search the whole buffer.
        let base = if self.relative && cursor.delta == 0 { cursor.pos } else { 0 };
        let Some(subject) = cursor.data.get(base..) else { return false };
        let from = cursor.delta.min(subject.len());
        let found = self.regex.find_at(subject, from);
        on.spend(
            self.price
                + found.as_ref().ok().and_then(|found| found.as_ref()).map_or(subject.len(), |found| found.end()).saturating_sub(from),
        );
        match found {
            Ok(Some(_)) if self.negated => false,
            Ok(Some(found)) => {
                on.note(cursor, base + found.start(), found.end() - found.start());
                if found.end() > 0 {
                    cursor.pos = base + found.end();
                    cursor.delta = cursor.pos;
                }
                true
            }
            Ok(None) => self.negated,
            Err(error) => {
                let limited = LIMITS.contains(&error.code());
                on.limited += u32::from(limited);
                limited && self.negated
            }
        }
    }

    fn tell(&self, _on: &Evaluation<'_, '_>, cursor: &Cursor<'_>) -> Option<String> {
        let base = if self.relative && cursor.delta == 0 { cursor.pos } else { 0 };
        let subject = cursor.data.get(base..)?;
        let error = self.regex.find_at(subject, cursor.delta.min(subject.len())).err()?;
        let limit = LIMITS.contains(&error.code());
        Some(if limit { "given up at the match limit".into() } else { format!("the expression failed: {error}") })
    }

    fn retry(&self, cursor: &Cursor<'_>) -> bool {
        !self.negated && !self.anchored && cursor.delta > 0 && cursor.delta < cursor.data.len()
    }

    fn relative(&self) -> bool {
        self.relative
    }
}

/// `"/expression/flags"` taken apart.
pub struct Written<'t> {
    negated: bool,
    /// Between the slashes.
    pub expression: &'t str,
    /// Behind them.
    pub flags: &'t str,
}

/// Takes it apart; the quotes may be missing.
pub fn take_apart<'t>(option: &str, text: &'t str, span: Span) -> Compiled<Written<'t>> {
    let bad = |what: &str| fault("D030", span, format!("`{option}`: {what}"), format!("write {option}:\"/expression/flags\";"));
    let (negated, text) = match text.trim().strip_prefix('!') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.trim()),
    };
    let text = text.strip_prefix('"').unwrap_or(text);
    let text = text.strip_suffix('"').unwrap_or(text);
    let (text, delimiter) = match text.strip_prefix('m') {
        Some(rest) if !text.starts_with('/') => (rest, rest.chars().next().ok_or_else(|| bad("there is no expression"))?),
        _ => (text, '/'),
    };
    let inner = text.strip_prefix(delimiter).ok_or_else(|| bad("the expression does not begin with /"))?;
    let (expression, flags) = inner.rsplit_once(delimiter).ok_or_else(|| bad("the expression does not end with /"))?;
    Ok(Written { negated, expression, flags })
}

/// `$` as `\z`: the binding of PCRE2 that is used has no name for PCRE2_DOLLAR_ENDONLY. Escaped ones and those in a class stay.
fn very_end(expression: &str) -> String {
    let (mut out, mut class, mut characters) = (String::new(), false, expression.chars().peekable());
    while let Some(c) = characters.next() {
        out.push(c);
        match c {
            '\\' => out.extend(characters.next()),
            '[' if !class => {
                class = true;
                // A bracket that comes first in a class is one of its characters.
                out.extend(characters.next_if_eq(&'^'));
                out.extend(characters.next_if_eq(&']'));
            }
            ']' => class = false,
            '$' if !class => out.replace_range(out.len() - 1.., "\\z"),
            _ => {}
        }
    }
    out
}

/// Compiles `start` and the expression; `written` is what of it stands in the rule.
pub fn build(builder: &RegexBuilder, start: &str, expression: &str, written: &str, span: Span) -> Compiled<Regex> {
    let text = format!("{start}{expression}");
    let before = text.find(written).unwrap_or(0);
    builder.build(&text).map_err(|error| {
        // The place counts from the expression as written, without what was put before it.
        let (said, at) = (error.to_string(), error.offset().unwrap_or(before).saturating_sub(before));
        let why = said.rsplit(": ").next().unwrap_or(&said);
        let message = format!("the expression does not compile: {why}, at character {} of it", at + 1);
        fault("D032", span, message, "mend the expression (PCRE2 syntax, bytes)")
    })
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let value = option.value.as_ref().ok_or_else(|| missing(option.span, "pcre", "an expression"))?;
    let written = take_apart("pcre", &value.text, value.span)?;
    let mut builder = RegexBuilder::new();
    builder.jit_if_available(true);
    let (mut relative, mut anchored, mut multiline, mut ungreedy, mut limited, mut end_only) = (false, false, false, false, true, false);
    for flag in written.flags.chars() {
        match flag {
            'i' => drop(builder.caseless(true)),
            's' => drop(builder.dotall(true)),
            'm' => multiline = true,
            'x' => drop(builder.extended(true)),
            'A' => anchored = true,
            'G' => ungreedy = true,
            'R' => relative = true,
            'O' => limited = false,
            'E' => end_only = true,
            other => return Err(fault("D031", value.span, format!("`{other}` is no pcre flag"), "known flags: i s m x A E G R O")),
        }
    }
    builder.multi_line(multiline);
    // With m, E says nothing (pcre2api, PCRE2_DOLLAR_ENDONLY).
    let expression = if end_only && !multiline { very_end(written.expression) } else { written.expression.to_owned() };
    let expression = if anchored { format!("\\G(?:{expression})") } else { expression };
    let limits = if limited { "(*LIMIT_MATCH=1500)(*LIMIT_DEPTH=1500)" } else { "" };
    let start = format!("{limits}{}", if ungreedy { "(?U)" } else { "" });
    let regex = build(&builder, &start, &expression, written.expression, value.span)?;
    draft.looks();
    draft.push(Pcre { regex, negated: written.negated, relative, anchored: anchored && !multiline, price: 0 }, option, around);
    Ok(())
}

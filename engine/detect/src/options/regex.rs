//! `regex`: a regular expression in the selected buffer, in the dialect that Snort gives to Hyperscan (Snort 3 rule guide "regex"). Here PCRE2
//! evaluates it, which knows all of that dialect.

use rules::RuleOption;

use crate::arguments::words;
use crate::diagnose::{Compiled, fault, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::pcre::{Pcre, build, take_apart};

/// How far a search may go back and forth: above what an expression needs that Hyperscan would take.
pub const LIMITS: &str = "(*LIMIT_MATCH=10000)(*LIMIT_DEPTH=10000)";

/// What one search counts as, in bytes, so that hostile data cannot make many of them go to their limit.
pub const PRICE: usize = 8 * 1024;

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let first = option.arguments.first().ok_or_else(|| missing(option.span, "regex", "an expression in quotes"))?;
    let quoted = first.quoted.as_ref().ok_or_else(|| missing(first.span, "regex", "an expression in quotes"))?;
    let text = String::from_utf8_lossy(quoted);
    let written = take_apart("regex", &text, first.span)?;
    let (mut builder, mut relative) = (pcre2::bytes::RegexBuilder::new(), false);
    for flag in written.flags.chars() {
        match flag {
            'i' => drop(builder.caseless(true)),
            's' => drop(builder.dotall(true)),
            'm' => drop(builder.multi_line(true)),
            'R' => relative = true,
            other => return Err(fault("D031", first.span, format!("`{other}` is no flag of regex"), "known flags: i s m R")),
        }
    }
    for word in option.arguments[1..].iter().flat_map(words) {
        match word.text.as_str() {
            "nocase" => drop(builder.caseless(true)),
            // Only saves work.
            "fast_pattern" => {}
            other => return Err(unknown_argument(word.span, "regex", other, "fast_pattern, nocase")),
        }
    }
    let regex = build(&builder, LIMITS, written.expression, written.expression, first.span)?;
    draft.looks();
    draft.push(Pcre { regex, negated: first.negated, relative, anchored: false, price: PRICE }, option, around);
    Ok(())
}

//! `flowbits`: named bits on the flow (Snort 3 manual "flowbits"; notes 2.3).

use rules::{RuleOption, Word};

use crate::arguments::words;
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::rule::FlowbitChange;
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct Check {
    bits: Vec<u16>,
    /// Names of the bits.
    names: Vec<String>,
    /// `a&b` instead of `a|b`.
    all: bool,
    set: bool,
}

impl Step for Check {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let Some(state) = on.flow.as_deref() else { return false };
        if state.is_empty() && self.set {
            return false;
        }
        let has = |bit: &u16| state.has(*bit);
        let holds = if self.all { self.bits.iter().all(has) } else { self.bits.iter().any(has) };
        holds == self.set
    }

    fn tell(&self, on: &Evaluation<'_, '_>, _cursor: &Cursor<'_>) -> Option<String> {
        let Some(state) = on.flow.as_deref() else { return Some("no flow".into()) };
        let set = self.bits.iter().zip(&self.names).filter(|(bit, _)| state.has(**bit));
        let names: Vec<&str> = set.map(|(_, name)| name.as_str()).collect();
        Some(if names.is_empty() { "of these none is set on the flow".into() } else { format!("set on the flow: {}", names.join(", ")) })
    }
}

/// The names, and whether all of them count. Snort loads a rule without any: it sets nothing and finds nothing.
fn names(list: &[Word]) -> (Vec<&str>, bool) {
    let names = list.iter().flat_map(|word| word.text.split(['&', '|'])).map(str::trim).filter(|name| !name.is_empty());
    (names.collect(), list.iter().any(|word| word.text.contains('&')))
}

/// Refuses what stands behind the names: version 2 of the language had groups there.
fn nothing_behind(option: &RuleOption, most: usize) -> Compiled {
    match option.arguments.get(most) {
        Some(argument) => {
            let text = words(argument).first().map(|word| word.text.clone()).unwrap_or_default();
            Err(unknown_argument(argument.span, "flowbits", &text, "set, unset, isset or isnotset with names (a&b, a|b), or noalert alone"))
        }
        None => Ok(()),
    }
}

/// Refuses `a&b|c`: which of the two counts first is nobody's guess.
fn one_sign(list: &[Word]) -> Compiled {
    let has = |sign| list.iter().any(|word| word.text.contains(sign));
    match list.first().filter(|_| has('&') && has('|')) {
        Some(word) => Err(unknown_argument(word.span, "flowbits", &word.text, "names with & between them, or with |, not both")),
        None => Ok(()),
    }
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let mut list: Vec<Word> = option.arguments.iter().flat_map(words).collect();
    if list.is_empty() {
        return Err(missing(option.span, "flowbits", "what to do: set, unset, isset, isnotset or noalert"));
    }
    let verb = list.remove(0);
    if verb.text == "noalert" {
        nothing_behind(option, 1)?;
        draft.no_alert = true;
        return Ok(());
    }
    if !matches!(verb.text.as_str(), "set" | "unset" | "isset" | "isnotset") {
        return Err(unknown_argument(verb.span, "flowbits", &verb.text, "set, unset, isset, isnotset, noalert"));
    }
    nothing_behind(option, 2)?;
    one_sign(&list)?;
    let (names, all) = names(&list);
    let bits = names.iter().map(|name| around.flowbits.number(name, option.span)).collect::<Compiled<Vec<_>>>()?;
    match verb.text.as_str() {
        "set" => draft.setters.extend(bits.into_iter().map(FlowbitChange::Set)),
        "unset" => draft.setters.extend(bits.into_iter().map(FlowbitChange::Clear)),
        verb => {
            draft.checks_flowbits = true;
            let set = verb == "isset";
            draft.needs_flowbits |= set;
            let names = names.into_iter().map(str::to_owned).collect();
            draft.push(Check { bits, names, all, set }, option, around);
        }
    }
    Ok(())
}

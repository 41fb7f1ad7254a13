//! `sip_method` and `sip_stat_code`: start line of a SIP message (Snort 3 manual; notes 2.10).

use rules::RuleOption;

use crate::arguments::{integer, words};
use crate::cursor::Cursor;
use crate::diagnose::Compiled;
use crate::draft::{Around, Draft};
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct Method {
    names: Vec<String>,
    negated: bool,
}

impl Step for Method {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let Some(sip) = on.subject.inspection.facts.sip.filter(|sip| !sip.method.is_empty()) else { return false };
        self.names.iter().any(|name| sip.method.eq_ignore_ascii_case(name.as_bytes())) != self.negated
    }
}

#[derive(Debug)]
struct StatCode(Vec<u16>);

impl Step for StatCode {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let Some(status) = on.subject.inspection.facts.sip.and_then(|sip| sip.status) else { return false };
        self.0.iter().any(|&code| status == code || status / 100 == code)
    }
}

/// Reads `sip_method`. Snort loads it without a method too: none fits then.
pub fn method(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let mut method = Method { names: Vec::new(), negated: option.arguments.iter().any(|argument| argument.negated) };
    for word in option.arguments.iter().flat_map(words) {
        method.negated |= word.text.starts_with('!');
        let name = word.text.trim_start_matches('!').to_owned();
        method.names.extend(Some(name).filter(|name| !name.is_empty()));
    }
    draft.imply_service("sip");
    draft.push(method, option, around);
    Ok(())
}

/// Reads `sip_stat_code`.
pub fn stat_code(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let words: Vec<_> = option.arguments.iter().flat_map(words).collect();
    let codes = words.iter().map(|word| integer("sip_stat_code", word, 1, 999).map(|n| n as u16)).collect::<Compiled<Vec<_>>>()?;
    draft.imply_service("sip");
    draft.push(StatCode(codes), option, around);
    Ok(())
}

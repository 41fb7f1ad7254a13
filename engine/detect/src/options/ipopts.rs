//! `ipopts`: an option of the innermost IPv4 header (Snort 3 manual "ipopts"; RFC 791 section 3.1).

use rules::RuleOption;

use crate::arguments::value;
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, unknown_argument};
use crate::draft::{Around, Draft};
use crate::step::{Evaluation, Step};

/// Names that rules use with the type octet that they stand for.
const KINDS: [(&str, u8); 10] = [
    ("eol", 0),
    ("nop", 1),
    ("rr", 7),
    ("ts", 0x44),
    ("sec", 0x82),
    ("lsrr", 0x83),
    ("lsrre", 0x84),
    ("esec", 0x85),
    ("satid", 0x88),
    ("ssrr", 0x89),
];

/// The option's type; `None`: any option.
#[derive(Debug)]
struct IpOpts(Option<u8>);

impl Step for IpOpts {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let Some(ip) = on.subject.packet.and_then(|packet| packet.ip.as_ref()) else { return false };
        match self.0 {
            None => !ip.options.is_empty(),
            Some(wanted) => kinds(ip.options).any(|kind| kind == wanted),
        }
    }
}

/// Types of the options up to the end of the list, or to one whose length does not fit.
fn kinds(mut rest: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let (&kind, after) = rest.split_first()?;
        rest = match kind {
            0 => &[],
            1 => after,
            _ => after.first().filter(|&&length| length >= 2).and_then(|&length| rest.get(usize::from(length)..)).unwrap_or_default(),
        };
        Some(kind)
    })
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let word = value(option)?;
    let kind = match word.text.as_str() {
        "any" => None,
        name => Some(KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind).ok_or_else(|| {
            let known = KINDS.map(|(known, _)| known).join(", ");
            unknown_argument(word.span, "ipopts", name, &format!("one of {known}, any"))
        })?),
    };
    draft.push(IpOpts(kind), option, around);
    Ok(())
}

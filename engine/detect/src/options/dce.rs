//! `dce_iface` and `dce_opnum`: the DCE/RPC call (Snort 3 manual; notes 2.4, 2.10).

use flow::Side;
use rules::RuleOption;

use crate::arguments::{parse_integer, value, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, bad_number, fault, missing};
use crate::draft::{Around, ContentFacts, Draft, Selected};
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct Iface {
    uuid: [u8; 16],
    any_fragment: bool,
}

impl Step for Iface {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let Some(dce) = on.subject.inspection.facts.dce else { return false };
        dce.interface == Some(self.uuid) && (self.any_fragment || dce.first_fragment)
    }
}

#[derive(Debug)]
struct OpNum(Vec<(u16, u16)>);

impl Step for OpNum {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let opnum = on.subject.inspection.facts.dce.and_then(|dce| dce.opnum);
        opnum.is_some_and(|n| self.0.iter().any(|&(low, high)| (low..=high).contains(&n)))
    }

    fn tell(&self, on: &Evaluation<'_, '_>, _cursor: &Cursor<'_>) -> Option<String> {
        let opnum = on.subject.inspection.facts.dce.and_then(|dce| dce.opnum);
        Some(opnum.map_or_else(|| "there is no operation".into(), |opnum| format!("it is {opnum}")))
    }
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let digits: Vec<u32> = text.chars().filter(|&c| c != '-').map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| (pair[0] << 4 | pair.get(1).copied().unwrap_or(0)) as u8).collect();
    if digits.len() == 32 { bytes.try_into().ok() } else { None }
}

/// The protocol's own pattern: requests 05 00 00, answers 05 00 02, else 05 00.
fn pattern(side: Option<Side>) -> Vec<u8> {
    match side {
        Some(Side::Client) => vec![5, 0, 0],
        Some(Side::Server) => vec![5, 0, 2],
        None => vec![5, 0],
    }
}

/// Reads `dce_iface`.
pub fn iface(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let lists: Vec<_> = option.arguments.iter().map(words).collect();
    let word = lists.iter().flatten().find(|word| word.text.contains('-')).ok_or_else(|| missing(option.span, "dce_iface", "a uuid"))?;
    let parsed = uuid(&word.text);
    let uuid = parsed.ok_or_else(|| {
        fault("D070", word.span, format!("`{}` is no uuid", word.text), "write it as 4b324fc8-1670-01d3-1278-5a47bf6ee188")
    })?;
    let any_fragment = lists.iter().flatten().any(|word| word.text == "any_frag");
    if draft.about.protocol == "tcp" {
        draft.contents.push(ContentFacts {
            step: draft.steps.len(),
            buffer: Selected::default(),
            bytes: pattern(draft.flow.side),
            nocase: true,
            negated: false,
            relative: false,
            positioned: true,
            marked: false,
            slice: None,
            implied: true,
            limit: None,
        });
    }
    draft.push(Iface { uuid, any_fragment }, option, around);
    Ok(())
}

/// Reads `dce_opnum`.
pub fn opnum(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let word = value(option)?;
    let one = |text: &str| parse_integer(text.trim()).and_then(|n| u16::try_from(n).ok());
    let range = |part: &str| match part.split_once('-') {
        Some((low, high)) => Some((one(low)?, one(high)?)),
        None => one(part).map(|n| (n, n)),
    };
    let ranges = word.text.split(',').map(range).collect::<Option<Vec<_>>>();
    let ranges = ranges.ok_or_else(|| bad_number(word.span, "dce_opnum", &word.text, "numbers or ranges such as \"0,4-7\""))?;
    draft.push(OpNum(ranges), option, around);
    Ok(())
}

//! `dce_iface` and `dce_opnum`: the DCE/RPC call (Snort 3 manual; notes 2.4, 2.10).

use flow::Side;
use rules::{RuleOption, Word};

use crate::arguments::{Range, parse_integer, range_word, value, value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, bad_number, fault, missing, unknown_argument};
use crate::draft::{Around, ContentFacts, Draft, Selected};
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct Iface {
    uuid: [u8; 16],
    version: Option<Range>,
    any_fragment: bool,
}

impl Step for Iface {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let Some(dce) = on.subject.inspection.facts.dce else { return false };
        let version = self.version.is_none_or(|range| dce.version.is_some_and(|version| range.contains(version.into())));
        dce.interface == Some(self.uuid) && version && (self.any_fragment || dce.first_fragment)
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
    const NAME: &str = "dce_iface";
    let (mut found, mut version, mut any_fragment) = (None, None, false);
    for argument in &option.arguments {
        let list = words(argument);
        let first = list.first().map(|word| word.text.as_str()).unwrap_or_default();
        match first {
            "uuid" => found = Some(value_of(NAME, &list, argument.span)?.clone()),
            "any_frag" => any_fragment = true,
            "version" => {
                let mut word = value_of(NAME, &list, argument.span)?.clone();
                word.text = list[1..].iter().map(|part| part.text.as_str()).collect();
                version = Some(range_word(NAME, &word, u16::MAX.into())?);
            }
            // The uuid may stand without its name, the version too.
            text if found.is_none() && text.contains('-') => found = list.first().cloned(),
            text if text.starts_with(['<', '>', '=', '!']) => {
                let word = Word { text: list.iter().map(|part| part.text.as_str()).collect(), span: argument.span };
                version = Some(range_word(NAME, &word, u16::MAX.into())?);
            }
            other => return Err(unknown_argument(argument.span, NAME, other, "uuid, version, any_frag")),
        }
    }
    let word = found.ok_or_else(|| missing(option.span, NAME, "a uuid"))?;
    let uuid = uuid(&word.text).ok_or_else(|| {
        fault("D070", word.span, format!("`{}` is no uuid", word.text), "write it as 4b324fc8-1670-01d3-1278-5a47bf6ee188")
    })?;
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
    draft.push(Iface { uuid, version, any_fragment }, option, around);
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

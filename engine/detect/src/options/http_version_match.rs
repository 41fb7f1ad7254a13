//! `http_version_match`: whether a message's version is one of a list (Snort 3 rule guide).

use inspect::{BufferId, Service};
use rules::RuleOption;

use crate::arguments::words;
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::http_message::{COMMON, Message, common, note};
use crate::step::{Evaluation, Step};

/// What a version can be called.
const KNOWN: [&str; 7] = ["0.9", "1.0", "1.1", "2.0", "3.0", "malformed", "other"];

#[derive(Debug)]
struct VersionMatch {
    wanted: Vec<&'static str>,
    message: Message,
}

impl Step for VersionMatch {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        if on.subject.inspection.facts.http.is_none() {
            return false;
        }
        let two = on.subject.service == Some(Service::Http2);
        self.wanted.contains(&name(self.message.buffer(on, BufferId::HttpVersion), two))
    }
}

/// The name of a version as the start line writes it. No version at all is that of HTTP/0.9; one that the framing belies is another.
fn name(version: &[u8], two: bool) -> &'static str {
    let digits = match version.split_at_checked(5) {
        _ if version.is_empty() => return "0.9",
        Some((name, digits)) if name.eq_ignore_ascii_case(b"HTTP/") => digits,
        _ => return "malformed",
    };
    match digits {
        b"1.0" if !two => "1.0",
        b"1.1" if !two => "1.1",
        b"2.0" if two => "2.0",
        [major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => "other",
        _ => "malformed",
    }
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    const NAME: &str = "http_version_match";
    let first = option.arguments.first().ok_or_else(|| missing(option.span, NAME, "a list of versions in quotes"))?;
    let mut wanted = Vec::new();
    for word in words(first) {
        for text in word.text.split_ascii_whitespace() {
            let known = KNOWN.iter().find(|known| **known == text);
            wanted.push(*known.ok_or_else(|| unknown_argument(word.span, NAME, text, &KNOWN.join(", ")))?);
        }
    }
    if wanted.is_empty() {
        return Err(missing(first.span, NAME, "a list of versions in quotes"));
    }
    let mut message = Message::default();
    for word in option.arguments.iter().skip(1).flat_map(words) {
        if !common(&word.text, &mut message) {
            return Err(unknown_argument(word.span, NAME, &word.text, &format!("a list of versions, then {COMMON}")));
        }
    }
    note(draft, false, message);
    draft.push(VersionMatch { wanted, message }, option, around);
    Ok(())
}

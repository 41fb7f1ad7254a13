//! `stream_size`: how much each side of a TCP flow has sent (Snort 3 manual; notes 2.9).

use flow::Side;
use rules::RuleOption;

use crate::arguments::{Range, range_word, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::step::{Evaluation, Step};

/// Whose bytes count. The words name the direction code that Snort makes of them: `to_client` looks at what the server sent.
#[derive(Debug, Clone, Copy)]
enum Whose {
    Either,
    Client,
    Server,
    Both,
}

#[derive(Debug)]
struct StreamSize {
    range: Range,
    whose: Whose,
}

impl Step for StreamSize {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let Some(flow) = on.subject.flow.filter(|flow| flow.protocol == 6) else { return false };
        let fits = |side: Side| self.range.contains(i64::from(flow.sent[side as usize]));
        match self.whose {
            Whose::Either => fits(Side::Client) || fits(Side::Server),
            Whose::Client => fits(Side::Client),
            Whose::Server => fits(Side::Server),
            Whose::Both => fits(Side::Client) && fits(Side::Server),
        }
    }

    fn tell(&self, on: &Evaluation<'_, '_>, _cursor: &Cursor<'_>) -> Option<String> {
        let sent = on.subject.flow.map(|flow| flow.sent)?;
        Some(format!("the client has sent {}, the server {}", sent[Side::Client as usize], sent[Side::Server as usize]))
    }
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let list: Vec<_> = option.arguments.iter().flat_map(words).collect();
    let range = range_word("stream_size", list.first().ok_or_else(|| missing(option.span, "stream_size", "a size"))?, u32::MAX.into())?;
    let whose = match list.get(1).map(|word| word.text.as_str()) {
        None | Some("either") => Whose::Either,
        Some("to_server") => Whose::Client,
        Some("to_client") => Whose::Server,
        Some("both") => Whose::Both,
        Some(other) => return Err(unknown_argument(option.span, "stream_size", other, "either, to_server, to_client, both")),
    };
    if let Some(word) = list.get(2) {
        return Err(unknown_argument(word.span, "stream_size", &word.text, "a size, then either, to_server, to_client or both"));
    }
    draft.push(StreamSize { range, whose }, option, around);
    Ok(())
}

//! `flow`: direction and state of the connection (Snort 3 manual "flow"; notes 2.9).

use flow::Side;
use rules::{RuleOption, Word};

use crate::arguments::words;
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault, unknown_argument};
use crate::draft::{Around, Draft};
use crate::header::FlowSpec;
use crate::step::{Evaluation, Step};

impl Step for FlowSpec {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let subject = on.subject;
        if self.stateless {
            return true;
        }
        if matches!((self.side, subject.side), (Some(wanted), Some(is)) if wanted != is) {
            return false;
        }
        if (self.no_frag && subject.defragmented) || (self.only_frag && !subject.defragmented) {
            return false;
        }
        let established = if self.established { subject.established } else { !(self.not_established && subject.established) };
        let stream = if self.no_stream { !subject.rebuilt } else { !self.only_stream || subject.rebuilt || subject.whole };
        established && stream
    }

    fn tell(&self, on: &Evaluation<'_, '_>, _cursor: &Cursor<'_>) -> Option<String> {
        let subject = on.subject;
        let from = match subject.side {
            Some(Side::Client) => "from the client",
            Some(Side::Server) => "from the server",
            None => "from a side not known",
        };
        let state = if subject.established { "established" } else { "not established" };
        let kind = match (subject.rebuilt, subject.whole) {
            (true, _) => "a reassembled PDU",
            (false, true) => "a packet that is one whole PDU",
            (false, false) => "a raw packet",
        };
        Some(format!("{from}, {state}, {kind}"))
    }
}

/// Words of which a rule can mean only one.
const OPPOSITES: [[&[&str]; 2]; 5] = [
    [&["to_server", "from_client"], &["to_client", "from_server"]],
    [&["established"], &["not_established"]],
    [&["established"], &["stateless"]],
    [&["no_stream"], &["only_stream"]],
    [&["no_frag"], &["only_frag"]],
];

fn check(words: &[Word]) -> Compiled {
    let find = |names: &[&str]| words.iter().find(|word| names.contains(&word.text.as_str()));
    for [these, those] in OPPOSITES {
        if let (Some(this), Some(that)) = (find(these), find(those)) {
            let message = format!("`{}` and `{}` cannot both hold", this.text, that.text);
            return Err(fault("D012", that.span, message, "keep one of them"));
        }
    }
    Ok(())
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let mut spec = FlowSpec::default();
    let list: Vec<Word> = option.arguments.iter().flat_map(words).collect();
    check(&list)?;
    for word in list {
        match word.text.as_str() {
            "established" => spec.established = true,
            "not_established" => spec.not_established = true,
            "to_server" | "from_client" => spec.side = Some(Side::Client),
            "to_client" | "from_server" => spec.side = Some(Side::Server),
            "stateless" => spec.stateless = true,
            "no_stream" => spec.no_stream = true,
            "only_stream" => spec.only_stream = true,
            "no_frag" => spec.no_frag = true,
            "only_frag" => spec.only_frag = true,
            other => {
                let known = "established, not_established, to_server, to_client, from_server, from_client, stateless, no_stream, only_stream, \
                    no_frag, only_frag";
                return Err(unknown_argument(word.span, "flow", other, known));
            }
        }
    }
    draft.flow = spec;
    draft.push(spec, option, around);
    Ok(())
}

//! `rpc`: program, version and procedure of an ONC RPC call (Snort 3 manual "rpc"; RFC 5531 section 9).

use inspect::BufferId;
use rules::{RuleOption, Word};

use crate::arguments::{integer, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::step::{Evaluation, Step};
use crate::subject::Kind;

#[derive(Debug)]
struct Rpc {
    program: u32,
    version: Option<u32>,
    procedure: Option<u32>,
}

/// Octets of a record mark, which goes before each record on TCP (RFC 5531 section 11).
const RECORD_MARK: usize = 4;
const CALL: u32 = 0;
const RPC_VERSION: u32 = 2;

impl Step for Rpc {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let start = match on.subject.kind {
            Kind::Tcp => RECORD_MARK,
            Kind::Udp => 0,
            Kind::Icmp | Kind::Ip => return false,
        };
        let data = on.subject.inspection.buffers.get(BufferId::RawData);
        // xid, message type, RPC version, program, version, procedure.
        let Some(call) = data.get(start..).and_then(|data| data.first_chunk::<24>()) else { return false };
        let word = |at: usize| u32::from_be_bytes([call[at], call[at + 1], call[at + 2], call[at + 3]]);
        let fits = |wanted: Option<u32>, at| wanted.is_none_or(|wanted| wanted == word(at));
        word(4) == CALL && word(8) == RPC_VERSION && word(12) == self.program && fits(self.version, 16) && fits(self.procedure, 20)
    }
}

/// A number, or `*` for any.
fn number(word: Option<&Word>) -> Compiled<Option<u32>> {
    match word {
        Some(word) if word.text != "*" => integer("rpc", word, 0, u32::MAX.into()).map(|number| Some(number as u32)),
        _ => Ok(None),
    }
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let list: Vec<Word> = option.arguments.iter().flat_map(words).collect();
    if let Some(word) = list.get(3) {
        return Err(unknown_argument(word.span, "rpc", &word.text, "a program, then a version and a procedure or * for any"));
    }
    let program = number(list.first())?.ok_or_else(|| missing(option.span, "rpc", "the number of a program"))?;
    let (version, procedure) = (number(list.get(1))?, number(list.get(2))?);
    draft.push(Rpc { program, version, procedure }, option, around);
    Ok(())
}

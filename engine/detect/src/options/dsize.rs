//! `dsize`: bytes of payload; of a PDU only its first piece is looked at (Snort 3 manual "dsize"; notes 2.9).

use rules::RuleOption;

use crate::diagnose::Compiled;
use crate::draft::{Around, Draft};
use crate::options::compare::compare;

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    compare(option, draft, around, u16::MAX.into(), |subject| {
        (!subject.rebuilt || subject.inspection.head).then(|| subject.payload_len() as i64)
    })
}

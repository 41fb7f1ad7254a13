//! `fragoffset`: fragment offset in units of eight bytes (Snort 3 manual "fragoffset"; notes 2.9).

use rules::RuleOption;

use crate::diagnose::Compiled;
use crate::draft::{Around, Draft};
use crate::options::compare::compare;

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    compare(option, draft, around, 8192, |subject| subject.packet?.ip.as_ref().map(|ip| i64::from(ip.fragment.offset / 8)))
}

//! `id`: identification of the innermost IP header (Snort 3 manual "id"; notes 2.9).

use rules::RuleOption;

use crate::diagnose::Compiled;
use crate::draft::{Around, Draft};
use crate::options::compare::compare;

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    compare(option, draft, around, u32::MAX.into(), |subject| subject.packet?.ip.as_ref().map(|ip| i64::from(ip.id)))
}

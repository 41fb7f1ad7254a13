//! `ip_proto`: protocol behind the innermost IP header (Snort 3 manual "ip_proto"; notes 2.9).

use rules::RuleOption;

use crate::arguments::range;
use crate::diagnose::Compiled;
use crate::draft::{Around, Draft};
use crate::options::compare::compare;

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    draft.ip_proto = Some(range(option, u8::MAX.into())?);
    compare(option, draft, around, u8::MAX.into(), |subject| subject.packet?.ip.as_ref().map(|ip| i64::from(ip.protocol)))
}

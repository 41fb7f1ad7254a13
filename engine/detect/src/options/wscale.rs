//! `wscale`: window scale that a TCP header offers (Snort 3 reference manual "wscale").

use rules::RuleOption;
use wire::L4;

use crate::diagnose::Compiled;
use crate::draft::{Around, Draft};
use crate::options::compare::compare;

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    compare(option, draft, around, u16::MAX.into(), |subject| match subject.packet?.l4 {
        L4::Tcp(tcp) => tcp.window_scale.map(i64::from),
        _ => None,
    })
}

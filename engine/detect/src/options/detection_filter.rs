//! `detection_filter`: alert only above a rate (Snort 3 manual "detection_filter"; notes 2.11).

use rules::RuleOption;

use crate::arguments::{integer, value_of, words};
use crate::diagnose::{Compiled, unknown_argument};
use crate::draft::{Around, Draft};
use crate::rule::RateLimit;

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    let mut rate = RateLimit { by_source: true, count: 0, seconds: 0 };
    for list in option.arguments.iter().map(words) {
        let word = value_of("detection_filter", &list, option.span)?;
        match list[0].text.as_str() {
            "track" => match word.text.as_str() {
                "by_src" => rate.by_source = true,
                "by_dst" => rate.by_source = false,
                other => return Err(unknown_argument(word.span, "detection_filter", other, "track by_src or track by_dst")),
            },
            "count" => rate.count = integer("detection_filter", word, 1, i64::from(u32::MAX))? as u32,
            "seconds" => rate.seconds = integer("detection_filter", word, 1, i64::from(u32::MAX))? as u32,
            other => return Err(unknown_argument(list[0].span, "detection_filter", other, "track, count, seconds")),
        }
    }
    draft.rate = Some(rate);
    Ok(())
}

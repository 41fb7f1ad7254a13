//! `detection_filter`: alert only above a rate (Snort 3 manual NAME; notes 2.11).

use rules::RuleOption;

use crate::arguments::{integer, value_of, words};
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::rule::RateLimit;

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, _around: &mut Around<'_>) -> Compiled {
    const NAME: &str = "detection_filter";
    let mut rate = RateLimit { by_source: true, count: 0, seconds: 0 };
    let mut tracked = false;
    for list in option.arguments.iter().map(words) {
        let word = value_of(NAME, &list, option.span)?;
        match list[0].text.as_str() {
            "track" => {
                tracked = true;
                rate.by_source = match word.text.as_str() {
                    "by_src" => true,
                    "by_dst" => false,
                    other => return Err(unknown_argument(word.span, NAME, other, "track by_src or track by_dst")),
                }
            }
            "count" => rate.count = integer(NAME, word, 1, i64::from(u32::MAX))? as u32,
            "seconds" => rate.seconds = integer(NAME, word, 1, i64::from(u32::MAX))? as u32,
            other => return Err(unknown_argument(list[0].span, NAME, other, "track, count, seconds")),
        }
    }
    if !tracked || rate.count == 0 || rate.seconds == 0 {
        return Err(missing(option.span, NAME, "track by_src or track by_dst, count and seconds"));
    }
    draft.rate = Some(rate);
    Ok(())
}

//! Options that compare one number of the packet with a range (Snort notes 2.9); each has a file that says which number.

use rules::RuleOption;

use crate::arguments::{Range, range};
use crate::cursor::Cursor;
use crate::diagnose::Compiled;
use crate::draft::{Around, Draft};
use crate::step::{Evaluation, Step};
use crate::subject::Subject;

/// Takes the number from what is inspected; `None` fails the option.
pub type Value = fn(&Subject<'_>) -> Option<i64>;

struct Compare {
    range: Range,
    value: Value,
}

impl std::fmt::Debug for Compare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Compare({:?})", self.range)
    }
}

impl Step for Compare {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        (self.value)(on.subject).is_some_and(|value| self.range.contains(value))
    }

    fn tell(&self, on: &Evaluation<'_, '_>, _cursor: &Cursor<'_>) -> Option<String> {
        Some((self.value)(on.subject).map_or_else(|| "there is no such field".into(), |value| format!("it is {value}")))
    }
}

/// Adds the step that compares `value` with the option's range, whose numbers may be 0 to `most`: what the header field can hold.
pub fn compare(option: &RuleOption, draft: &mut Draft, around: &Around<'_>, most: i64, value: Value) -> Compiled {
    compare_range(option, draft, around, range(option, most)?, value)
}

/// The same with a range that was read already.
pub fn compare_range(option: &RuleOption, draft: &mut Draft, around: &Around<'_>, range: Range, value: Value) -> Compiled {
    draft.push(Compare { range, value }, option, around);
    Ok(())
}

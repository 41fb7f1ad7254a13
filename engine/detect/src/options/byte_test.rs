//! `byte_test`: compares an integer in the buffer (Snort 3 manual "byte_test"; notes 2.8).

use rules::RuleOption;

use crate::arguments::{Number, integer, number, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::extract::Field;
use crate::step::{Evaluation, Step};

#[derive(Debug, Clone, Copy)]
enum Operator {
    Below,
    AtMost,
    Equal,
    Above,
    AtLeast,
    And,
    Xor,
}

#[derive(Debug)]
struct ByteTest {
    field: Field,
    operator: Operator,
    negated: bool,
    value: Number,
}

impl Step for ByteTest {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        // Bytes that are not there fail the negated operators too.
        let Some(read) = self.field.read(on, cursor) else { return false };
        let wanted = self.value.value(&on.variables) as u32;
        let holds = match self.operator {
            Operator::Below => read.value < wanted,
            Operator::AtMost => read.value <= wanted,
            Operator::Equal => read.value == wanted,
            Operator::Above => read.value > wanted,
            Operator::AtLeast => read.value >= wanted,
            Operator::And => read.value & wanted != 0,
            Operator::Xor => read.value ^ wanted != 0,
        };
        holds != self.negated
    }

    fn tell(&self, on: &Evaluation<'_, '_>, cursor: &Cursor<'_>) -> Option<String> {
        Some(self.field.tell(on, cursor))
    }

    fn relative(&self) -> bool {
        self.field.relative
    }
}

fn operator(text: &str) -> Option<(bool, Operator)> {
    let (negated, text) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let operator = match text {
        "<" => Operator::Below,
        "<=" => Operator::AtMost,
        "=" | "" => Operator::Equal,
        ">" => Operator::Above,
        ">=" => Operator::AtLeast,
        "&" => Operator::And,
        "^" => Operator::Xor,
        _ => return None,
    };
    (negated || !text.is_empty()).then_some((negated, operator))
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let lists: Vec<_> = option.arguments.iter().map(words).collect();
    let word = |index: usize, what| lists.get(index).and_then(|list| list.first()).ok_or_else(|| missing(option.span, "byte_test", what));
    let mut field = Field { width: integer("byte_test", word(0, "the number of bytes")?, 1, 10)? as usize, ..Field::default() };
    let sign = word(1, "an operator")?;
    let hint = "use < <= = > >= & ^, each also behind !";
    let (negated, operator) =
        operator(&sign.text).ok_or_else(|| fault("D041", sign.span, format!("`{}` is no operator", sign.text), hint))?;
    let value = number(draft, "byte_test", word(2, "a value")?, i64::from(i32::MIN), i64::from(u32::MAX))?;
    field.offset = number(draft, "byte_test", word(3, "an offset")?, i64::from(i32::MIN), i64::from(i32::MAX))?;
    for list in lists.iter().skip(4) {
        if !field.modifier("byte_test", list, option.span)? {
            let text = list.first().map(|word| word.text.as_str()).unwrap_or_default();
            return Err(unknown_argument(option.span, "byte_test", text, "relative, big, little, dce, string, dec, hex, oct, bitmask"));
        }
    }
    draft.looks();
    draft.push(ByteTest { field, operator, negated, value }, option, around);
    Ok(())
}

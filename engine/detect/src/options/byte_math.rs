//! `byte_math`: computes with an integer of the buffer and keeps the result in a variable (Snort 3 manual "byte_math").

use rules::{RuleOption, Word};

use crate::arguments::{Number, integer, number, value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::extract::{Field, Order};
use crate::step::{Evaluation, Step};

#[derive(Debug, Clone, Copy)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    ShiftLeft,
    ShiftRight,
}

#[derive(Debug)]
struct ByteMath {
    field: Field,
    operator: Operator,
    operand: Number,
    slot: usize,
}

impl Step for ByteMath {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let Some(read) = self.field.read(on, cursor) else { return false };
        // On unsigned integers of 32 bits, which wrap round (Snort 3 user manual, "byte_math").
        let (value, operand) = (read.value, self.operand.value(&on.variables) as u32);
        let result = match self.operator {
            Operator::Add => Some(value.wrapping_add(operand)),
            Operator::Subtract => Some(value.wrapping_sub(operand)),
            Operator::Multiply => Some(value.wrapping_mul(operand)),
            Operator::Divide => value.checked_div(operand),
            Operator::ShiftLeft => value.checked_shl(operand),
            Operator::ShiftRight => value.checked_shr(operand),
        };
        let Some(result) = result else { return false };
        on.variables[self.slot] = result;
        true
    }

    fn tell(&self, on: &Evaluation<'_, '_>, cursor: &Cursor<'_>) -> Option<String> {
        Some(self.field.tell(on, cursor))
    }

    fn relative(&self) -> bool {
        self.field.relative
    }
}

fn operator(word: &Word) -> Compiled<Operator> {
    Ok(match word.text.as_str() {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "<<" => Operator::ShiftLeft,
        ">>" => Operator::ShiftRight,
        other => return Err(fault("D044", word.span, format!("`{other}` is no operator of byte_math"), "use + - * / << >>")),
    })
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    const NAME: &str = "byte_math";
    let (mut field, mut sign, mut operand, mut result) = (Field { width: 0, ..Field::default() }, None, None, None);
    for list in option.arguments.iter().map(words) {
        let value = || value_of(NAME, &list, option.span);
        match list.first().map(|word| word.text.as_str()).unwrap_or_default() {
            "bytes" => field.width = integer(NAME, value()?, 1, 10)? as usize,
            "offset" => field.offset = number(draft, NAME, value()?, i64::from(i32::MIN), i64::from(i32::MAX))?,
            "oper" => sign = Some(operator(value()?)?),
            "rvalue" => operand = Some(number(draft, NAME, value()?, 1, i64::from(u32::MAX))?),
            "result" => result = Some(value()?.clone()),
            "endian" => {
                field.order = match value()?.text.as_str() {
                    "big" => Order::Big,
                    "little" => Order::Little,
                    other => return Err(unknown_argument(option.span, NAME, other, "endian big or endian little")),
                }
            }
            "string" => {
                field.string = Some(match list.get(1).map(|word| word.text.as_str()) {
                    None | Some("dec") => 10,
                    Some("hex") => 16,
                    Some("oct") => 8,
                    Some(other) => return Err(unknown_argument(option.span, NAME, other, "string hex, string dec or string oct")),
                })
            }
            _ if field.modifier(NAME, &list, option.span)? => {}
            other => {
                let known = "bytes, offset, oper, rvalue, result, relative, endian, dce, string, bitmask";
                return Err(unknown_argument(option.span, NAME, other, known));
            }
        }
    }
    let need = |what| missing(option.span, NAME, what);
    if field.width == 0 {
        return Err(need("bytes"));
    }
    let slot = draft.assign(&result.ok_or_else(|| need("result"))?)?;
    let (operator, operand) = (sign.ok_or_else(|| need("oper"))?, operand.ok_or_else(|| need("rvalue"))?);
    draft.looks();
    draft.push(ByteMath { field, operator, operand, slot }, option, around);
    Ok(())
}

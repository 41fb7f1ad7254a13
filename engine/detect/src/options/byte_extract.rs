//! `byte_extract`: keeps an integer of the buffer in a variable for later options (Snort 3 manual "byte_extract"; notes 2.8).

use rules::RuleOption;

use crate::arguments::{integer, number, value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::extract::Field;
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct ByteExtract {
    field: Field,
    multiplier: u32,
    /// 0, 2 or 4.
    align: u32,
    slot: usize,
}

impl Step for ByteExtract {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let Some(read) = self.field.read(on, cursor) else { return false };
        let mut value = read.value.wrapping_mul(self.multiplier);
        if self.align > 0 {
            value = value.wrapping_add(self.align - 1) & !(self.align - 1);
        }
        on.variables[self.slot] = value;
        cursor.pos = read.at + read.len;
        true
    }

    fn tell(&self, on: &Evaluation<'_, '_>, cursor: &Cursor<'_>) -> Option<String> {
        Some(self.field.tell(on, cursor))
    }

    fn relative(&self) -> bool {
        self.field.relative
    }
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let lists: Vec<_> = option.arguments.iter().map(words).collect();
    let word =
        |index: usize, what| lists.get(index).and_then(|list| list.first()).ok_or_else(|| missing(option.span, "byte_extract", what));
    let field = Field {
        width: integer("byte_extract", word(0, "the number of bytes")?, 1, 10)? as usize,
        offset: number(draft, "byte_extract", word(1, "an offset")?, -65_535, 65_535)?,
        ..Field::default()
    };
    let slot = draft.assign(word(2, "a variable's name")?)?;
    let mut extract = ByteExtract { field, multiplier: 1, align: 0, slot };
    for list in lists.iter().skip(3) {
        if extract.field.modifier("byte_extract", list, option.span)? {
            continue;
        }
        match list.first().map(|word| word.text.as_str()).unwrap_or_default() {
            "multiplier" => extract.multiplier = integer("byte_extract", value_of("byte_extract", list, option.span)?, 1, 65_535)? as u32,
            "align" => extract.align = integer("byte_extract", value_of("byte_extract", list, option.span)?, 0, 4)? as u32 & !1,
            other => {
                let known = "relative, multiplier, align, big, little, dce, string, dec, hex, oct, bitmask";
                return Err(unknown_argument(option.span, "byte_extract", other, known));
            }
        }
    }
    draft.looks();
    draft.push(extract, option, around);
    Ok(())
}

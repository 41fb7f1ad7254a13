//! `byte_jump`: moves the cursor by an integer in the buffer (Snort 3 manual "byte_jump"; notes 2.8).

use rules::RuleOption;

use crate::arguments::{Number, integer, number, value_of, words};
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, missing, unknown_argument};
use crate::draft::{Around, Draft};
use crate::options::extract::Field;
use crate::step::{Evaluation, Step};

#[derive(Debug, Default, PartialEq, Eq)]
enum From {
    #[default]
    Here,
    Beginning,
    End,
}

#[derive(Debug)]
struct ByteJump {
    field: Field,
    from: From,
    align: bool,
    multiplier: u32,
    post_offset: Number,
}

impl Step for ByteJump {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool {
        let (at, len, value) = if self.field.width == 0 {
            (cursor.at(self.field.relative, self.field.offset.value(&on.variables)).unwrap_or(usize::MAX), 0, 0)
        } else {
            match self.field.read(on, cursor) {
                Some(read) => (read.at, read.len, read.value),
                None => return false,
            }
        };
        let mut jump = value.wrapping_mul(self.multiplier);
        if self.align {
            jump = jump.wrapping_add(3) & !3;
        }
        let base = match self.from {
            From::Here => (at as u32).wrapping_add(len as u32),
            From::Beginning => 0,
            From::End => cursor.data.len() as u32,
        };
        let target = base.wrapping_add(jump).wrapping_add(self.post_offset.value(&on.variables) as u32) as usize;
        if target > cursor.data.len() {
            return false;
        }
        cursor.pos = target;
        true
    }

    fn tell(&self, on: &Evaluation<'_, '_>, cursor: &Cursor<'_>) -> Option<String> {
        (self.field.width > 0).then(|| self.field.tell(on, cursor))
    }

    fn relative(&self) -> bool {
        self.field.relative
    }
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let lists: Vec<_> = option.arguments.iter().map(words).collect();
    let word = |index: usize, what| lists.get(index).and_then(|list| list.first()).ok_or_else(|| missing(option.span, "byte_jump", what));
    let field = Field {
        width: integer("byte_jump", word(0, "the number of bytes")?, 0, 10)? as usize,
        // Left out it is 0.
        offset: lists
            .get(1)
            .and_then(|list| list.first())
            .map_or(Ok(Number::Fixed(0)), |word| number(draft, "byte_jump", word, i64::from(i32::MIN), i64::from(i32::MAX)))?,
        ..Field::default()
    };
    let mut jump = ByteJump { field, from: From::Here, align: false, multiplier: 1, post_offset: Number::Fixed(0) };
    for list in lists.iter().skip(2) {
        if jump.field.modifier("byte_jump", list, option.span)? {
            continue;
        }
        match list.first().map(|word| word.text.as_str()).unwrap_or_default() {
            "align" => jump.align = true,
            "from_beginning" => jump.from = From::Beginning,
            "from_end" => jump.from = From::End,
            "multiplier" => jump.multiplier = integer("byte_jump", value_of("byte_jump", list, option.span)?, 1, 65_535)? as u32,
            "post_offset" => jump.post_offset = number(draft, "byte_jump", value_of("byte_jump", list, option.span)?, -65_535, 65_535)?,
            other => {
                let known =
                    "relative, align, multiplier, from_beginning, from_end, post_offset, big, little, dce, string, dec, hex, oct, bitmask";
                return Err(unknown_argument(option.span, "byte_jump", other, known));
            }
        }
    }
    draft.looks();
    draft.push(jump, option, around);
    Ok(())
}

//! Reading an integer out of a buffer: shared by byte_test, byte_jump and byte_extract (Snort notes 2.8).

use rules::{Span, Word};

use crate::arguments::{Number, integer};
use crate::cursor::Cursor;
use crate::diagnose::Compiled;
use crate::step::Evaluation;

/// Byte order of a binary integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Network order.
    #[default]
    Big,
    /// `little`
    Little,
    /// `dce`: as the DCE inspector found it; fails where there is none.
    Dce,
}

/// Where the integer stands and how it is written.
#[derive(Debug, Clone)]
pub struct Field {
    /// Bytes (binary 1 to 4, string 1 to 10).
    pub width: usize,
    /// From the base.
    pub offset: Number,
    /// Base is the cursor instead of the buffer's start.
    pub relative: bool,
    /// Byte order.
    pub order: Order,
    /// Number base where the integer is text.
    pub string: Option<u32>,
    /// `bitmask`.
    pub mask: Option<u32>,
}

impl Default for Field {
    fn default() -> Self {
        Self { width: 1, offset: Number::Fixed(0), relative: false, order: Order::Big, string: None, mask: None }
    }
}

/// An integer and where it was read.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    /// First byte of it in the buffer.
    pub at: usize,
    /// Bytes it took.
    pub len: usize,
    /// Its value, mask applied.
    pub value: u32,
}

impl Field {
    /// Takes a modifier that all three options share; answers whether it was one.
    pub fn modifier(&mut self, option: &str, words: &[Word], span: Span) -> Compiled<bool> {
        match words.first().map(|word| word.text.as_str()).unwrap_or_default() {
            "relative" => self.relative = true,
            "big" => self.order = Order::Big,
            "little" => self.order = Order::Little,
            "dce" => self.order = Order::Dce,
            "string" => self.string = Some(self.string.unwrap_or(10)),
            "dec" => self.string = Some(10),
            "hex" => self.string = Some(16),
            "oct" => self.string = Some(8),
            "bitmask" => {
                let word = crate::arguments::value_of(option, words, span)?;
                self.mask = Some(integer(option, word, 1, i64::from(u32::MAX))? as u32);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Reads it. `None`: out of the buffer, no number, or no byte order.
    pub fn read(&self, on: &Evaluation<'_, '_>, cursor: &Cursor<'_>) -> Option<Read> {
        let at = cursor.at(self.relative, self.offset.value(&on.variables))?;
        let (value, len) = match self.string {
            Some(base) => string(cursor.data.get(at..)?, self.width, base)?,
            None => (self.binary(on, cursor.data.get(at..at.checked_add(self.width)?)?)?, self.width),
        };
        Some(Read { at, len, value: self.mask.map_or(value, |mask| masked(value, mask)) })
    }

    /// What was read, for a trace.
    pub fn tell(&self, on: &Evaluation<'_, '_>, cursor: &Cursor<'_>) -> String {
        match self.read(on, cursor) {
            Some(read) => format!("the number at {} is {} (0x{:x})", read.at, read.value, read.value),
            None => "there is no number".into(),
        }
    }

    fn binary(&self, on: &Evaluation<'_, '_>, bytes: &[u8]) -> Option<u32> {
        if bytes.is_empty() || bytes.len() > 4 {
            return None;
        }
        let big = match self.order {
            Order::Big => true,
            Order::Little => false,
            Order::Dce => on.subject.inspection.facts.dce?.big_endian,
        };
        let fold = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
        Some(if big { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) })
    }
}

fn masked(value: u32, mask: u32) -> u32 {
    let value = value & mask;
    if value == 0 { 0 } else { value >> mask.trailing_zeros() }
}

/// C's strtoul over at most `width` bytes; `None` for a minus sign or where no digit is. Trailing junk is ignored.
fn string(bytes: &[u8], width: usize, base: u32) -> Option<(u32, usize)> {
    if bytes.is_empty() {
        return None;
    }
    let bytes = &bytes[..width.min(bytes.len())];
    let blank = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let mut at = blank;
    match bytes.get(at)? {
        b'-' => return None,
        b'+' => at += 1,
        _ => {}
    }
    if base == 16 && bytes.len() > at + 2 && bytes[at] == b'0' && bytes[at + 1] | 0x20 == b'x' && bytes[at + 2].is_ascii_hexdigit() {
        at += 2;
    }
    let (first, mut value) = (at, 0u64);
    while let Some(digit) = bytes.get(at).and_then(|&b| (b as char).to_digit(base)) {
        value = (value * u64::from(base) + u64::from(digit)).min(u64::from(u32::MAX) + 1);
        at += 1;
    }
    if at == first {
        return None;
    }
    Some((u32::try_from(value).unwrap_or(u32::MAX), at))
}

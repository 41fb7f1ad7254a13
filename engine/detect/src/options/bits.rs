//! How `flags` and `fragbits` compare a set of bits (Snort notes 2.9).

/// The modifier before or behind the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Exactly these.
    #[default]
    Exact,
    /// `+`: all of these.
    All,
    /// `*`: any of these.
    Any,
    /// `!`: none of these.
    None,
}

/// Bits and how they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bits {
    /// Wanted bits.
    pub bits: u8,
    /// Comparison.
    pub mode: Mode,
}

impl Bits {
    /// Reads letters and a modifier; `Err` names the letter that is unknown.
    pub fn parse(text: &str, letter: impl Fn(char) -> Option<u8>) -> Result<Self, char> {
        let (mut bits, mut mode) = (0, Mode::Exact);
        for c in text.chars().filter(|c| !c.is_whitespace()) {
            match c {
                '+' => mode = Mode::All,
                '*' => mode = Mode::Any,
                '!' => mode = Mode::None,
                c => bits |= letter(c.to_ascii_uppercase()).ok_or(c)?,
            }
        }
        Ok(Self { bits, mode })
    }

    /// Whether `value` fits.
    pub fn fits(self, value: u8) -> bool {
        match self.mode {
            Mode::Exact => value == self.bits,
            Mode::All => value & self.bits == self.bits,
            Mode::Any => value & self.bits != 0,
            Mode::None => value & self.bits == 0,
        }
    }
}

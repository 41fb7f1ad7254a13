//! Looks for one literal, with or without regard to case, starting from its rarest byte.

use memchr::{memchr, memchr2, memmem};

/// A literal ready to be searched for.
#[derive(Debug, Clone)]
pub struct Finder {
    /// Lower-cased where `nocase`.
    pattern: Box<[u8]>,
    nocase: bool,
    /// Index of the byte that traffic holds most rarely.
    rare: usize,
    exact: Option<memmem::Finder<'static>>,
}

impl Finder {
    /// Prepares `pattern`, which must not be empty.
    pub fn new(pattern: &[u8], nocase: bool) -> Self {
        let nocase = nocase && pattern.iter().any(u8::is_ascii_alphabetic);
        let pattern: Box<[u8]> = if nocase { pattern.to_ascii_lowercase().into() } else { pattern.into() };
        let rare = (0..pattern.len()).max_by_key(|&i| rarity(pattern[i])).unwrap_or(0);
        let exact = (!nocase).then(|| memmem::Finder::new(&pattern).into_owned());
        Self { pattern, nocase, rare, exact }
    }

    /// Bytes of the literal.
    pub fn len(&self) -> usize {
        self.pattern.len()
    }

    /// Whether the literal is empty (it never is).
    pub fn is_empty(&self) -> bool {
        self.pattern.is_empty()
    }

    /// First occurrence.
    pub fn find(&self, haystack: &[u8]) -> Option<usize> {
        match &self.exact {
            Some(exact) => exact.find(haystack),
            None => self.find_folded(haystack),
        }
    }

    /// Whether the literal stands at `start`.
    pub fn is_at(&self, haystack: &[u8], start: usize) -> bool {
        let Some(window) = haystack.get(start..start + self.pattern.len()) else { return false };
        if self.nocase { window.eq_ignore_ascii_case(&self.pattern) } else { *window == *self.pattern }
    }

    fn find_folded(&self, haystack: &[u8]) -> Option<usize> {
        let last = haystack.len().checked_sub(self.pattern.len())?;
        let (low, mut from) = (self.pattern[self.rare], 0);
        let high = low.to_ascii_uppercase();
        while from <= last {
            let window = &haystack[from + self.rare..=last + self.rare];
            let hit = if low == high { memchr(low, window) } else { memchr2(low, high, window) };
            from += hit?;
            if self.is_at(haystack, from) {
                return Some(from);
            }
            from += 1;
        }
        None
    }
}

/// How rare a byte is in the traffic of services: letters of words are common, punctuation less, controls and high bytes rare.
pub fn rarity(byte: u8) -> u8 {
    match byte.to_ascii_lowercase() {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b' ' | 0 => 0,
        b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b'h' | b'0' | b'1' | b'"' | b',' => 1,
        b'g' | b'f' | b'y' | b'b' | b'w' | b'v' | b'2'..=b'9' | b'.' | b'/' | b':' | b'-' => 2,
        b'k' | b'x' | b'j' | b'q' | b'z' | b'\r' | b'\n' | b'=' | b';' | b'_' => 3,
        b'!'..=b'~' => 4,
        0xff => 4,
        _ => 5,
    }
}

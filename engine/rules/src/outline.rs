//! Where the rules of a file begin, found line by line without understanding them: the place to resume behind a broken rule.

use crate::header::{ACTIONS, is_name_byte};
use crate::scanner::Scanner;
use crate::span::Span;

/// What the first words of a line say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// An action.
    Rule,
    /// No action, though the line looks like a rule otherwise.
    UnknownAction,
    /// A statement of another tool's configuration.
    Configuration,
    /// Anything else.
    Other,
}

const STATEMENTS: [&str; 14] = [
    "var",
    "ipvar",
    "portvar",
    "include",
    "config",
    "suppress",
    "event_filter",
    "rate_filter",
    "threshold",
    "preprocessor",
    "output",
    "ruletype",
    "dynamicdetection",
    "dynamicpreprocessor",
];

/// Walks the line heads of a file once, front to back.
pub(crate) struct Outline<'s> {
    scanner: Scanner<'s>,
    next: Option<usize>,
    length: usize,
}

impl<'s> Outline<'s> {
    pub(crate) fn new(source: &'s [u8]) -> Self {
        Self { scanner: Scanner::new(source, Span::new(0, source.len())), next: None, length: source.len() }
    }

    /// The first line head that is not [`Head::Other`] on a line behind `position`; the end of the file where there is none.
    /// `position` never falls from call to call, so the file is walked once.
    pub(crate) fn behind(&mut self, position: usize) -> usize {
        if let Some(next) = self.next.filter(|&next| next > position) {
            return next;
        }
        if self.scanner.position <= position {
            self.scanner.position = position;
            self.scanner.skip_line();
        }
        let next = self.advance();
        self.next = Some(next);
        next
    }

    fn advance(&mut self) -> usize {
        while self.scanner.peek().is_some() {
            let line = self.scanner.position;
            self.scanner.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
            let start = self.scanner.position;
            if is_comment(self.scanner.rest()) {
                if !self.scanner.skip_comment() {
                    break;
                }
                continue;
            }
            let head = head(self.scanner.rest());
            self.scanner.skip_line();
            if head == Head::Rule || (head != Head::Other && start == line) {
                return start;
            }
        }
        self.scanner.position = self.length;
        self.length
    }
}

fn is_comment(rest: &[u8]) -> bool {
    rest.starts_with(b"#") || rest.starts_with(b"/*")
}

/// The kind of the line that begins at `rest`.
pub(crate) fn head(rest: &[u8]) -> Head {
    let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let mut words = line.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is = |names: &[&str]| names.iter().any(|name| name.as_bytes() == first);
    if is(&ACTIONS) {
        return if names_protocol(second) { Head::Rule } else { Head::Other };
    }
    if is(&STATEMENTS) && !second.is_empty() {
        return Head::Configuration;
    }
    let arrow = line.windows(2).any(|pair| pair == b"->" || pair == b"<>");
    let named = !first.is_empty() && first != b"any" && first.iter().copied().all(is_name_byte);
    if named && arrow && line.contains(&b'(') && names_protocol(second) { Head::UnknownAction } else { Head::Other }
}

/// A protocol or service may be followed by the parenthesis without a blank, and a rule may lack it.
fn names_protocol(word: &[u8]) -> bool {
    let name = word.split(|&byte| byte == b'(').next().unwrap_or_default();
    (!name.is_empty() && name.iter().copied().all(is_name_byte)) || word.starts_with(b"(")
}

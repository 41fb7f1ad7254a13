//! What is wrong with a rule, said so that a person can mend it.

use crate::catalogue::Entry;
use crate::span::Span;

/// A fault in a rule file. Code and title come from the catalogue.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Stable code, e.g. `R012`.
    pub code: &'static str,
    /// What is wrong, one sentence.
    pub message: String,
    /// The offending text.
    pub span: Span,
    /// How to mend it.
    pub hint: String,
    /// The rule cannot be used. Otherwise a warning.
    pub fatal: bool,
}

impl Diagnostic {
    /// The fault `entry` at `span`, in the catalogue's words.
    pub fn new(entry: &Entry, span: Span) -> Self {
        Self { code: entry.code, message: entry.title.to_owned(), span, hint: entry.hint.to_owned(), fatal: entry.fatal }
    }

    /// The same with a sentence of its own.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The same with another hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

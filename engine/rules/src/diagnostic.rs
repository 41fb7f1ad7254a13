//! What is wrong with a rule, said so that a person can mend it.

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

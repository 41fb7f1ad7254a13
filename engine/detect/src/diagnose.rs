//! Faults that only the meaning of a rule shows. Syntax faults are named in the `rules` crate.

use rules::{Diagnostic, Span};

/// Result of compiling an option.
pub type Compiled<T = ()> = Result<T, Diagnostic>;

/// A fault that makes the rule unusable.
pub fn fault(code: &'static str, span: Span, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
    Diagnostic { code, message: message.into(), span, hint: hint.into(), fatal: true }
}

/// An unknown or misplaced argument of `option`.
pub fn unknown_argument(span: Span, option: &str, text: &str, known: &str) -> Diagnostic {
    fault("D002", span, format!("`{option}` has no argument `{text}`"), format!("it takes {known}"))
}

/// A value that is no number, or out of bounds.
pub fn bad_number(span: Span, option: &str, text: &str, wanted: &str) -> Diagnostic {
    fault("D003", span, format!("`{text}` is no number that `{option}` can use"), format!("give {wanted}"))
}

/// Something that the option needs and does not have.
pub fn missing(span: Span, option: &str, what: &str) -> Diagnostic {
    fault("D004", span, format!("`{option}` needs {what}"), format!("write `{option}: ...;` with {what}"))
}

//! Faults that only the meaning of a rule shows. Syntax faults are named in the `rules` crate.

use rules::{Diagnostic, Span};

/// Result of compiling an option.
pub type Compiled<T = ()> = Result<T, Diagnostic>;

/// Every fault of meaning with what it is, by code. A new one is one line here and one case in `tests/diagnostics`.
pub const CODES: [(&str, &str); 31] = [
    ("D001", "unknown keyword"),
    ("D002", "argument that the option does not take"),
    ("D003", "no number, or one out of bounds"),
    ("D004", "something that the option needs is left out"),
    ("D005", "variable of the header without a value"),
    ("D006", "option that may stand once only is written twice"),
    ("D007", "option or argument that is not supported"),
    ("D008", "rule switched off by `enable:no`"),
    ("D009", "service that no flow is known as"),
    ("D010", "too many flowbit names"),
    ("D011", "variable that no option before has set"),
    ("D012", "words of `flow` that contradict each other"),
    ("D020", "absolute and relative position mixed"),
    ("D021", "window shorter than the pattern"),
    ("D022", "fast pattern reaches past the content"),
    ("D023", "no hex digit between bars"),
    ("D024", "hex part not closed"),
    ("D025", "empty pattern"),
    ("D030", "pcre not written as /expression/flags"),
    ("D031", "unknown pcre flag"),
    ("D032", "expression does not compile"),
    ("D041", "unknown operator of byte_test"),
    ("D042", "no name for a variable"),
    ("D043", "too many variables"),
    ("D044", "unknown operator of byte_math"),
    ("D050", "unknown TCP flag"),
    ("D051", "unknown fragment bit"),
    ("D061", "base64_data without base64_decode"),
    ("D062", "header that cannot be asked for by name"),
    ("D063", "digest of the wrong length"),
    ("D070", "no uuid"),
];

/// A fault that makes the rule unusable.
pub fn fault(code: &'static str, span: Span, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
    debug_assert!(CODES.iter().any(|(known, _)| *known == code), "{code} is not in the catalogue");
    Diagnostic { code, message: message.into(), span, hint: hint.into(), fatal: true }
}

/// An unknown or misplaced argument of `option`.
pub fn unknown_argument(span: Span, option: &str, text: &str, known: &str) -> Diagnostic {
    fault("D002", span, format!("`{option}` has no argument `{text}`"), format!("it takes {known}"))
}

/// An option, or an argument of one, that the language has and Podlynx does not evaluate.
pub fn not_supported(span: Span, what: &str, why: &str) -> Diagnostic {
    fault("D007", span, format!("`{what}` is not supported"), why)
}

/// A value that is no number, or out of bounds.
pub fn bad_number(span: Span, option: &str, text: &str, wanted: &str) -> Diagnostic {
    fault("D003", span, format!("`{text}` is no number that `{option}` can use"), format!("give {wanted}"))
}

/// Something that the option needs and does not have.
pub fn missing(span: Span, option: &str, what: &str) -> Diagnostic {
    fault("D004", span, format!("`{option}` needs {what}"), format!("write `{option}: ...;` with {what}"))
}

//! Why a process could not be confined.

use std::fmt;

/// A measure that failed. The process must not go on: it would parse strangers' bytes with more in hand than it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfineError {
    measure: &'static str,
    reason: String,
}

impl ConfineError {
    pub(crate) fn new(measure: &'static str, reason: &dyn fmt::Display) -> Self {
        Self { measure, reason: reason.to_string() }
    }
}

impl fmt::Display for ConfineError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the inspector cannot be confined: {} failed: {}", self.measure, self.reason)
    }
}

impl std::error::Error for ConfineError {}

//! One option of a rule, compiled: the contract that every file in `options/` fulfils.

use bumpalo::Bump;

use crate::cursor::Cursor;
use crate::state::FlowState;
use crate::subject::Subject;

/// A compiled option that is evaluated in place.
///
/// `run` answers whether the option holds and moves the cursor where it does. It is called again from a later position (`cursor.delta`
/// and `cursor.pos` as the last success left them) only if `retry` allows and the next step is `relative` (Snort notes 2.3).
pub trait Step: std::fmt::Debug + Send + Sync {
    /// Tests the option at the cursor.
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, cursor: &mut Cursor<'a>) -> bool;

    /// Whether a later match of this option may be tried after the steps behind it failed.
    fn retry(&self, _cursor: &Cursor<'_>) -> bool {
        false
    }

    /// Whether the result depends on the cursor's position.
    fn relative(&self) -> bool {
        false
    }

    /// A failure here cannot turn into success from a later position.
    fn final_failure(&self) -> bool {
        false
    }
}

/// Where a content or pcre was found, kept for the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Index of the step within its rule; [`Found::FAST_PATTERN`] for a content that only the fast pattern search looked for.
    pub step: u16,
    /// Buffer it was found in.
    pub buffer: inspect::BufferId,
    /// First byte.
    pub start: u32,
    /// Bytes.
    pub len: u32,
}

impl Found {
    /// See [`Found::step`].
    pub const FAST_PATTERN: u16 = u16::MAX;
}

/// Everything that stays the same while one rule is evaluated.
#[derive(Debug)]
pub struct Evaluation<'a, 's> {
    /// What it is held against.
    pub subject: &'a Subject<'a>,
    /// Bits and continuations of the flow.
    pub flow: Option<&'s mut FlowState>,
    /// Values of `byte_extract`, by slot.
    pub variables: [u32; 2],
    /// Where contents were found on the way.
    pub found: &'s mut Vec<Found>,
    /// Memory for buffers that options make (`base64_decode`); emptied after the unit of detection.
    pub memory: &'a Bump,
    /// Result of `base64_decode`.
    pub decoded: &'a [u8],
    /// Index of the running step.
    pub step: u16,
    /// Steps left before the rule is given up (cap against hostile backtracking).
    pub budget: u32,
}

impl Evaluation<'_, '_> {
    /// Notes a match for the alert.
    pub fn note(&mut self, cursor: &Cursor<'_>, start: usize, len: usize) {
        self.found.push(Found { step: self.step, buffer: cursor.buffer, start: start as u32, len: len as u32 });
    }
}

//! One option of a rule, compiled: the contract that every file in `options/` fulfils.

use bumpalo::Bump;
use inspect::BufferId;

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

    /// What decided, for a person who reads a trace, where the bytes at the cursor do not show it.
    fn tell(&self, _on: &Evaluation<'_, '_>, _cursor: &Cursor<'_>) -> Option<String> {
        None
    }
}

/// Where a content or pcre was found, kept for the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Index of the step within its rule; [`Found::FAST_PATTERN`] for a content that only the fast pattern search looked for.
    pub step: u16,
    /// Buffer it was found in.
    pub buffer: BufferId,
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
    /// Work left before the rule is given up (cap against hostile backtracking): a step takes one, long searches more.
    pub budget: u32,
    /// Steps taken.
    pub taken: u32,
    /// Regular expressions given up at their match limit.
    pub limited: u32,
}

/// Bytes that are searched for the price of a step.
const BYTES_A_STEP: usize = 1024;

impl Evaluation<'_, '_> {
    /// Pays for looking at so many bytes.
    pub fn spend(&mut self, bytes: usize) {
        self.budget = self.budget.saturating_sub((bytes / BYTES_A_STEP) as u32);
    }

    /// Notes a match for the alert, by its place in the whole buffer: `cursor.data` can be part of that (`http_param`).
    pub fn note(&mut self, cursor: &Cursor<'_>, start: usize, len: usize) {
        let Some(base) = self.base(cursor, start, len) else { return };
        self.found.push(Found { step: self.step, buffer: cursor.buffer, start: (base + start) as u32, len: len as u32 });
    }

    /// Where `cursor.data` begins in its buffer. The value of a header line can be a copy (blanks folded): then what was found is looked
    /// for in the buffer, and not shown where it is not in it as it stands.
    fn base(&self, cursor: &Cursor<'_>, start: usize, len: usize) -> Option<usize> {
        if cursor.buffer == BufferId::Base64Data {
            return Some(0);
        }
        let whole = self.subject.inspection.buffers.get(cursor.buffer);
        let distance = (cursor.data.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
        if distance <= whole.len() && cursor.data.len() <= whole.len() - distance {
            return Some(distance);
        }
        let found = cursor.data.get(start..start + len)?;
        memchr::memmem::find(whole, found)?.checked_sub(start)
    }
}

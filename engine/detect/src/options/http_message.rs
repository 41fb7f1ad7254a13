//! Which HTTP message an option looks at: the one that is inspected, or with `request` the request that it answers (Snort 3 rule guide,
//! "Combining Request and Response Detection"). Shared by the `http_...` options.

use bumpalo::Bump;
use flow::Side;
use inspect::http::header_lines;
use inspect::{BufferId, HttpFacts};

use crate::draft::Draft;
use crate::rule::Stage;
use crate::step::Evaluation;

/// Which message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Message {
    /// The request, also while its response is inspected.
    pub request: bool,
}

impl Message {
    /// The facts of an HTTP message that is inspected; `None`: it is no HTTP.
    fn facts<'a>(on: &Evaluation<'a, '_>) -> Option<HttpFacts<'a>> {
        on.subject.inspection.facts.http
    }

    /// Whether another message is looked at than the one that is inspected.
    fn is_other(self, on: &Evaluation<'_, '_>) -> bool {
        self.request && on.subject.side == Some(Side::Server)
    }

    /// Whether it is a request.
    pub fn is_request(self, on: &Evaluation<'_, '_>) -> bool {
        self.request || on.subject.side != Some(Side::Server)
    }

    /// One of its buffers; empty where it is absent.
    pub fn buffer<'a>(self, on: &Evaluation<'a, '_>, id: BufferId) -> &'a [u8] {
        if self.is_other(on) {
            return Self::facts(on).map_or(&[], |http| http.request.buffer(id));
        }
        on.subject.inspection.buffers.get(id)
    }

    /// The value of its first header line of that name, blanks folded; empty where there is none.
    pub fn header<'a>(self, on: &Evaluation<'a, '_>, name: &str) -> &'a [u8] {
        let Some(http) = Self::facts(on) else { return &[] };
        if self.is_other(on) {
            return http.request.field(name.as_bytes());
        }
        let found = http.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
        found.map_or(&[], |(_, value)| value)
    }

    /// The value of the first line of that name in one of its raw blocks; `None`: no such line.
    pub fn line<'a>(self, on: &Evaluation<'a, '_>, block: BufferId, name: &str) -> Option<&'a [u8]> {
        header_lines(self.buffer(on, block)).find(|line| line.name.eq_ignore_ascii_case(name.as_bytes())).map(|line| line.value)
    }
}

/// The value with blanks and folds inside made one space; itself where there are none.
pub fn folded<'a>(value: &'a [u8], memory: &'a Bump) -> &'a [u8] {
    let blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let runs = value.windows(2).any(|pair| blank(pair[0]) && blank(pair[1])) || value.contains(&b'\t');
    if runs { memory.alloc_slice_copy(&inspect::http::folded(value)) } else { value }
}

/// Words that say to which message or at what time an option is meant; those about time say nothing in Snort 3.12.
pub const COMMON: &str = "request, with_header, with_body, with_trailer";

/// Takes one of those words; answers whether it was one.
pub fn common(word: &str, message: &mut Message) -> bool {
    match word {
        "request" => message.request = true,
        "with_header" | "with_body" | "with_trailer" => {}
        _ => return false,
    }
    true
}

/// Notes for the rule what an option needs that looks at the header lines or at the trailers.
pub fn note(draft: &mut Draft, trailer: bool, message: Message) {
    draft.stage = draft.stage.max(if trailer { Stage::Trailer } else { Stage::Header });
    draft.once_a_message |= message.request;
    draft.imply_service("http");
}

//! A compiled rule: header, steps, and what the prefilter may use of it.

use inspect::{BufferId, Section};

use crate::action::Action;
use crate::arguments::Range;
use crate::cursor::Cursor;
use crate::finder::Finder;
use crate::header::{FlowSpec, Header};
use crate::options::flags::Flags;
use crate::step::{Evaluation, Step};

/// A rule that can be evaluated.
#[derive(Debug)]
pub struct Rule {
    /// Generator, signature and revision.
    pub id: RuleId,
    /// What it asks for.
    pub action: Action,
    /// What people read.
    pub about: About,
    /// Addresses, ports, services.
    pub header: Header,
    /// `flow`.
    pub flow: FlowSpec,
    /// Options evaluated in place, in the order written (contents that only the fast pattern search looks for left out).
    pub steps: Vec<Box<dyn Step>>,
    /// Text of each step as written, for alerts.
    pub step_texts: Vec<StepText>,
    /// The pattern that the prefilter searches.
    pub fast_pattern: Option<FastPattern>,
    /// `flags`: looked at before anything else.
    pub flags: Option<Flags>,
    /// `ip_proto`: on a packet of another protocol the rule is no candidate.
    pub ip_proto: Option<Range>,
    /// Parts of a message at which its fast pattern is searched.
    pub stage: Stage,
    /// Flowbits changed after a complete match.
    pub setters: Vec<FlowbitChange>,
    /// `flowbits:noalert`.
    pub no_alert: bool,
    /// The rule asks for a flowbit: it waits until the others had their turn.
    pub checks_flowbits: bool,
    /// It asks for one to be set: on a flow without any it is not even searched for.
    pub needs_flowbits: bool,
    /// `detection_filter`.
    pub rate: Option<RateLimit>,
}

/// The latest part of a message that a rule's options need (Snort notes 2.6 "section").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Stage {
    /// No option says: wherever there is payload, but not with headers alone.
    #[default]
    Unsaid,
    /// Headers.
    Header,
    /// Headers or body (`http_param`).
    HeaderOrBody,
    /// A piece of a body.
    Body,
    /// Trailers.
    Trailer,
}

impl Stage {
    /// Whether a fast pattern in `buffer` is searched while `section` is inspected.
    pub fn searched_at(self, section: Section, buffer: BufferId) -> bool {
        match section {
            Section::None => true,
            Section::Header => matches!(self, Self::Header | Self::HeaderOrBody) || (self == Self::Unsaid && buffer == BufferId::RawData),
            Section::Body => matches!(self, Self::Unsaid | Self::HeaderOrBody | Self::Body),
            Section::Trailer => self == Self::Trailer,
        }
    }
}

/// Holds at the stage that the rule needs. Without a fast pattern nothing else keeps a rule from matching at every section of a message.
#[derive(Debug)]
pub struct AtStage(pub Stage);

impl Step for AtStage {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        self.0.searched_at(on.subject.inspection.section, BufferId::HttpHeader)
    }
}

/// Generator, signature and revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct RuleId {
    /// Generator, 1 for text rules.
    pub gid: u32,
    /// Signature.
    pub sid: u32,
    /// Revision.
    pub rev: u32,
}

/// What people read of a rule.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// `msg`.
    pub msg: String,
    /// Action word.
    pub action: String,
    /// `classtype`.
    pub classtype: String,
    /// The class as alerts print it, maybe empty.
    pub class_text: String,
    /// 1 (most severe) to 4.
    pub priority: u32,
    /// `reference` values, scheme first.
    pub references: Vec<String>,
    /// `metadata` items.
    pub metadata: Vec<String>,
    /// Protocol word of the header.
    pub protocol: String,
    /// Names of the `service` option.
    pub services: Vec<String>,
    /// Keywords in the order written.
    pub keywords: Vec<String>,
    /// The rule as written.
    pub text: String,
    /// File it came from.
    pub file: String,
    /// Line in that file, from 1.
    pub line: usize,
}

/// Text of a step.
#[derive(Debug, Clone)]
pub struct StepText {
    /// Keyword.
    pub keyword: String,
    /// The option as written.
    pub text: String,
    /// Byte range within [`About::text`].
    pub range: (usize, usize),
}

/// The content that the prefilter looks for.
#[derive(Debug, Clone)]
pub struct FastPattern {
    /// Where it is searched.
    pub buffer: BufferId,
    /// The part of the content that is searched (`fast_pattern_offset`, `fast_pattern_length` applied).
    pub bytes: Vec<u8>,
    /// The range of `bytes` that the pattern database holds.
    pub window: (usize, usize),
    /// It can only match where it ends within so many bytes of the buffer; `None`: anywhere.
    pub limit: Option<usize>,
    /// Looks for all of `bytes`, without regard to case.
    pub finder: Finder,
    /// The search must find it before the steps are looked at: they do not imply it (one header field is looked into with its blanks
    /// folded, but searched for in the header as it came).
    pub searched_first: bool,
    /// Length of the whole content: orders events.
    pub full_len: usize,
    /// The content is looked for by this search alone and is no step.
    pub only: Option<StepText>,
}

/// A change of flowbits after a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowbitChange {
    /// set
    Set(u16),
    /// unset
    Clear(u16),
}

/// `detection_filter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimit {
    /// Count by source instead of by destination.
    pub by_source: bool,
    /// Hits that stay silent.
    pub count: u32,
    /// Window.
    pub seconds: u32,
}

impl Rule {
    /// Length of the fast pattern's content: longer ones are reported first.
    pub fn weight(&self) -> usize {
        self.fast_pattern.as_ref().map_or(0, |fp| fp.full_len)
    }
}

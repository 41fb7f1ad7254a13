//! A rule while its options are read one by one.

use inspect::BufferId;
use rules::{Diagnostic, RuleOption, Span, Word};

use crate::arguments::Range;
use crate::diagnose::{Compiled, fault};
use crate::flowbits::Flowbits;
use crate::header::{FlowSpec, Services};
use crate::options::flags::Flags;
use crate::rule::{About, FlowbitChange, RateLimit, RuleId, Stage, StepText};
use crate::step::Step;

/// A rule in the making. Each file in `options/` adds its part.
#[derive(Debug, Default)]
pub struct Draft {
    /// gid, sid, rev.
    pub id: RuleId,
    /// msg, classtype, references, ...
    pub about: About,
    /// `service`.
    pub services: Services,
    /// Service that a buffer implies where none is named.
    pub implied_service: Option<&'static str>,
    /// `flow`.
    pub flow: FlowSpec,
    /// Steps so far.
    pub steps: Vec<DraftStep>,
    /// Contents so far, for the choice of the fast pattern.
    pub contents: Vec<ContentFacts>,
    /// Selected buffer.
    pub buffer: Selected,
    /// A buffer was selected by an option.
    pub selects: bool,
    /// Latest part of a message that any option needs.
    pub stage: Stage,
    /// Flowbits changed after a match.
    pub setters: Vec<FlowbitChange>,
    /// `flowbits:noalert`.
    pub no_alert: bool,
    /// `flowbits:isset` or `isnotset`.
    pub checks_flowbits: bool,
    /// `flowbits:isset`: nothing matches on a flow without any bit.
    pub needs_flowbits: bool,
    /// `detection_filter`.
    pub rate: Option<RateLimit>,
    /// Names of `byte_extract` variables, at most two.
    pub variables: Vec<String>,
    /// An option looks at the request while its response is inspected: that is done at one section of it only.
    pub once_a_message: bool,
    /// `flags`: looked at before anything else.
    pub flags: Option<Flags>,
    /// `ip_proto`: decides where the rule is a candidate.
    pub ip_proto: Option<Range>,
    /// `priority`, where given.
    pub priority: Option<u32>,
}

/// A step and the option it came from.
#[derive(Debug)]
pub struct DraftStep {
    /// The step.
    pub step: Box<dyn Step>,
    /// As written.
    pub text: StepText,
}

/// The selected buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// Buffer of the prefilter search; `None`: not one that patterns are searched in.
    pub searched: Option<BufferId>,
    /// One header field, a parameter, ...: only part of the buffer.
    pub part: bool,
}

impl Default for Selected {
    fn default() -> Self {
        Self { searched: Some(BufferId::PktData), part: false }
    }
}

/// What the choice of the fast pattern asks of a content.
#[derive(Debug, Clone)]
pub struct ContentFacts {
    /// Index of its step.
    pub step: usize,
    /// Where it is looked for.
    pub buffer: Selected,
    /// The pattern.
    pub bytes: Vec<u8>,
    /// Case does not count (or no letter is in it).
    pub nocase: bool,
    /// `!`.
    pub negated: bool,
    /// distance or within.
    pub relative: bool,
    /// offset or depth that is not 0.
    pub positioned: bool,
    /// `fast_pattern`.
    pub marked: bool,
    /// `fast_pattern_offset`, `fast_pattern_length`.
    pub slice: Option<(usize, usize)>,
    /// Searched although no content: the protocol's own pattern (`dce_iface`).
    pub implied: bool,
    /// Where it matches it ends within so many bytes of its buffer; `None`: anywhere.
    pub limit: Option<usize>,
}

/// What an option may need to know besides the draft.
#[derive(Debug)]
pub struct Around<'a> {
    /// Flowbit numbers of the rule set.
    pub flowbits: &'a mut Flowbits,
    /// First byte of the rule in its file: spans become ranges of the rule's text.
    pub rule_start: usize,
    /// The rule file's bytes.
    pub source: &'a [u8],
    /// What is odd about the rule, though it can be used.
    pub warnings: &'a mut Vec<Diagnostic>,
}

impl Around<'_> {
    /// The option as written and its place in the rule.
    pub fn text(&self, option: &RuleOption) -> StepText {
        let text = self.source.get(option.span.start..option.span.end).unwrap_or_default();
        let range = (option.span.start.saturating_sub(self.rule_start), option.span.end.saturating_sub(self.rule_start));
        StepText { keyword: option.keyword.text.clone(), text: String::from_utf8_lossy(text).into_owned(), range }
    }
}

impl Draft {
    /// Adds a step made from `option`.
    pub fn push(&mut self, step: impl Step + 'static, option: &RuleOption, around: &Around<'_>) {
        self.steps.push(DraftStep { step: Box::new(step), text: around.text(option) });
    }

    /// Selects the buffer for the options that follow.
    pub fn select(&mut self, searched: Option<BufferId>, part: bool, stage: Stage) {
        self.buffer = Selected { searched, part };
        self.selects = true;
        self.stage = self.stage.max(stage);
    }

    /// Notes that an option looks into the selected buffer: where none was selected that is the payload, which counts as body.
    pub fn looks(&mut self) {
        if !self.selects {
            self.stage = self.stage.max(Stage::Body);
        }
    }

    /// Notes the service that an option implies for a rule that names none.
    pub fn imply_service(&mut self, name: &'static str) {
        self.implied_service.get_or_insert(name);
    }

    /// The slot of a variable that an option sets: that of the name, or a new one.
    pub fn assign(&mut self, name: &Word) -> Compiled<usize> {
        /// Variables a rule may set (Snort's limit).
        const MOST: usize = 2;
        if let Some(slot) = self.variables.iter().position(|known| *known == name.text) {
            return Ok(slot);
        }
        if !name.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(fault("D042", name.span, format!("`{}` is no name for a variable", name.text), "begin it with a letter"));
        }
        if self.variables.len() == MOST {
            return Err(fault("D043", name.span, "a rule may set two variables at most", "use one of the two again"));
        }
        self.variables.push(name.text.clone());
        Ok(self.variables.len() - 1)
    }

    /// The slot of a variable that an option reads.
    pub fn variable(&self, name: &str, span: Span) -> Compiled<u8> {
        let slot = self.variables.iter().position(|known| known == name);
        slot.map(|slot| slot as u8).ok_or_else(|| {
            fault("D011", span, format!("`{name}` is neither a number nor a variable"), "set it first with byte_extract in the same rule")
        })
    }
}

//! Message bodies (RFC 9112 section 6): where a section ends, and what a section's octets are once framing, content coding
//! and character set are undone.

use super::charset::{Charset, Converter};
use super::chunk::{Chunked, Step};
use super::counters::COUNTERS;
use super::decompress::{Coding, Unfolder};
use super::splitter::{Cut, MAX_HEAD};
use crate::flush_ring::MIDDLE;

/// Octets of a section whose content coding is undone.
const CODED_TARGET: usize = 2048;

/// Octets of other sections, plus what the flush ring gives above or below its middle.
const PLAIN_TARGET: usize = 16_384;

/// What tells where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Framing {
    #[default]
    None,
    /// That many octets are left.
    Octets(u64),
    UntilClose,
    /// `section` is the state at the start of the current section, `now` behind what was scanned.
    Chunked {
        section: Chunked,
        now: Chunked,
    },
}

impl Framing {
    /// A chunked body from its first octet on.
    pub fn chunked() -> Self {
        Self::Chunked { section: Chunked::default(), now: Chunked::default() }
    }
}

/// Cuts one body into sections.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    pub framing: Framing,
    coded: bool,
    /// Octets wanted in the current section.
    target: usize,
    /// Octets of chunk data in the current section.
    data: usize,
}

impl Sections {
    /// For a new body; `draw` gives a value of the flush ring.
    pub fn new(framing: Framing, coded: bool, draw: impl FnOnce() -> u32) -> Self {
        let mut sections = Self { framing, coded, target: 0, data: 0 };
        sections.next(draw);
        sections
    }

    /// A new section begins. Its size is drawn at once, also where no octet of it will come: the order of draws decides
    /// what every later body gets.
    pub fn next(&mut self, draw: impl FnOnce() -> u32) {
        self.target = section_target(self.coded, draw);
        self.data = 0;
    }

    /// Looks at the next piece; `pending` octets of the section went before.
    pub fn find(&mut self, piece: &[u8], pending: usize) -> Cut {
        if piece.is_empty() {
            return Cut::More;
        }
        let target = self.target;
        let wanted = match &mut self.framing {
            Framing::Octets(left) => usize::try_from(*left).unwrap_or(usize::MAX).min(target),
            Framing::Chunked { now, .. } => return find_in_chunks(now, &mut self.data, piece, pending, target),
            Framing::UntilClose | Framing::None => target,
        };
        let missing = wanted.saturating_sub(pending).max(1);
        if piece.len() < missing { Cut::More } else { Cut::End(missing) }
    }

    /// Takes the octets of a section (whole, or as far as it came) and gives each run of content to `content`.
    /// Answers whether the body is over.
    pub fn take<'a>(&mut self, section: &'a [u8], mut content: impl FnMut(&'a [u8])) -> bool {
        match &mut self.framing {
            Framing::Octets(left) => {
                *left = left.saturating_sub(section.len() as u64);
                content(section);
                *left == 0
            }
            Framing::UntilClose | Framing::None => {
                content(section);
                false
            }
            Framing::Chunked { section: state, now } => {
                let mut at = 0;
                while at < section.len() {
                    at += match state.step(&section[at..], usize::MAX) {
                        Step::Frame(n) => n,
                        Step::Data(n) => {
                            content(&section[at..at + n]);
                            n
                        }
                    };
                }
                *state = *now;
                *now == Chunked::Done
            }
        }
    }
}

/// Octets wanted in a section; `draw` gives a value of the flush ring.
pub(crate) fn section_target(coded: bool, draw: impl FnOnce() -> u32) -> usize {
    if coded { CODED_TARGET } else { PLAIN_TARGET + draw() as usize - MIDDLE as usize }
}

/// A section ends behind the last chunk's line, or where it holds `target` octets of data, or with its framing fills a PDU.
fn find_in_chunks(now: &mut Chunked, data: &mut usize, piece: &[u8], pending: usize, target: usize) -> Cut {
    let (mut at, whole) = (0, *now != Chunked::Broken);
    while at < piece.len() {
        match now.step(&piece[at..], target.saturating_sub(*data).max(1)) {
            Step::Frame(n) => at += n,
            Step::Data(n) => {
                at += n;
                *data += n;
            }
        }
        if whole && *now == Chunked::Broken && at < piece.len() {
            COUNTERS.chunks_broken.add();
        }
        if at > 0 && (*now == Chunked::Done || *data >= target || pending + at >= MAX_HEAD) {
            return Cut::End(at);
        }
    }
    Cut::More
}

/// Undoes what stands between a body's sections and their content.
#[derive(Debug, Default)]
pub(crate) struct Content {
    unfolder: Option<Unfolder>,
    converter: Option<Converter>,
}

impl Content {
    pub fn new(coding: Option<Coding>, charset: Charset) -> Self {
        Self { unfolder: coding.map(Unfolder::new), converter: (charset != Charset::Narrow).then(|| Converter::new(charset)) }
    }

    /// The section without its content coding: itself, or written to `out`.
    pub fn unfold<'a>(&mut self, section: &'a [u8], out: &'a mut Vec<u8>) -> &'a [u8] {
        let Some(unfolder) = &mut self.unfolder else { return section };
        unfolder.unfold(section, out);
        out
    }

    /// The content as UTF-8: itself, or written to `out`.
    pub fn convert<'a>(&mut self, content: &'a [u8], out: &'a mut Vec<u8>) -> &'a [u8] {
        let written = self.converter.as_mut().is_some_and(|converter| converter.convert(content, out));
        if written { out } else { content }
    }
}

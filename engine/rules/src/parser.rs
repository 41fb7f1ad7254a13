//! A rule file from front to back: rules, comments, and what is neither.

use crate::ast::Rule;
use crate::catalogue::{self, Entry};
use crate::diagnostic::Diagnostic;
use crate::header::{ACTIONS, header, is_name_byte};
use crate::limits::{DIAGNOSTICS, FILE_BYTES, RULE_BYTES};
use crate::options::options;
use crate::outline::{Head, Outline, head};
use crate::scanner::Scanner;
use crate::sniff::binary_kind;
use crate::span::Span;

/// What a rule file holds.
#[derive(Debug, Clone, Default)]
pub struct ParsedFile {
    /// The rules that can be read, in order.
    pub rules: Vec<Rule>,
    /// What is wrong with the others, and warnings, in order.
    pub diagnostics: Vec<Diagnostic>,
    /// Diagnostics beyond [`DIAGNOSTICS`], counted only.
    pub diagnostics_dropped: usize,
}

/// Reads a rule file (Snort 3 manual, "rules"). A rule that cannot be read is reported, and reading goes on at the next line that begins a rule.
///
/// `source` need not be UTF-8: strings keep their bytes, other text shows U+FFFD. Data that is no text gives one diagnostic.
pub fn parse(source: &[u8]) -> ParsedFile {
    let mut file = ParsedFile::default();
    if let Some(diagnostic) = refusal(source) {
        file.report(diagnostic);
        return file;
    }
    let mut parser =
        Parser { source, scanner: Scanner::new(source, Span::new(0, source.len())), outline: Outline::new(source), lines: 1, counted: 0 };
    parser.scanner.take(b"\xef\xbb\xbf");
    parser.run(&mut file);
    file
}

/// Why `source` is not read at all.
fn refusal(source: &[u8]) -> Option<Diagnostic> {
    if source.len() > FILE_BYTES {
        return Some(Diagnostic::new(&catalogue::FILE_TOO_LARGE, Span::new(0, 1)));
    }
    let kind = binary_kind(source)?;
    Some(Diagnostic::new(&catalogue::BINARY_FILE, Span::new(0, 1)).message(format!("this is no rule file but {kind}")))
}

impl ParsedFile {
    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        } else {
            self.diagnostics_dropped += 1;
        }
    }
}

struct Parser<'s> {
    source: &'s [u8],
    scanner: Scanner<'s>,
    outline: Outline<'s>,
    /// Number of the line that holds `counted`.
    lines: usize,
    counted: usize,
}

impl Parser<'_> {
    fn run(&mut self, file: &mut ParsedFile) {
        loop {
            if !self.scanner.skip_blanks() {
                let start = self.scanner.position;
                return file.report(Diagnostic::new(&catalogue::COMMENT_OPEN, Span::new(start, start + 2)));
            }
            if self.scanner.peek().is_none() {
                return;
            }
            if self.at_action() { self.rule(file) } else { self.not_a_rule(file) }
        }
    }

    /// Whether a word that begins rules stands here.
    fn at_action(&self) -> bool {
        let word = self.scanner.clone().take_while(is_name_byte);
        ACTIONS.contains(&word.text.as_str())
    }

    fn rule(&mut self, file: &mut ParsedFile) {
        let start = self.scanner.position;
        let next = self.outline.behind(start);
        let bound = next.min(start + RULE_BYTES);
        let mut scanner = Scanner::new(self.source, Span::new(start, bound));
        let mut warnings = Vec::new();
        match self.read(&mut scanner, &mut warnings) {
            Ok(rule) => {
                file.rules.push(rule);
                self.scanner.position = scanner.position;
            }
            Err(diagnostic) => {
                let cut = bound < next && scanner.position >= bound;
                warnings.clear();
                file.report(if cut { too_long(start) } else { diagnostic });
                self.scanner.position = next;
            }
        }
        warnings.into_iter().for_each(|warning| file.report(warning));
    }

    fn read(&mut self, scanner: &mut Scanner, warnings: &mut Vec<Diagnostic>) -> Result<Rule, Diagnostic> {
        let start = scanner.position;
        let header = header(scanner)?;
        let options = options(scanner, warnings)?;
        let word = scanner.word(start, scanner.position);
        if let Some(at) = scanner.bytes(word.span).iter().position(|&byte| byte == 0) {
            return Err(Diagnostic::new(&catalogue::NUL_BYTE, Span::new(start + at, start + at + 1)));
        }
        line_ends(scanner)?;
        let line = self.line(start);
        Ok(Rule {
            text: word.text,
            span: word.span,
            line,
            action: header.action,
            protocol: header.protocol,
            endpoints: header.endpoints,
            options,
        })
    }

    /// The line of `position`, which never falls from call to call.
    fn line(&mut self, position: usize) -> usize {
        self.lines += self.source[self.counted..position].iter().filter(|&&byte| byte == b'\n').count();
        self.counted = position;
        self.lines
    }

    /// Reports, once, everything up to the next line that says something.
    fn not_a_rule(&mut self, file: &mut ParsedFile) {
        let start = self.scanner.position;
        let entry: &Entry = match head(self.scanner.rest()) {
            Head::UnknownAction => &catalogue::UNKNOWN_ACTION,
            Head::Configuration => &catalogue::CONFIGURATION,
            Head::Rule | Head::Other => &catalogue::NO_RULE,
        };
        let line = self.scanner.take_while(|byte| byte != b'\n');
        let first = line.text.split_ascii_whitespace().next().unwrap_or_default();
        let length = if entry == &catalogue::NO_RULE { line.text.trim_ascii_end().len() } else { first.len() };
        let diagnostic = Diagnostic::new(entry, Span::new(start, (start + length).min(line.span.end)));
        file.report(match first {
            "file_id" => {
                diagnostic.message("file identification rules (`file_id`) are not supported").hint("files are looked into, not named")
            }
            _ if entry == &catalogue::UNKNOWN_ACTION => diagnostic.message(format!("unknown action `{first}`")),
            _ => diagnostic,
        });
        self.scanner.position = self.outline.behind(start);
    }
}

fn too_long(start: usize) -> Diagnostic {
    Diagnostic::new(&catalogue::RULE_TOO_LONG, Span::new(start, start + 1))
}

/// Of the text behind a rule, so much is looked at.
const STRAY_BYTES: usize = 200;

/// Behind a rule only blanks, a comment, or another rule may stand on its line.
fn line_ends(scanner: &Scanner) -> Result<(), Diagnostic> {
    let mut rest = scanner.clone();
    rest.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
    let start = rest.position;
    let line = rest.rest();
    let line = line[..line.len().min(STRAY_BYTES)].split(|&byte| byte == b'\n').next().unwrap_or_default();
    let text = line.trim_ascii_end();
    if text.is_empty() || text.starts_with(b"#") || text.starts_with(b"/*") || head(text) == Head::Rule {
        return Ok(());
    }
    Err(Diagnostic::new(&catalogue::STRAY_TEXT, Span::new(start, start + text.len())))
}

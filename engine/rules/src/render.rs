//! A diagnostic as people read it: place, the offending text marked, the mend.

use crate::diagnostic::Diagnostic;
use crate::span::line_column;

/// Characters of source that an excerpt shows; rules are long one-liners.
const WINDOW: usize = 100;
/// Of these, at most so many before the offending text.
const LEAD: usize = 30;

/// The diagnostic in several lines, with a line end behind the last. No colours; nothing in it can steer a terminal.
pub fn render(diagnostic: &Diagnostic, file: &str, source: &[u8]) -> String {
    let (line, column) = line_column(source, diagnostic.span.start);
    let excerpt = Excerpt::of(diagnostic, source);
    let gutter = " ".repeat(line.to_string().len());
    let kind = if diagnostic.fatal { "error" } else { "warning" };
    format!(
        "{kind}[{}]: {}\n{gutter}--> {file}:{line}:{column}\n{gutter} |\n{line} | {}\n{gutter} | {}{}\n{gutter} = hint: {}\n",
        diagnostic.code,
        diagnostic.message,
        excerpt.text,
        " ".repeat(excerpt.indent),
        "^".repeat(excerpt.length),
        diagnostic.hint
    )
}

/// The part of the source line around a span.
struct Excerpt {
    text: String,
    indent: usize,
    length: usize,
}

impl Excerpt {
    fn of(diagnostic: &Diagnostic, source: &[u8]) -> Self {
        let start = diagnostic.span.start.min(source.len());
        let before = &source[..start];
        let first = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let rest = &source[start..];
        let end = start + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let marked = diagnostic.span.end.clamp(start, end);
        Self::window(&visible(&source[first..start]), &visible(&source[start..marked]), &visible(&source[marked..end]))
    }

    fn window(before: &[char], marked: &[char], after: &[char]) -> Self {
        // Of a long mark only the beginning is shown; what is left of the window goes to its surroundings.
        let shown = marked.len().min(WINDOW - LEAD);
        let room = WINDOW - shown;
        let lead = before.len().min(LEAD.max(room.saturating_sub(after.len())));
        let tail = if shown < marked.len() { 0 } else { after.len().min(room - lead.min(room)) };
        let left = if lead < before.len() { "…" } else { "" };
        let right = if shown < marked.len() || tail < after.len() { "…" } else { "" };
        let middle = before[before.len() - lead..].iter().chain(&marked[..shown]).chain(&after[..tail]);
        let text = format!("{left}{}{right}", middle.collect::<String>());
        Self { text: text.trim_end().to_owned(), indent: lead + left.chars().count(), length: shown.max(1) }
    }
}

/// Characters with control characters (and what is no UTF-8) made harmless, one for one.
fn visible(bytes: &[u8]) -> Vec<char> {
    let shown = |c: char| match c {
        '\t' | '\r' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    String::from_utf8_lossy(bytes).chars().map(shown).collect()
}

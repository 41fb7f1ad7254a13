//! The options of a rule: `name; name:value; ...` up to the closing parenthesis.

use crate::arguments::{expression, pattern, plain, raw};
use crate::ast::{Argument, RuleOption, Word};
use crate::catalogue;
use crate::diagnostic::Diagnostic;
use crate::header::is_name_byte;
use crate::limits::RULE_OPTIONS;
use crate::scanner::Scanner;
use crate::span::Span;

/// Reads from the opening parenthesis to behind the closing one.
pub(crate) fn options(scanner: &mut Scanner, warnings: &mut Vec<Diagnostic>) -> Result<Vec<RuleOption>, Diagnostic> {
    scanner.skip_blanks();
    let open = scanner.here();
    if !scanner.take(b"(") {
        return Err(Diagnostic::new(&catalogue::NO_BODY, open));
    }
    let mut options = Vec::new();
    loop {
        scanner.skip_blanks();
        match scanner.peek() {
            None => return Err(Diagnostic::new(&catalogue::RULE_OPEN, open)),
            Some(b')') => break,
            Some(_) if options.len() >= RULE_OPTIONS => return Err(Diagnostic::new(&catalogue::TOO_MANY_OPTIONS, scanner.here())),
            Some(_) => options.push(option(scanner, warnings)?),
        }
    }
    scanner.next();
    if options.is_empty() {
        return Err(Diagnostic::new(&catalogue::NO_BODY, scanner.since(open.start)));
    }
    Ok(options)
}

fn option(scanner: &mut Scanner, warnings: &mut Vec<Diagnostic>) -> Result<RuleOption, Diagnostic> {
    let keyword = scanner.take_while(is_name_byte);
    if keyword.text.is_empty() {
        return Err(Diagnostic::new(&catalogue::NO_KEYWORD, scanner.here()));
    }
    scanner.skip_blanks();
    let (value, arguments) = if scanner.take(b":") {
        let (value, arguments) = match keyword.text.as_str() {
            "metadata" | "reference" => raw(scanner),
            "pcre" => pattern(scanner)?,
            "regex" | "sd_pattern" => expression(&keyword.text, scanner)?,
            "msg" => merged(plain(scanner, warnings)?),
            _ => plain(scanner, warnings)?,
        };
        (Some(value), arguments)
    } else {
        (None, Vec::new())
    };
    let end = value.as_ref().map_or(keyword.span.end, |value| value.span.end);
    if scanner.peek() != Some(b';') {
        return Err(unfinished(&keyword, value.as_ref()));
    }
    scanner.next();
    let span = Span::new(keyword.span.start, end.max(keyword.span.end));
    Ok(RuleOption { keyword, value, arguments, span })
}

/// Options whose text may hold commas that mean nothing: all arguments as one.
fn merged((value, mut arguments): (Word, Vec<Argument>)) -> (Word, Vec<Argument>) {
    let mut rest = arguments.split_off(arguments.len().min(1));
    if let (Some(first), Some(last)) = (arguments.first_mut(), rest.last()) {
        first.span.end = last.span.end;
        rest.iter_mut().for_each(|argument| first.words.append(&mut argument.words));
    }
    (value, arguments)
}

/// An option that ran into the end of the rule, or into something that is not its end. Marks its first line only.
fn unfinished(keyword: &Word, value: Option<&Word>) -> Diagnostic {
    let line = value.and_then(|value| value.text.lines().next()).unwrap_or_default().trim_end_matches([')', ' ', '\t', '\r']);
    let end = value.map_or(keyword.span.end, |value| value.span.start + line.len());
    Diagnostic::new(&catalogue::NO_SEMICOLON, Span::new(keyword.span.start, end.max(keyword.span.end)))
        .message(format!("the option `{}` does not end with `;`", keyword.text))
}

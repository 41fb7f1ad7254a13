//! The value of an option, split into its arguments.

use crate::ast::{Argument, Word};
use crate::catalogue;
use crate::diagnostic::Diagnostic;
use crate::header::is_name_byte;
use crate::scanner::{Scanner, is_blank};
use crate::span::Span;
use crate::string::quoted;

/// A value as written, and its arguments.
type Value = (Word, Vec<Argument>);

/// Reads a value whose arguments are separated by commas outside quotes. Stops on the `;`, or at the end where there is none.
pub(crate) fn plain(scanner: &mut Scanner, warnings: &mut Vec<Diagnostic>) -> Result<Value, Diagnostic> {
    scanner.skip_blanks();
    let start = scanner.position;
    let mut arguments = Vec::new();
    if scanner.peek() != Some(b';') {
        loop {
            arguments.push(argument(scanner, warnings)?);
            if !scanner.take(b",") {
                break;
            }
        }
    }
    Ok((trimmed(scanner, start), arguments))
}

/// Reads a value in which nothing but the `;` has a meaning.
pub(crate) fn raw(scanner: &mut Scanner) -> Value {
    scanner.take_while(is_blank);
    let start = scanner.position;
    scanner.take_while(|byte| byte != b';');
    let value = trimmed(scanner, start);
    let words = if value.text.is_empty() { vec![] } else { vec![value.clone()] };
    let arguments = vec![Argument { negated: false, quoted: None, words, span: value.span }];
    (value, arguments)
}

/// Reads a regular expression: verbatim up to the first `;` without a backslash before it.
pub(crate) fn pattern(scanner: &mut Scanner) -> Result<Value, Diagnostic> {
    scanner.take_while(is_blank);
    let start = scanner.position;
    while let Some(byte) = scanner.peek().filter(|&byte| byte != b';') {
        scanner.position += if byte == b'\\' && scanner.rest().len() > 1 { 2 } else { 1 };
    }
    let value = trimmed(scanner, start);
    let bytes = scanner.bytes(value.span);
    let (negated, rest) = match bytes.strip_prefix(b"!") {
        Some(rest) => (true, rest.trim_ascii_start()),
        None => (false, bytes),
    };
    let inner = match rest.strip_prefix(b"\"").map(|inner| inner.strip_suffix(b"\"")) {
        Some(None) => return Err(Diagnostic::new(&catalogue::PATTERN_OPEN, value.span)),
        Some(Some(inner)) => Some(inner.to_vec()),
        None => None,
    };
    let words = if inner.is_some() || value.text.is_empty() { vec![] } else { vec![value.clone()] };
    let argument = Argument { negated: negated && inner.is_some(), quoted: inner, words, span: value.span };
    Ok((value, vec![argument]))
}

/// Reads a regular expression in quotes, verbatim, with arguments behind it: up to the first `;` without a backslash before it.
pub(crate) fn expression(option: &str, scanner: &mut Scanner) -> Result<Value, Diagnostic> {
    scanner.take_while(is_blank);
    let start = scanner.position;
    while let Some(byte) = scanner.peek().filter(|&byte| byte != b';') {
        scanner.position += if byte == b'\\' && scanner.rest().len() > 1 { 2 } else { 1 };
    }
    let value = trimmed(scanner, start);
    let bytes = scanner.bytes(value.span);
    let negated = bytes.first() == Some(&b'!');
    let open = usize::from(negated) + bytes[usize::from(negated)..].iter().take_while(|&&byte| is_blank(byte)).count();
    let close = bytes.iter().rposition(|&byte| byte == b'"').filter(|&close| close > open && bytes[open] == b'"');
    let Some(close) = close else {
        return Err(Diagnostic::new(&catalogue::PATTERN_OPEN, value.span)
            .message(format!("the expression of `{option}` is not in quotes"))
            .hint(format!("write {option}:\"...\";")));
    };
    let span = Span::new(value.span.start, value.span.start + close + 1);
    let mut arguments = vec![Argument { negated, quoted: Some(bytes[open + 1..close].to_vec()), words: Vec::new(), span }];
    let mut rest = Scanner::new(scanner.source(), Span::new(span.end, value.span.end));
    while rest.skip_blanks() && rest.peek().is_some() {
        if !rest.take(b",") {
            return Err(Diagnostic::new(&catalogue::PATTERN_OPEN, rest.here())
                .message(format!("only a comma and arguments may stand behind the expression of `{option}`")));
        }
        arguments.push(argument(&mut rest, &mut Vec::new())?);
    }
    Ok((value, arguments))
}

/// From `start` to here without the blanks at the end.
fn trimmed(scanner: &Scanner, start: usize) -> Word {
    let bytes = scanner.bytes(scanner.since(start));
    let blanks = bytes.iter().rev().take_while(|&&byte| is_blank(byte)).count();
    scanner.word(start, scanner.position - blanks)
}

/// One argument: words, and at most one string.
fn argument(scanner: &mut Scanner, warnings: &mut Vec<Diagnostic>) -> Result<Argument, Diagnostic> {
    scanner.skip_blanks();
    let mut argument = Argument { negated: false, quoted: None, words: Vec::new(), span: Span::new(scanner.position, scanner.position) };
    loop {
        scanner.skip_blanks();
        match scanner.peek() {
            None | Some(b',' | b';') => return Ok(argument),
            Some(b'"') => string(scanner, &mut argument, warnings)?,
            Some(b'!') if before_string(scanner) => {
                argument.negated = true;
                scanner.next();
            }
            Some(_) => word(scanner, &mut argument)?,
        }
        argument.span.end = scanner.position;
    }
}

/// Whether the `!` here stands before a string.
fn before_string(scanner: &Scanner) -> bool {
    scanner.rest()[1..].trim_ascii_start().first() == Some(&b'"')
}

fn string(scanner: &mut Scanner, argument: &mut Argument, warnings: &mut Vec<Diagnostic>) -> Result<(), Diagnostic> {
    let start = scanner.position;
    if argument.quoted.is_some() {
        return Err(Diagnostic::new(&catalogue::TWO_STRINGS, Span::new(argument.span.start, start + 1)));
    }
    argument.quoted = Some(quoted(scanner, warnings)?);
    match scanner.peek() {
        // A string that stops in the middle of a text began or ended at the wrong quote.
        Some(byte) if !is_blank(byte) && !b",;)#/\\".contains(&byte) => {
            Err(Diagnostic::new(&catalogue::STRING_OPEN, scanner.since(start)).message("the string ends in the middle of the text"))
        }
        _ => Ok(()),
    }
}

fn word(scanner: &mut Scanner, argument: &mut Argument) -> Result<(), Diagnostic> {
    let word = scanner.take_while(|byte| !is_blank(byte) && !b",;\"".contains(&byte));
    let later = argument.quoted.is_some() || !argument.words.is_empty();
    if (later || scanner.peek() == Some(b'"')) && begins_option(&word.text) {
        let before = Span::new(argument.span.start, argument.span.end.max(argument.span.start + 1));
        return Err(Diagnostic::new(&catalogue::NO_SEMICOLON, before)
            .message(format!("a `;` is missing before `{}`", word.text))
            .hint("end the option with `;` before the next one begins"));
    }
    argument.words.push(word);
    Ok(())
}

/// `name:...`, which no argument looks like.
fn begins_option(text: &str) -> bool {
    text.split_once(':').is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(is_name_byte))
}

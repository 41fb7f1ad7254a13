//! The part of a rule before its options: `alert tcp $EXTERNAL_NET any -> $HOME_NET [80,8000:8080]`, or just `alert http`.

use crate::ast::{AddressSet, Endpoints, PortSet, Word};
use crate::catalogue;
use crate::diagnostic::Diagnostic;
use crate::limits::LIST_DEPTH;
use crate::literal::Member;
use crate::scanner::{Scanner, is_blank};

/// Words that begin a rule (Snort 3 manual, "rule actions").
pub(crate) const ACTIONS: [&str; 8] = ["alert", "block", "drop", "log", "pass", "react", "reject", "rewrite"];

/// A parsed header; the scanner stands on what should be the opening parenthesis.
pub(crate) struct Header {
    pub(crate) action: Word,
    pub(crate) protocol: Word,
    pub(crate) endpoints: Option<Endpoints>,
}

/// Reads a header, from its action on.
pub(crate) fn header(scanner: &mut Scanner) -> Result<Header, Diagnostic> {
    let action = scanner.take_while(is_name_byte);
    scanner.skip_blanks();
    let protocol = scanner.take_while(is_name_byte);
    if protocol.text.is_empty() {
        return Err(Diagnostic::new(&catalogue::NO_PROTOCOL, if scanner.peek().is_some() { scanner.here() } else { action.span }));
    }
    scanner.skip_blanks();
    let endpoints = match scanner.peek() {
        Some(b'(') => None,
        None => return Err(Diagnostic::new(&catalogue::NO_BODY, scanner.since(action.span.start))),
        Some(_) => Some(endpoints(scanner)?),
    };
    Ok(Header { action, protocol, endpoints })
}

/// Letters of actions, protocols and option names.
pub(crate) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn endpoints(scanner: &mut Scanner) -> Result<Endpoints, Diagnostic> {
    let src: AddressSet = member(scanner, 0)?;
    let src_ports: PortSet = member(scanner, 0)?;
    let both_ways = direction(scanner)?;
    let dst: AddressSet = member(scanner, 0)?;
    let dst_ports: PortSet = member(scanner, 0)?;
    Ok(Endpoints { src, src_ports, both_ways, dst, dst_ports })
}

fn direction(scanner: &mut Scanner) -> Result<bool, Diagnostic> {
    scanner.skip_blanks();
    if scanner.take(b"->") {
        return Ok(false);
    }
    if scanner.take(b"<>") {
        return Ok(true);
    }
    let diagnostic = Diagnostic::new(&catalogue::NO_DIRECTION, scanner.here());
    Err(if scanner.peek() == Some(b',') { diagnostic.hint("write a list in brackets, as in [80,443]") } else { diagnostic })
}

/// One address or port term: `any`, `$NAME`, a literal, a list, or one of these negated.
fn member<M: Member>(scanner: &mut Scanner, depth: usize) -> Result<M, Diagnostic> {
    scanner.skip_blanks();
    let start = scanner.position;
    if scanner.take(b"!") {
        return negated(scanner, depth, start);
    }
    if scanner.peek() == Some(b'[') {
        return list(scanner, depth).map(M::list);
    }
    let word = scanner.take_while(|byte| !is_blank(byte) && !b",[]()".contains(&byte));
    match word.text.as_str() {
        "" => Err(M::fault(scanner.here())),
        "any" => Ok(M::any()),
        text if text.starts_with('$') => variable::<M>(word),
        _ => M::literal(&word),
    }
}

fn negated<M: Member>(scanner: &mut Scanner, depth: usize, start: usize) -> Result<M, Diagnostic> {
    if depth >= LIST_DEPTH {
        return Err(Diagnostic::new(&catalogue::LIST_TOO_DEEP, scanner.here()));
    }
    let inner: M = member(scanner, depth + 1)?;
    if inner.is_any() {
        return Err(Diagnostic::new(&catalogue::NOT_ANY, scanner.since(start)));
    }
    Ok(inner.not())
}

fn list<M: Member>(scanner: &mut Scanner, depth: usize) -> Result<Vec<M>, Diagnostic> {
    let open = scanner.here();
    if depth >= LIST_DEPTH {
        return Err(Diagnostic::new(&catalogue::LIST_TOO_DEEP, open));
    }
    scanner.next();
    let mut members = Vec::new();
    loop {
        scanner.skip_blanks();
        if matches!(scanner.peek(), Some(b',' | b']')) {
            return Err(Diagnostic::new(&catalogue::LIST_EMPTY, scanner.here()));
        }
        members.push(member(scanner, depth + 1)?);
        scanner.skip_blanks();
        match scanner.peek() {
            Some(b',') => scanner.position += 1,
            Some(b']') => break,
            _ => return Err(Diagnostic::new(&catalogue::LIST_OPEN, scanner.since(open.start))),
        }
    }
    scanner.next();
    Ok(members)
}

fn variable<M: Member>(mut word: Word) -> Result<M, Diagnostic> {
    let name = &word.text[1..];
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(M::fault(word.span)
            .message(format!("`{}` is no variable", word.text))
            .hint("write `$` and a name of letters, digits and `_`"));
    }
    word.text.remove(0);
    Ok(M::variable(word))
}

//! Quoted strings and their backslash escapes.

use crate::catalogue;
use crate::diagnostic::Diagnostic;
use crate::scanner::Scanner;
use crate::span::Span;

/// Reads a string from its opening quote to behind its closing one; answers its bytes with escapes undone.
/// `|..|` stays as it is: only `content` knows it.
pub(crate) fn quoted(scanner: &mut Scanner, warnings: &mut Vec<Diagnostic>) -> Result<Vec<u8>, Diagnostic> {
    let start = scanner.position;
    scanner.next();
    let mut bytes = Vec::new();
    loop {
        let here = scanner.position;
        match scanner.next() {
            None => return Err(Diagnostic::new(&catalogue::STRING_OPEN, first_line(scanner, start))),
            Some(b'"') => return Ok(bytes),
            Some(b'\\') => escape(scanner, here, &mut bytes, warnings),
            Some(b'\n') => warnings.push(Diagnostic::new(&catalogue::STRING_BREAK, first_line(scanner, start))),
            Some(b'\r') if scanner.peek() == Some(b'\n') => {}
            Some(byte) => bytes.push(byte),
        }
    }
}

/// From `start` to the end of its line, as long as that was read.
fn first_line(scanner: &Scanner, start: usize) -> Span {
    let bytes = scanner.bytes(scanner.since(start));
    let length = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    Span::new(start, start + bytes[..length].trim_ascii_end().len())
}

/// Undoes the escape whose backslash stood at `start`.
fn escape(scanner: &mut Scanner, start: usize, bytes: &mut Vec<u8>, warnings: &mut Vec<Diagnostic>) {
    let Some(byte) = scanner.next() else { return };
    match byte {
        b'n' => bytes.push(b'\n'),
        b't' => bytes.push(b'\t'),
        b'r' => bytes.push(b'\r'),
        b'a' => bytes.push(7),
        b'b' => bytes.push(8),
        b'f' => bytes.push(0x0c),
        b'v' => bytes.push(0x0b),
        b'\n' => {}
        b'\r' if scanner.take(b"\n") => {}
        b'x' if hex_pair(scanner.rest()).is_some() => {
            bytes.extend(hex_pair(scanner.rest()));
            scanner.position += 2;
        }
        _ => {
            if byte.is_ascii_alphanumeric() {
                warnings.push(Diagnostic::new(&catalogue::BAD_ESCAPE, scanner.since(start)));
            }
            bytes.push(byte);
        }
    }
}

fn hex_pair(rest: &[u8]) -> Option<u8> {
    let digit = |at: usize| rest.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

//! Request and status lines (RFC 9112 sections 3 and 4), read as leniently as servers read them.

use memchr::memchr2;

use super::span::{Span, is_blank, is_space};

/// Longest method in octets; what begins with a longer token is no HTTP.
pub(crate) const MAX_METHOD: usize = 80;

/// Parts of a request line, as positions in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RequestLine {
    pub method: Span,
    /// As sent, without the blanks around it; blanks inside belong to it.
    pub uri: Span,
    /// Empty in HTTP/0.9.
    pub version: Span,
}

/// Parts of a status line, as positions in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StatusLine {
    pub version: Span,
    pub code: Span,
    pub reason: Span,
}

/// What the first octets of a direction allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Nothing speaks against HTTP.
    Plausible,
    /// Not HTTP.
    Foreign,
}

/// Octets before the start line: blank lines and blanks that senders leave behind (RFC 9112 section 2.2).
pub(crate) fn leading_blanks(data: &[u8]) -> usize {
    data.iter().position(|&b| !is_blank(b)).unwrap_or(data.len())
}

/// Where the start line that begins at `data[from]` ends, and where what follows it begins. A lone CR ends it too.
pub(crate) fn line_end(data: &[u8], from: usize) -> (usize, usize) {
    let Some(at) = memchr2(b'\r', b'\n', &data[from..]).map(|i| from + i) else { return (data.len(), data.len()) };
    let after = data[at..].iter().position(|&b| b != b'\r').map_or(data.len(), |n| at + n);
    match data.get(after) {
        Some(b'\n') => (at, after + 1),
        _ => (at, at + 1),
    }
}

/// Judges the beginning of a request line, however little of it there is.
pub(crate) fn request_start(line: &[u8]) -> Start {
    let method = line.iter().take(MAX_METHOD + 1).position(|&b| !TOKEN[b as usize]);
    match method {
        Some(0) => Start::Foreign,
        Some(n) if is_blank(line[n]) => Start::Plausible,
        Some(_) => Start::Foreign,
        None if line.len() > MAX_METHOD => Start::Foreign,
        None => Start::Plausible,
    }
}

/// Judges the beginning of a status line: `HTTP/` in any case.
pub(crate) fn status_start(line: &[u8]) -> Start {
    let seen = line.len().min(5);
    if line[..seen].eq_ignore_ascii_case(&b"HTTP/"[..seen]) { Start::Plausible } else { Start::Foreign }
}

/// Parses a request line without its line end. `None`: no method or no URI, or no version although the method is not GET.
pub(crate) fn request(line: &[u8]) -> Option<RequestLine> {
    let end = line.iter().rposition(|&b| !is_blank(b))? + 1;
    let method = line.iter().take(MAX_METHOD + 1).position(|&b| is_space(b))?;
    let start = method + line[method..end].iter().position(|&b| !is_space(b))?;
    let found = RequestLine { method: Span::new(0, method), uri: Span::new(start, end), version: Span::default() };
    if let Some(version) = version(&line[start..end]).map(|from| start + from) {
        return Some(RequestLine { uri: Span::new(start, version).trimmed(line), version: Span::new(version, end), ..found });
    }
    line[..method].eq_ignore_ascii_case(b"GET").then_some(found)
}

/// Where the version begins in what follows the method: the last eight octets, `HTTP/` and three more behind a blank. A URI
/// stands before it.
fn version(rest: &[u8]) -> Option<usize> {
    let from = rest.len().checked_sub(8)?;
    let named = rest[from..].get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"HTTP/"));
    (named && from > 1 && is_space(rest[from - 1])).then_some(from)
}

/// Whether a request line breaks off within its version: `HTTP/` in any case and up to two octets more (seen by running: set `wide`,
/// mode `lost`).
pub(crate) fn ends_within_version(line: &[u8]) -> bool {
    let word = line.rsplit(|&b| is_space(b)).next().unwrap_or_default();
    (5..8).contains(&word.len()) && word[..5].eq_ignore_ascii_case(b"HTTP/")
}

/// Parses a status line without its line end; missing parts are empty.
pub(crate) fn status(line: &[u8]) -> StatusLine {
    let word = |from: usize| {
        let start = from + line[from..].iter().position(|&b| !is_space(b)).unwrap_or(line.len() - from);
        let end = start + line[start..].iter().position(|&b| is_space(b)).unwrap_or(line.len() - start);
        Span::new(start, end)
    };
    let version = word(0);
    let code = word(version.end as usize);
    StatusLine { version, code, reason: Span::new(code.end as usize, line.len()).trimmed(line) }
}

/// Three digits as a number.
pub(crate) fn status_number(code: &[u8]) -> Option<u16> {
    let [a, b, c] = code else { return None };
    code.iter().all(u8::is_ascii_digit).then(|| u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'))
}

/// Token characters (RFC 9110 section 5.6.2).
const TOKEN: [bool; 256] = {
    let (mut table, mut octet, others) = ([false; 256], 0, b"!#$%&'*+-.^_`|~");
    while octet < 128 {
        table[octet] = (octet as u8).is_ascii_alphanumeric();
        octet += 1;
    }
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines() {
        type Parts<'a> = (&'a str, &'a str, &'a str);
        let cases: [(&str, Option<Parts<'_>>); 15] = [
            ("GET / HTTP/1.1", Some(("GET", "/", "HTTP/1.1"))),
            ("GET   /a  \t HTTP/1.1  ", Some(("GET", "/a", "HTTP/1.1"))),
            ("GET /a b HTTP/1.0", Some(("GET", "/a b", "HTTP/1.0"))),
            ("BREW /pot http/1.1", Some(("BREW", "/pot", "http/1.1"))),
            ("GET\t/tab\tHTTP/1.1", Some(("GET", "/tab", "HTTP/1.1"))),
            ("GET /old", Some(("GET", "/old", ""))),
            ("get /old", Some(("get", "/old", ""))),
            ("GET /a foo", Some(("GET", "/a foo", ""))),
            ("GET /a HTTP/1.", Some(("GET", "/a HTTP/1.", ""))),
            ("GET /a HTTP/1.10", Some(("GET", "/a HTTP/1.10", ""))),
            ("GET HTTP/1.1", Some(("GET", "HTTP/1.1", ""))),
            ("POST /old", None),
            ("GET", None),
            ("GET   ", None),
            ("", None),
        ];
        for (line, want) in cases {
            let line = line.as_bytes();
            let got = request(line).map(|r| (r.method.of(line), r.uri.of(line), r.version.of(line)));
            assert_eq!(got, want.map(|(a, b, c)| (a.as_bytes(), b.as_bytes(), c.as_bytes())), "{line:?}");
        }
    }

    #[test]
    fn status_lines() {
        let cases = [
            ("HTTP/1.1 200 OK", ["HTTP/1.1", "200", "OK"]),
            ("HTTP/1.1  404   Not Here ", ["HTTP/1.1", "404", "Not Here"]),
            ("http/1.0 204", ["http/1.0", "204", ""]),
            ("HTTP/1.1", ["HTTP/1.1", "", ""]),
        ];
        for (line, want) in cases {
            let line = line.as_bytes();
            let got = status(line);
            assert_eq!([got.version, got.code, got.reason].map(|s| s.of(line)), want.map(str::as_bytes), "{line:?}");
        }
    }

    #[test]
    fn beginnings() {
        let long = "A".repeat(81);
        let requests = [("G", true), ("GET", true), ("GET /", true), (" GET", false), ("\x16\x03", false), ("Host: a", false)];
        for (line, plausible) in requests.into_iter().chain([(&long[..80], true), (&long[..], false)]) {
            assert_eq!(request_start(line.as_bytes()) == Start::Plausible, plausible, "{line:?}");
        }
        for (line, plausible) in [("", true), ("H", true), ("http/", true), ("HTTP/1.1 2", true), ("HTTQ", false), ("SSH-", false)] {
            assert_eq!(status_start(line.as_bytes()) == Start::Plausible, plausible, "{line:?}");
        }
    }

    #[test]
    fn line_ends() {
        let cases =
            [("ab\r\ncd", (2, 4)), ("ab\ncd", (2, 3)), ("ab\rcd", (2, 3)), ("ab\r\r\ncd", (2, 5)), ("ab", (2, 2)), ("ab\r", (2, 3))];
        for (data, want) in cases {
            assert_eq!(line_end(data.as_bytes(), 0), want, "{data:?}");
        }
    }
}

//! Request targets (RFC 9112 section 3.2, RFC 3986): the form that rules see as `http_uri`.

use memchr::{memchr, memchr_iter, memchr2, memchr3, memmem};

use super::normalize::decode_in_place;

/// The part of a request target that is normalized, and where its components end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Target<'a> {
    path: &'a [u8],
    /// Without its `?`.
    query: Option<&'a [u8]>,
    /// Without its `#`.
    fragment: Option<&'a [u8]>,
}

/// What `http_uri` is for a request target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Normalized {
    /// The last `n` octets of the target as they came.
    Tail(usize),
    /// It was appended to the output.
    Written,
}

/// Normalizes the target of a request, appending to `out`, where it is not normal already.
///
/// Origin form and absolute form (scheme and authority dropped) become path, query and fragment, each decoded on its own and
/// joined again; the path loses empty and dot segments. Asterisk form, authority form and anything else stay as they came.
pub(crate) fn normalize(uri: &[u8], connect: bool, out: &mut Vec<u8>) -> Normalized {
    let Some(tail) = origin_form(uri).filter(|_| !connect) else { return Normalized::Tail(uri.len()) };
    if !needs_work(tail) {
        return Normalized::Tail(tail.len());
    }
    let (target, from) = (split(tail), out.len());
    component(target.path, out);
    clean_path(out, from);
    for (mark, part) in [(b'?', target.query), (b'#', target.fragment)] {
        if let Some(part) = part {
            out.push(mark);
            component(part, out);
        }
    }
    Normalized::Written
}

/// The query of a request target as it came, without `?` and fragment; empty where there is none.
pub fn query(uri: &[u8]) -> &[u8] {
    split(uri).query.unwrap_or_default()
}

/// A part of a request target that a rule can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UriPart {
    Scheme,
    Host,
    Port,
    Path,
    Query,
    Fragment,
}

/// A part of a request target as it came, empty where there is none. Path, query and fragment are also written to `out`, normalized as
/// in `http_uri`. `connect`: the target is an authority alone.
pub fn part<'a>(uri: &'a [u8], part: UriPart, connect: bool, out: Option<&mut Vec<u8>>) -> &'a [u8] {
    let (scheme, authority, rest) = match absolute_form(uri) {
        _ if connect => (&[][..], uri, &[][..]),
        Some((authority, rest)) => (&uri[..uri.len() - rest.len() - authority.len() - 3], authority, rest),
        None => (&[][..], &[][..], if uri.first() == Some(&b'/') { uri } else { &[] }),
    };
    let (host, port) = host_and_port(authority);
    let target = split(rest);
    let found = match part {
        UriPart::Scheme => scheme,
        UriPart::Host => host,
        UriPart::Port => port,
        UriPart::Path => target.path,
        UriPart::Query => target.query.unwrap_or_default(),
        UriPart::Fragment => target.fragment.unwrap_or_default(),
    };
    if let (Some(out), UriPart::Path | UriPart::Query | UriPart::Fragment) = (out, part) {
        let from = out.len();
        component(found, out);
        if part == UriPart::Path {
            clean_path(out, from);
        }
    }
    found
}

/// Host and port of an authority (RFC 3986 section 3.2), without user information.
fn host_and_port(authority: &[u8]) -> (&[u8], &[u8]) {
    let authority = memchr(b'@', authority).map_or(authority, |at| &authority[at + 1..]);
    let colon = memchr::memrchr(b':', authority).filter(|&at| !authority[at..].contains(&b']'));
    colon.map_or((authority, &[]), |at| (&authority[..at], &authority[at + 1..]))
}

/// The authority of a target in absolute form (RFC 9112 section 3.2.2), empty for other forms.
pub(crate) fn authority(uri: &[u8]) -> &[u8] {
    absolute_form(uri).map_or(&[], |(authority, _)| authority)
}

/// What is left of a target without scheme and authority; `None` for neither origin nor absolute form.
fn origin_form(uri: &[u8]) -> Option<&[u8]> {
    if uri.first() == Some(&b'/') {
        return Some(uri);
    }
    absolute_form(uri).map(|(_, rest)| rest)
}

/// Authority and rest of a target in absolute form.
fn absolute_form(uri: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr(b':', uri)?;
    let scheme = &uri[..colon];
    let proper = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let rest = uri[colon..].strip_prefix(b"://").filter(|_| proper)?;
    Some(rest.split_at(memchr3(b'/', b'?', b'#', rest).unwrap_or(rest.len())))
}

/// Whether any step would change the target.
fn needs_work(target: &[u8]) -> bool {
    if memchr3(b'%', b'+', b'\\', target).is_some() {
        return true;
    }
    let path = &target[..memchr2(b'?', b'#', target).unwrap_or(target.len())];
    memchr_iter(b'/', path).any(|at| matches!(path.get(at + 1), Some(b'/' | b'.')))
}

fn split(target: &[u8]) -> Target<'_> {
    let (rest, fragment) = cut(target, b'#');
    let (path, query) = cut(rest, b'?');
    Target { path, query, fragment }
}

fn cut(bytes: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    memchr(mark, bytes).map_or((bytes, None), |at| (&bytes[..at], Some(&bytes[at + 1..])))
}

/// Appends one component decoded, then with `\` as `/` and `+` as space, decoded ones too.
fn component(part: &[u8], out: &mut Vec<u8>) {
    let from = out.len();
    out.extend_from_slice(part);
    decode_in_place(out, from);
    for byte in &mut out[from..] {
        *byte = match *byte {
            b'\\' => b'/',
            b'+' => b' ',
            other => other,
        };
    }
}

/// Removes empty, `.` and `..` segments from the path `buffer[from..]`; never climbs above the root.
fn clean_path(buffer: &mut Vec<u8>, from: usize) {
    let path = &mut buffer[from..];
    if path.first() != Some(&b'/') || (memmem::find(path, b"//").is_none() && memmem::find(path, b"/.").is_none()) {
        return;
    }
    let (mut read, mut write) = (1, 1);
    while read < path.len() {
        let end = memchr(b'/', &path[read..]).map_or(path.len(), |n| read + n);
        match &path[read..end] {
            b"" | b"." => {}
            b".." => {
                let parent = path[..write - 1].iter().rposition(|&b| b == b'/');
                write = parent.map_or(1, |at| at + 1);
            }
            segment => {
                let length = segment.len() + usize::from(end < path.len());
                path.copy_within(read..read + length, write);
                write += length;
            }
        }
        read = end + 1;
    }
    buffer.truncate(from + write);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http_uri(uri: &[u8], connect: bool) -> Vec<u8> {
        let mut out = b"before/".to_vec();
        match normalize(uri, connect, &mut out) {
            Normalized::Tail(n) => uri[uri.len() - n..].to_vec(),
            Normalized::Written => out.split_off(7),
        }
    }

    #[test]
    fn forms() {
        let cases: [(&[u8], &[u8]); 42] = [
            (b"/x/admin", b"/x/admin"),
            (b"/%2561dmin", b"/admin"),
            (b"/%u0061dmin", b"/%u0061dmin"),
            (b"/%c1%a1dmin", b"/admin"),
            (b"/x\\admin", b"/x/admin"),
            (b"/x%5cadmin", b"/x/admin"),
            (b"/a+b/admin", b"/a b/admin"),
            (b"/a%2bb/admin", b"/a b/admin"),
            (b"//x///admin", b"/x/admin"),
            (b"/./x/../admin", b"/admin"),
            (b"/x/%2e%2e/admin", b"/admin"),
            (b"/../../admin", b"/admin"),
            (b"/admin/y/..", b"/admin/"),
            (b"/admin/.", b"/admin/"),
            (b"/admin/", b"/admin/"),
            (b"/admin//", b"/admin/"),
            (b"/..", b"/"),
            (b"/a/b/c/../../d", b"/a/d"),
            (b"/...", b"/..."),
            (b"/.a/..b", b"/.a/..b"),
            (b"/%00admin", b"/\0admin"),
            (b"/%zzadmin", b"/%zzadmin"),
            (b"/100%/admin", b"/100%/admin"),
            (b"http://h/admin", b"/admin"),
            (b"HTTP://h:8080/a//b", b"/a/b"),
            (b"http://h", b""),
            (b"http://h?q=%41", b"?q=A"),
            (b"/x#/admin", b"/x#/admin"),
            (b"/x?p=/../admin", b"/x?p=/../admin"),
            (b"/x?p=//admin", b"/x?p=//admin"),
            (b"//x?p=//a+b#//%41", b"/x?p=//a b#//A"),
            (b"/x?a?b#c#d", b"/x?a?b#c#d"),
            (b"/x%3fy", b"/x?y"),
            (b"admin", b"admin"),
            (b"ad%6din", b"ad%6din"),
            (b"http:/x", b"http:/x"),
            (b"*", b"*"),
            (b"/x;y=1/admin", b"/x;y=1/admin"),
            (b"/ADMIN", b"/ADMIN"),
            (b"/%252561dmin", b"/%61dmin"),
            (b"/x%2fadmin", b"/x/admin"),
            (b"/\xc3\xa9/admin", b"/\xc3\xa9/admin"),
        ];
        for (uri, want) in cases {
            assert_eq!(http_uri(uri, false).escape_ascii().to_string(), want.escape_ascii().to_string(), "{}", uri.escape_ascii());
        }
        assert_eq!(http_uri(b"h:443", true), b"h:443", "the authority of CONNECT");
    }

    #[test]
    fn queries() {
        for (uri, want) in [("/a?b=c#d", "b=c"), ("/a", ""), ("/a#b?c", ""), ("?x", "x"), ("http://h/?y=1", "y=1")] {
            assert_eq!(query(uri.as_bytes()), want.as_bytes(), "{uri}");
        }
    }
}

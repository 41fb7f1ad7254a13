//! Percent, UTF-8 and double decoding: what an origin server would have read. Decoding only shrinks, so it works in place.

use memchr::memchr;

/// Decodes `buffer[from..]`: `%hh` to its byte, `%%` to `%`, two- and three-byte UTF-8 sequences written wholly in percent
/// form to one byte (0xFF above U+00FF); where that leaves a `%`, `%hh` once more. `%u` forms and other lone `%` stay.
pub(crate) fn decode_in_place(buffer: &mut Vec<u8>, from: usize) {
    if percent_and_utf8(buffer, from) {
        percent_again(buffer, from);
    }
}

/// First pass; answers whether a `%` is left.
fn percent_and_utf8(buffer: &mut Vec<u8>, from: usize) -> bool {
    let mut left = false;
    rewrite(buffer, from, |rest| {
        if let Some(first) = encoded(rest) {
            let (byte, length) = utf8_sequence(first, rest);
            left |= byte == b'%';
            return (byte, length);
        }
        left = true;
        (b'%', if rest.get(1) == Some(&b'%') { 2 } else { 1 })
    });
    left
}

/// Second pass (double decoding).
fn percent_again(buffer: &mut Vec<u8>, from: usize) {
    rewrite(buffer, from, |rest| encoded(rest).map_or((b'%', 1), |byte| (byte, 3)));
}

/// Replaces at every `%`: `decide` sees the bytes from it on and gives the byte to write and how many octets it stands for.
fn rewrite(buffer: &mut Vec<u8>, from: usize, mut decide: impl FnMut(&[u8]) -> (u8, usize)) {
    let Some(first) = buffer.get(from..).and_then(|rest| memchr(b'%', rest)) else { return };
    let (mut read, mut write) = (from + first, from + first);
    while read < buffer.len() {
        let (byte, length) = decide(&buffer[read..]);
        buffer[write] = byte;
        write += 1;
        read += length;
        let run = memchr(b'%', &buffer[read..]).unwrap_or(buffer.len() - read);
        buffer.copy_within(read..read + run, write);
        read += run;
        write += run;
    }
    buffer.truncate(write);
}

/// The byte that `%hh` at the start of `bytes` stands for.
fn encoded(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [b'%', high, low, ..] => Some(hex(*high)? << 4 | hex(*low)?),
        _ => None,
    }
}

/// The byte for the encoded sequence that begins with `first`, and the octets it takes.
fn utf8_sequence(first: u8, bytes: &[u8]) -> (u8, usize) {
    let follow = |at: usize| bytes.get(at..).and_then(encoded).filter(|b| b & 0xC0 == 0x80).map(|b| u32::from(b & 0x3F));
    let narrow = |code: u32| u8::try_from(code).unwrap_or(0xFF);
    match first {
        0xC0..=0xDF => follow(3).map(|second| (narrow(u32::from(first & 0x1F) << 6 | second), 6)),
        0xE0..=0xEF => follow(3).zip(follow(6)).map(|(second, third)| (narrow(u32::from(first & 0x0F) << 12 | second << 6 | third), 9)),
        _ => None,
    }
    .unwrap_or((first, 3))
}

/// Value of a hexadecimal digit.
pub(crate) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Whether [`fold_blanks`] would change the bytes (already trimmed): a fold, a tab, or two blanks in a row.
pub(crate) fn has_blank_runs(bytes: &[u8]) -> bool {
    memchr::memchr2(b'\r', b'\n', bytes).is_some() || may_have_blank_runs(bytes)
}

/// The same for several lines at once, folds apart. Without early end, so that it compiles to wide compares.
pub(crate) fn may_have_blank_runs(bytes: &[u8]) -> bool {
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    let tab = u8::from(bytes.first() == Some(&b'\t'));
    // Octets rather than truth values, which the compiler would not widen.
    pairs.fold(tab, |found, (&a, &b)| found | u8::from(b == b'\t') | (u8::from(a == b' ') & u8::from(b == b' '))) != 0
}

/// Appends `bytes` with every run of blanks and line ends turned into one space, none at the ends.
pub(crate) fn fold_blanks(bytes: &[u8], out: &mut Vec<u8>) {
    let from = out.len();
    for word in bytes.split(|&b| super::span::is_blank(b)).filter(|word| !word.is_empty()) {
        if out.len() > from {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding() {
        let cases: [(&[u8], &[u8]); 22] = [
            (b"plain", b"plain"),
            (b"", b""),
            (b"a%41b+c%5cd", b"aAb+c\\d"),
            (b"%2561dmin", b"admin"),
            (b"%252561dmin", b"%61dmin"),
            (b"%u0061dmin", b"%u0061dmin"),
            (b"%zzadmin", b"%zzadmin"),
            (b"100%/x", b"100%/x"),
            (b"%%", b"%"),
            (b"%%41", b"A"),
            (b"%", b"%"),
            (b"%4", b"%4"),
            (b"%41", b"A"),
            (b"%c1%a1dmin", b"admin"),
            (b"%e0%81%a1dmin", b"admin"),
            (b"%c3%a9", b"\xe9"),
            (b"%c4%80", b"\xff"),
            (b"%e2%82%ac", b"\xff"),
            (b"\xc3\xa9", b"\xc3\xa9"),
            (b"%c3\xa9", b"\xc3\xa9"),
            (b"%c3%41", b"\xc3A"),
            (b"a=%41%2b+c&b=%2525", b"a=A++c&b=%"),
        ];
        for (input, want) in cases {
            let mut buffer = [b"%41".as_slice(), input].concat();
            decode_in_place(&mut buffer, 3);
            assert_eq!(&buffer[3..], want, "{}", input.escape_ascii());
            assert_eq!(&buffer[..3], b"%41", "what stands before is not touched");
        }
    }

    #[test]
    fn blanks() {
        for (input, want) in [("  Two  Words ", "Two Words"), ("a\r\n\tb", "a b"), ("a", "a"), ("", ""), (" \r\n ", "")] {
            let mut out = b"x".to_vec();
            fold_blanks(input.as_bytes(), &mut out);
            assert_eq!(&out[1..], want.as_bytes().iter().as_slice(), "{input:?}");
        }
    }
}

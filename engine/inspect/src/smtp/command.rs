//! SMTP command lines (RFC 5321, 4.1; RFC 3030; the vendor commands that Snort's SMTP inspector knows).

use std::borrow::Cow;

/// Commands after which any run of blanks counts as one (Snort 3 manual, `smtp.normalize_cmds`).
const NORMALIZED: &[&[u8]] = &[
    b"ATRN",
    b"AUTH",
    b"BDAT",
    b"CHUNKING",
    b"DATA",
    b"DEBUG",
    b"EHLO",
    b"EMAL",
    b"ESAM",
    b"ESND",
    b"ESOM",
    b"ETRN",
    b"EVFY",
    b"EXPN",
    b"HELO",
    b"HELP",
    b"IDENT",
    b"MAIL",
    b"NOOP",
    b"ONEX",
    b"QUEU",
    b"QUIT",
    b"RCPT",
    b"RSET",
    b"SAML",
    b"SEND",
    b"SOML",
    b"STARTTLS",
    b"TICK",
    b"TIME",
    b"TURN",
    b"TURNME",
    b"VERB",
    b"VRFY",
    b"X-ADAT",
    b"XADR",
    b"XAUTH",
    b"XCIR",
    b"X-DRCP",
    b"X-ERCP",
    b"XEXCH50",
    b"X-EXCH50",
    b"X-EXPS",
    b"XGEN",
    b"XLICENSE",
    b"X-LINK2STATE",
    b"XQUE",
    b"XSTA",
    b"XTRN",
    b"XUSR",
];

/// What a command line says of the octets behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// More commands.
    Commands,
    /// A message up to the line with a single dot.
    Message,
    /// So many octets of a message (BDAT; last or only chunk or not).
    Chunk { octets: usize, last: bool },
    /// So many octets of something else (XEXCH50).
    Binary(usize),
    /// TLS, if the server agrees.
    Tls,
}

fn blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

fn word(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|b| blank(*b) || matches!(b, b'\r' | b'\n')).unwrap_or(line.len());
    &line[..end]
}

/// Reads a command line, of which at least the first [`crate::line_head::LINE_HEAD`] octets must be given.
pub(super) fn follows(line: &[u8]) -> Follows {
    let mut words = line.trim_ascii().split(|b| b.is_ascii_whitespace()).filter(|w| !w.is_empty());
    let command = words.next().unwrap_or_default();
    let argument = words.next().and_then(|w| std::str::from_utf8(w).ok()).and_then(|w| w.parse().ok());
    let is = |name: &[u8]| command.eq_ignore_ascii_case(name);
    match argument {
        _ if is(b"DATA") => Follows::Message,
        _ if is(b"STARTTLS") => Follows::Tls,
        Some(octets) if is(b"BDAT") => Follows::Chunk { octets, last: words.next().is_some_and(|w| w.eq_ignore_ascii_case(b"LAST")) },
        Some(octets) if is(b"XEXCH50") || is(b"X-EXCH50") => Follows::Binary(octets),
        // Data without a length: nobody can tell where commands go on, so it is read like a message.
        None if is(b"BDAT") || is(b"XEXCH50") || is(b"X-EXCH50") => Follows::Message,
        _ => Follows::Commands,
    }
}

/// The line with one space behind its command, borrowed where it stands so already or the command is unknown.
pub(super) fn normalized(line: &[u8]) -> Cow<'_, [u8]> {
    let command = word(line);
    let rest = &line[command.len()..];
    let blanks = rest.iter().take_while(|b| blank(**b)).count();
    let extra = blanks > 1 || rest.starts_with(b"\t");
    if !extra || !NORMALIZED.iter().any(|name| name.eq_ignore_ascii_case(command)) {
        return Cow::Borrowed(line);
    }
    Cow::Owned([command, b" ", &rest[blanks..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_behind_a_known_command_become_one() {
        let cases: &[(&str, &str)] = &[
            ("MAIL   FROM:<a@b>\r\n", "MAIL FROM:<a@b>\r\n"),
            ("mail\tFROM:<a@b>\r\n", "mail FROM:<a@b>\r\n"),
            ("RCPT TO:  <a@b>\r\n", "RCPT TO:  <a@b>\r\n"),
            ("MAIL FROM:<a@b>\r\n", "MAIL FROM:<a@b>\r\n"),
            ("FOO   BAR\r\n", "FOO   BAR\r\n"),
            ("QUIT\r\n", "QUIT\r\n"),
            ("", ""),
        ];
        for (line, want) in cases {
            assert_eq!(normalized(line.as_bytes()), want.as_bytes(), "{line:?}");
        }
    }

    #[test]
    fn commands_say_what_follows() {
        let cases: &[(&str, Follows)] = &[
            ("DATA\r\n", Follows::Message),
            ("  data \r\n", Follows::Message),
            ("DATABASE\r\n", Follows::Commands),
            ("BDAT 100\r\n", Follows::Chunk { octets: 100, last: false }),
            ("BDAT 7 LAST\r\n", Follows::Chunk { octets: 7, last: true }),
            ("BDAT x\r\n", Follows::Message),
            ("XEXCH50 20 2\r\n", Follows::Binary(20)),
            ("STARTTLS\r\n", Follows::Tls),
            ("MAIL FROM:<a>\r\n", Follows::Commands),
        ];
        for (line, want) in cases {
            assert_eq!(follows(line.as_bytes()), *want, "{line:?}");
        }
    }
}

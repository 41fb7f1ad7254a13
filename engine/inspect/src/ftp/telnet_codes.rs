//! Telnet commands within text (RFC 854): where they end, and the text without them.

const IAC: u8 = 255;
const SE: u8 = 240;
const SB: u8 = 250;
const WILL: u8 = 251;
const DONT: u8 = 254;

/// Where a reader is within a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Text,
    /// Behind IAC.
    Command,
    /// Behind IAC WILL, WONT, DO or DONT.
    Option,
    /// Between IAC SB and IAC SE.
    Negotiation,
    /// Behind IAC within a negotiation.
    NegotiationCommand,
}

/// What an octet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Octet {
    Text,
    Inside,
    /// Last octet of a command.
    Ends,
    /// IAC IAC: one octet 255 of text.
    Escaped,
}

impl Place {
    fn step(&mut self, octet: u8) -> Octet {
        let (next, is) = match (*self, octet) {
            (Self::Text, IAC) => (Self::Command, Octet::Inside),
            (Self::Text, _) => (Self::Text, Octet::Text),
            (Self::Command, IAC) => (Self::Text, Octet::Escaped),
            (Self::Command, SB) => (Self::Negotiation, Octet::Inside),
            (Self::Command, WILL..=DONT) => (Self::Option, Octet::Inside),
            (Self::Command | Self::Option, _) => (Self::Text, Octet::Ends),
            (Self::Negotiation, IAC) => (Self::NegotiationCommand, Octet::Inside),
            (Self::Negotiation, _) => (Self::Negotiation, Octet::Inside),
            (Self::NegotiationCommand, SE) => (Self::Text, Octet::Ends),
            (Self::NegotiationCommand, _) => (Self::Negotiation, Octet::Inside),
        };
        *self = next;
        is
    }
}

/// Finds where PDUs of FTP control and telnet end: at the last line end or the last command end of what is at hand.
#[derive(Debug, Default)]
pub(crate) struct CodeSplitter {
    place: Place,
}

impl CodeSplitter {
    /// Octets of the piece up to and with the last end. The splitter has then read no further than that.
    pub(crate) fn take(&mut self, piece: &[u8]) -> Option<usize> {
        if self.place == Place::Text && memchr::memchr(IAC, piece).is_none() {
            return memchr::memrchr2(b'\r', b'\n', piece).map(|at| at + 1);
        }
        let mut last = None;
        for (at, octet) in piece.iter().enumerate() {
            match self.place.step(*octet) {
                Octet::Ends => last = Some(at + 1),
                Octet::Text if matches!(octet, b'\r' | b'\n') => last = Some(at + 1),
                _ => {}
            }
        }
        if last.is_some() {
            // Every end is in text, and what follows it is shown again.
            self.place = Place::Text;
        }
        last
    }
}

/// The text without commands; `None` where it holds none.
pub(crate) fn without_codes(data: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr(IAC, data)?;
    let (mut place, mut text) = (Place::default(), Vec::with_capacity(data.len()));
    for octet in data {
        if matches!(place.step(*octet), Octet::Text | Octet::Escaped) {
            text.push(*octet);
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_cut_out_of_text() {
        let cases: &[(&[u8], Option<&[u8]>)] = &[
            (b"USER x\r\n", None),
            (b"US\xff\xfb\x01ER\r\n", Some(b"USER\r\n")),
            (b"\xff\xf1USER\xff\xff\r\n", Some(b"USER\xff\r\n")),
            (b"a\xff\xfa\x18\x00vt100\xff\xf0b", Some(b"ab")),
            (b"a\xff", Some(b"a")),
        ];
        for (data, want) in cases {
            assert_eq!(without_codes(data).as_deref(), *want, "{data:?}");
        }
    }

    #[test]
    fn a_pdu_ends_at_the_last_line_or_command() {
        let cases: &[(&[u8], Option<usize>)] = &[
            (b"abc", None),
            (b"a\r\nb\r\nc", Some(6)),
            (b"\xff\xfd\x01login", Some(3)),
            (b"\xff\xfd\x01login\r\n", Some(10)),
            (b"\xff\xfa\x18\r\n", None),
            (b"x\n\xff\xfa\x18\r\n", Some(2)),
        ];
        for (piece, want) in cases {
            assert_eq!(CodeSplitter::default().take(piece), *want, "{piece:?}");
        }
    }
}

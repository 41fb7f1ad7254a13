//! Where start line and headers, and trailers, end: at the blank line, found without parsing what stands before it.

use flow::Side;
use memchr::{memchr, memchr_iter};

use super::line_feeds::LineFeeds;
use super::start_line::{self, Start};

/// Most octets of a start line with its headers, or of trailers.
pub(crate) const MAX_HEAD: usize = 63_780;

/// What a piece of a direction says about the end of its header block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    More,
    /// The block ends behind that many octets of the piece.
    End(usize),
    /// Not HTTP, or nothing that a server would read as HTTP.
    Foreign,
    /// Longer than [`MAX_HEAD`].
    TooLong,
}

/// How far the search for the end of a block is.
#[derive(Debug, Default)]
pub(crate) struct BlockEnd {
    /// The start line so far, where it began in an earlier piece.
    start_line: Vec<u8>,
    /// Behind the start line.
    in_lines: bool,
    /// Only CRs since the last LF: another LF ends the block.
    blank: bool,
    /// CRs at the end of what was seen, two or more alike.
    crs: usize,
    line_feeds: LineFeeds,
}

impl BlockEnd {
    /// Ready for the next message.
    pub fn restart(&mut self) {
        self.start_line.clear();
        self.line_feeds.clear();
        (self.in_lines, self.blank, self.crs) = (false, false, 0);
    }

    /// Ready for trailers, which have no start line and may be empty.
    pub fn restart_as_trailers(&mut self) {
        self.restart();
        (self.in_lines, self.blank) = (true, true);
    }

    /// The line ends met since the last restart.
    pub fn line_feeds(&self) -> &LineFeeds {
        &self.line_feeds
    }

    /// Looks at the next piece of a block of which `pending` octets went before.
    pub fn find(&mut self, side: Side, piece: &[u8], pending: usize) -> Cut {
        let from = if self.in_lines {
            0
        } else {
            match self.start_line(side, piece, pending) {
                Ok(from) => from,
                Err(Cut::More) if pending + piece.len() > MAX_HEAD => return Cut::TooLong,
                Err(cut) => return cut,
            }
        };
        match self.blank_line(piece, from, pending) {
            Some(end) if pending + end <= MAX_HEAD => Cut::End(end),
            None if pending + piece.len() <= MAX_HEAD => Cut::More,
            _ => Cut::TooLong,
        }
    }

    /// Octets of the piece up to the end of the start line; as an error what is to be answered without going on.
    fn start_line(&mut self, side: Side, piece: &[u8], pending: usize) -> Result<usize, Cut> {
        let from = if self.start_line.is_empty() { start_line::leading_blanks(piece) } else { 0 };
        let Some(lf) = memchr(b'\n', &piece[from..]).map(|n| from + n) else {
            self.start_line.extend_from_slice(&piece[from..]);
            return Err(judge(side, &self.start_line));
        };
        self.line_feeds.note(pending + lf);
        let verdict = if self.start_line.is_empty() {
            whole(side, &piece[from..lf])
        } else {
            self.start_line.extend_from_slice(&piece[from..lf]);
            whole(side, &self.start_line)
        };
        (self.in_lines, self.blank, self.crs) = (true, true, 0);
        self.start_line.clear();
        match verdict {
            Cut::More => Ok(lf + 1),
            Cut::End(_) => Err(Cut::End(lf + 1)),
            other => Err(other),
        }
    }

    /// Octets up to the end of the blank line. A lone CR before CRLF counts as a line end too, and so makes one.
    fn blank_line(&mut self, piece: &[u8], from: usize, pending: usize) -> Option<usize> {
        let mut at = from;
        for lf in memchr_iter(b'\n', &piece[from..]).map(|n| from + n) {
            self.see(&piece[at..lf]);
            if self.blank || self.crs >= 2 {
                return Some(lf + 1);
            }
            self.line_feeds.note(pending + lf);
            (self.blank, self.crs, at) = (true, 0, lf + 1);
        }
        self.see(&piece[at..]);
        None
    }

    /// Notes how what was seen ends, after further bytes without LF.
    fn see(&mut self, bytes: &[u8]) {
        let crs = bytes.iter().rev().take_while(|&&b| b == b'\r').count();
        if crs == bytes.len() {
            self.crs = (self.crs + crs).min(2);
        } else {
            (self.blank, self.crs) = (false, crs.min(2));
        }
    }
}

/// Judges the beginning of a start line.
fn judge(side: Side, line: &[u8]) -> Cut {
    let start = match side {
        Side::Client => start_line::request_start(line),
        Side::Server => start_line::status_start(line),
    };
    if start == Start::Plausible { Cut::More } else { Cut::Foreign }
}

/// Judges a whole start line: `More` for headers follow, `End` for HTTP/0.9, which has none.
fn whole(side: Side, line: &[u8]) -> Cut {
    let line = &line[..start_line::line_end(line, 0).0];
    match (judge(side, line), side) {
        (Cut::More, Side::Server) => {
            if line.len() >= 5 {
                Cut::More
            } else {
                Cut::Foreign
            }
        }
        // HTTP/2 on a connection that began as HTTP/1.
        (Cut::More, Side::Client) if line.starts_with(b"PRI * HTTP/2") => Cut::Foreign,
        (Cut::More, Side::Client) => match start_line::request(line) {
            Some(request) if request.version.len() > 0 => Cut::More,
            Some(_) => Cut::End(0),
            None => Cut::Foreign,
        },
        (other, _) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(side: Side, data: &[u8], size: usize) -> (Cut, usize) {
        let (mut end, mut pending) = (BlockEnd::default(), 0);
        for piece in data.chunks(size) {
            match end.find(side, piece, pending) {
                Cut::More => pending += piece.len(),
                Cut::End(n) => return (Cut::End(0), pending + n),
                other => return (other, 0),
            }
        }
        (Cut::More, pending)
    }

    #[test]
    fn ends_do_not_depend_on_the_pieces() {
        use Side::{Client, Server};
        let found = Cut::End(0);
        let cases: [(Side, &str, (Cut, usize)); 21] = [
            (Client, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /", (found, 27)),
            (Client, "GET / HTTP/1.1\nHost: a\n\nGET /", (found, 24)),
            (Client, "GET / HTTP/1.1\r\n\r\nbody", (found, 18)),
            (Client, "\r\n \r\nGET / HTTP/1.1\r\n\r\n", (found, 23)),
            (Client, "GET / HTTP/1.1\r\nA: b\r\r\nC: d\r\n\r\n", (found, 23)),
            (Client, "GET / HTTP/1.1\r\nA: b\r\n \r\nC: d\r\n\r\n", (found, 33)),
            (Client, "GET / HTTP/1.1\r\nA: b\n\r\n", (found, 23)),
            (Client, "GET / HTTP/1.1\r\nA: b\n\r\r\n", (found, 24)),
            (Client, "GET / HTTP/1.1\rA: b\r\n\r\n", (found, 23)),
            (Client, "GET /old\r\nmore", (found, 10)),
            (Client, "GET / HTTP/1.1\r\nHost: a\r\n", (Cut::More, 25)),
            (Client, "\r\n\r\n", (Cut::More, 4)),
            (Client, "POST /old\r\n", (Cut::Foreign, 0)),
            (Client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (Cut::Foreign, 0)),
            (Client, "\x16\x03\x01", (Cut::Foreign, 0)),
            (Client, "Host: a\r\n", (Cut::Foreign, 0)),
            (Server, "HTTP/1.1 200 OK\r\nA: b\r\n\r\nx", (found, 25)),
            (Server, "http/1.1 200\n\n", (found, 14)),
            (Server, "SSH-2.0", (Cut::Foreign, 0)),
            (Server, "HTT\r\n\r\n", (Cut::Foreign, 0)),
            (Server, "plain answer", (Cut::Foreign, 0)),
        ];
        for (side, data, want) in cases {
            for size in [1, 2, 3, 5, 16, 100] {
                assert_eq!(find(side, data.as_bytes(), size), want, "{data:?} by {size}");
            }
        }
    }

    #[test]
    fn length_is_capped() {
        let lines = "A: b\r\n".repeat(20_000);
        let cases = [
            format!("GET / HTTP/1.1\r\n{lines}\r\n"),
            format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(70_000)),
            " ".repeat(70_000),
            "A".repeat(70_000),
        ];
        for data in cases {
            for size in [1000, 100_000] {
                let (cut, _) = find(Side::Client, data.as_bytes(), size);
                assert!(matches!(cut, Cut::TooLong | Cut::Foreign), "{:?}: {cut:?}", &data[..20]);
            }
        }
    }

    #[test]
    fn trailers_may_be_empty() {
        for (data, want) in [("\r\nGET", 2), ("\nGET", 1), ("A: b\r\n\r\nGET", 8)] {
            let mut end = BlockEnd::default();
            end.restart_as_trailers();
            assert_eq!(end.find(Side::Server, data.as_bytes(), 0), Cut::End(want), "{data:?}");
        }
    }
}

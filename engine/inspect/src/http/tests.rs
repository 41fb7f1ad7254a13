//! Whole conversations: which units of detection come of them, whatever the pieces they arrive in.

use flow::{Pdu, PduEnd, Scan, ScanAt, Side};

use super::{COUNTERS, HttpInspector};
use crate::flush_ring::FlushRing;
use crate::{BufferId, Inspection, Inspector, Section};

use BufferId::*;
use Section::{Body, Header, Trailer};
use Side::{Client, Server};

/// A unit of detection as a test keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unit {
    side: Side,
    section: Section,
    buffers: Vec<Vec<u8>>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    facts: [Vec<u8>; 3],
    file: (u64, u64),
}

impl Unit {
    fn of(side: Side, from: &Inspection<'_>) -> Self {
        let http = from.facts.http.unwrap();
        Self {
            side,
            section: from.section,
            buffers: BufferId::NAMES.iter().map(|(id, _)| from.buffers.get(*id).to_vec()).collect(),
            fields: http.fields.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect(),
            facts: [http.request_line, http.host, http.user_agent].map(<[u8]>::to_vec),
            file: (from.file_id, from.file_pos),
        }
    }

    fn get(&self, id: BufferId) -> String {
        self.buffers[id as usize].escape_ascii().to_string()
    }
}

/// The flow room in small: shows the pieces, gives the PDUs.
struct Flow {
    inspector: HttpInspector,
    pending: [Vec<u8>; 2],
    given_up: [bool; 2],
    units: Vec<Unit>,
}

impl Flow {
    fn new() -> Self {
        let inspector = HttpInspector::new(FlushRing::default());
        Self { inspector, pending: Default::default(), given_up: [false; 2], units: Vec::new() }
    }

    fn feed(&mut self, side: Side, data: &[u8], size: usize) {
        data.chunks(size).for_each(|piece| self.piece(side, piece));
    }

    fn piece(&mut self, side: Side, mut piece: &[u8]) {
        while !piece.is_empty() && !self.given_up[side as usize] {
            let pending = self.pending[side as usize].len();
            match self.inspector.scan(side, piece, ScanAt { pending, segments: 0, more: false }) {
                Some(Scan::Flush(n)) => {
                    assert!((1..=piece.len()).contains(&n), "flush {n} of {}", piece.len());
                    self.pending[side as usize].extend_from_slice(&piece[..n]);
                    self.pdu(side, PduEnd::Splitter);
                    piece = &piece[n..];
                }
                Some(_) => {
                    self.pending[side as usize].extend_from_slice(piece);
                    return;
                }
                None => self.given_up[side as usize] = true,
            }
        }
    }

    fn pdu(&mut self, side: Side, end: PduEnd) {
        let data = std::mem::take(&mut self.pending[side as usize]);
        let units = &mut self.units;
        self.inspector.inspect(side, &Pdu { data: &data, time: 0, sequence: 0, end }, &mut |unit| units.push(Unit::of(side, unit)));
    }

    fn close(&mut self) {
        for side in [Client, Server] {
            if !self.pending[side as usize].is_empty() && !self.given_up[side as usize] {
                self.pdu(side, PduEnd::Close);
            }
            self.inspector.close(side);
        }
    }
}

type Talk<'a> = [(Side, &'a [u8])];

fn run(talk: &Talk<'_>, size: usize) -> Flow {
    let mut flow = Flow::new();
    talk.iter().for_each(|(side, data)| flow.feed(*side, data, size));
    flow.close();
    flow
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What a unit must hold: its side, its section, and some buffers (empty text: the buffer is absent).
type Want<'a> = (Side, Section, &'a [(BufferId, &'a str)]);

fn check(name: &str, talk: &Talk<'_>, want: &[Want<'_>]) {
    for size in [1, 2, 3, 7, 20, 100_000] {
        let units = run(talk, size).units;
        let found: Vec<_> = units.iter().map(|u| (u.side, u.section)).collect();
        assert_eq!(found, want.iter().map(|w| (w.0, w.1)).collect::<Vec<_>>(), "{name} by {size}");
        for (unit, (_, section, buffers)) in units.iter().zip(want) {
            for (id, text) in *buffers {
                assert_eq!(unit.get(*id), text.as_bytes().escape_ascii().to_string(), "{name} by {size}: {section:?} {}", id.name());
            }
        }
    }
}

#[test]
fn which_buffer_holds_what() {
    let get = b"GET /p/a%74h?q=%41 HTTP/1.1\r\nHost: a\r\nUser-Agent: Tester\r\nCookie: c=1; d=%41\r\nX-Last: tail\r\n\r\n";
    let (line, uri) = ("GET /p/a%74h?q=%41 HTTP/1.1", "/p/ath?q=A");
    check(
        "a GET and its answer",
        &[(Client, get), (Server, OK)],
        &[
            (
                Client,
                Header,
                &[
                    (HttpMethod, "GET"),
                    (HttpUri, uri),
                    (HttpRawUri, "/p/a%74h?q=%41"),
                    (HttpVersion, "HTTP/1.1"),
                    (HttpRawRequest, line),
                    (HttpHeader, "Host: a\r\nUser-Agent: Tester\r\nX-Last: tail"),
                    (HttpRawHeader, "Host: a\r\nUser-Agent: Tester\r\nCookie: c=1; d=%41\r\nX-Last: tail"),
                    (RawData, "Host: a\r\nUser-Agent: Tester\r\nCookie: c=1; d=%41\r\nX-Last: tail"),
                    (HttpCookie, "c=1; d=A"),
                    (HttpRawCookie, "c=1; d=%41"),
                    (PktData, ""),
                    (FileData, ""),
                    (HttpClientBody, ""),
                    (HttpStatCode, ""),
                ],
            ),
            (
                Server,
                Header,
                &[
                    (HttpMethod, "GET"),
                    (HttpUri, uri),
                    (HttpRawRequest, line),
                    (HttpVersion, "HTTP/1.1"),
                    (HttpStatCode, "200"),
                    (HttpStatMsg, "OK"),
                    (HttpRawStatus, "HTTP/1.1 200 OK"),
                    (HttpHeader, "Content-Length: 2"),
                    (HttpCookie, ""),
                    (PktData, ""),
                    (FileData, ""),
                ],
            ),
            (
                Server,
                Body,
                &[
                    (HttpUri, uri),
                    (HttpStatCode, "200"),
                    (HttpHeader, "Content-Length: 2"),
                    (PktData, "ok"),
                    (FileData, "ok"),
                    (RawData, "ok"),
                ],
            ),
        ],
    );
}

#[test]
fn bodies_of_requests() {
    let post = b"POST /x HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 18\r\n\r\na=%41%2b+c&b=%2525";
    check(
        "normalized only as client body",
        &[(Client, post)],
        &[
            (Client, Header, &[(HttpUri, "/x")]),
            (
                Client,
                Body,
                &[(HttpClientBody, "a=A++c&b=%"), (PktData, "a=%41%2b+c&b=%2525"), (FileData, "a=%41%2b+c&b=%2525"), (HttpUri, "/x")],
            ),
        ],
    );
    check(
        "a form with files has no file",
        &[(Client, b"POST /up HTTP/1.1\r\nContent-Type: Multipart/Form-Data; boundary=B\r\nContent-Length: 5\r\n\r\n--B--")],
        &[(Client, Header, &[]), (Client, Body, &[(HttpClientBody, "--B--"), (PktData, "--B--"), (FileData, "")])],
    );
    check(
        "chunked with trailers",
        &[(
            Client,
            b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nX-T: %41\r\n\r\nGET /n HTTP/1.1\r\n\r\n",
        )],
        &[
            (Client, Header, &[]),
            (Client, Body, &[(HttpClientBody, "abcde"), (PktData, "abcde"), (RawData, "abcde")]),
            (Client, Trailer, &[(HttpTrailer, "X-T: A"), (HttpRawTrailer, "X-T: %41"), (PktData, ""), (HttpUri, "/")]),
            (Client, Header, &[(HttpUri, "/n"), (HttpHeader, "")]),
        ],
    );
    check(
        "cut off by the end of the flow",
        &[(Client, b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")],
        &[(Client, Header, &[]), (Client, Body, &[(HttpClientBody, "half")])],
    );
}

#[test]
fn responses() {
    let get: &[u8] = b"GET /r HTTP/1.1\r\nHost: a\r\n\r\n";
    let cookies = b"HTTP/1.1 404 Not Here\r\nServer: T1\r\nSet-Cookie: s=1\r\nSet-Cookie:  t=2\r\nContent-Length: 0\r\n\r\n";
    check(
        "cookies are cut out and joined",
        &[(Client, get), (Server, cookies)],
        &[
            (Client, Header, &[]),
            (
                Server,
                Header,
                &[
                    (HttpStatCode, "404"),
                    (HttpStatMsg, "Not Here"),
                    (HttpCookie, "s=1,t=2"),
                    (HttpHeader, "Server: T1\r\nContent-Length: 0"),
                ],
            ),
        ],
    );
    let body = |text: &'static str| -> [Want<'static>; 3] {
        let buffers: &'static [(BufferId, &'static str)] = Box::leak(Box::new([(FileData, text), (HttpUri, "/r")]));
        [(Client, Header, &[]), (Server, Header, &[]), (Server, Body, buffers)]
    };
    let deflated = b"x\x9c\xcbH\xcd\xc9\xc9WHIM\xcbI,IM\x01\x00(z\x05n";
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("chunked", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n world!\r\n0\r\n\r\n".into(), "hello world!"),
        ("until close", b"HTTP/1.1 200 OK\r\n\r\nall the rest".into(), "all the rest"),
        ("unknown coding", b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 12\r\n\r\nhello brotli".into(), "hello brotli"),
        (
            "deflate",
            [b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: 22\r\n\r\n".as_slice(), deflated].concat(),
            "hello deflated",
        ),
        ("utf-16", b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-16le\r\nContent-Length: 6\r\n\r\n<\0a\0>\0".into(), "<a>"),
        ("lone length is unreadable", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nrest".into(), "rest"),
        ("broken chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX".into(), "helloXX"),
    ];
    for (name, response, text) in cases {
        check(name, &[(Client, get), (Server, &response)], &body(Box::leak(text.to_owned().into_boxed_str())));
    }
}

#[test]
fn transactions() {
    let pipeline: &[u8] =
        b"GET /one HTTP/1.1\r\nHost: a\r\n\r\nHEAD /two HTTP/1.1\r\n\r\nPOST /three HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
    let answers = [OK, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", OK].concat();
    check(
        "answers meet their requests in order",
        &[(Client, pipeline), (Server, &answers)],
        &[
            (Client, Header, &[(HttpUri, "/one")]),
            (Client, Header, &[(HttpUri, "/two")]),
            (Client, Header, &[(HttpUri, "/three")]),
            (Client, Body, &[(HttpUri, "/three"), (HttpClientBody, "abc")]),
            (Server, Header, &[(HttpUri, "/one")]),
            (Server, Body, &[(HttpUri, "/one"), (FileData, "ok")]),
            (Server, Header, &[(HttpUri, "/two"), (HttpMethod, "HEAD")]),
            (Server, Header, &[(HttpUri, "/three"), (HttpStatCode, "100")]),
            (Server, Header, &[(HttpUri, "/three"), (HttpStatCode, "200")]),
            (Server, Body, &[(HttpUri, "/three")]),
        ],
    );
    check(
        "HTTP/0.9",
        &[(Client, b"GET /old\r\n"), (Server, b"HTML plain answer")],
        &[
            (Client, Header, &[(HttpUri, "/old"), (HttpVersion, ""), (HttpHeader, "")]),
            (Server, Body, &[(FileData, "HTML plain answer"), (PktData, "HTML plain answer"), (HttpUri, "/old"), (HttpStatCode, "")]),
        ],
    );
    check(
        "a tunnel is not followed",
        &[
            (Client, b"CONNECT h:443 HTTP/1.1\r\n\r\n"),
            (Server, b"HTTP/1.1 200 OK\r\n\r\n"),
            (Client, b"GET /in HTTP/1.1\r\n\r\n"),
            (Server, OK),
        ],
        &[(Client, Header, &[(HttpMethod, "CONNECT"), (HttpUri, "h:443")]), (Server, Header, &[(HttpMethod, "CONNECT")])],
    );
    check("an answer without request", &[(Server, OK)], &[(Server, Header, &[(HttpUri, "")]), (Server, Body, &[(FileData, "ok")])]);
}

#[test]
fn odd_lines() {
    type Held<'a> = &'a [(BufferId, &'a str)];
    let cases: [(&str, &[u8], Held<'_>); 6] = [
        ("bare LF", b"GET /lf HTTP/1.1\nHost: a\nX-B: c\n\n", &[(HttpUri, "/lf"), (HttpHeader, "Host: a\nX-B: c")]),
        (
            "leading newlines",
            b"\r\n\r\nGET /late HTTP/1.1\r\nHost: a\r\n\r\n",
            &[(HttpUri, "/late"), (HttpRawRequest, "GET /late HTTP/1.1")],
        ),
        ("folded", b"GET / HTTP/1.1\r\nX: one\r\n two\r\nY: z\r\n\r\n", &[(HttpHeader, "X: one\r\n two\r\nY: z")]),
        ("folded cookie", b"GET / HTTP/1.1\r\nCookie: a=1;\r\n\tb=2\r\nY: z\r\n\r\n", &[(HttpHeader, "Y: z"), (HttpCookie, "a=1; b=2")]),
        (
            "percent in headers",
            b"GET / HTTP/1.1\r\nX: a%41b+c%5cd\r\n\r\n",
            &[(HttpHeader, "X: aAb+c\\d"), (HttpRawHeader, "X: a%41b+c%5cd")],
        ),
        ("ends within the head", b"GET /cut HTTP/1.1\r\nHost: a\r\nX-", &[(HttpUri, "/cut"), (HttpHeader, "Host: a\r\nX-")]),
    ];
    for (name, request, want) in cases {
        check(name, &[(Client, request)], &[(Client, Header, want)]);
    }
    check("ends within the start line", &[(Client, b"GET /cut HTT")], &[(Client, Header, &[(HttpUri, "/cut HTT")])]);
    check("ends within a response's start line", &[(Server, b"HTTP/1.1 200")], &[]);
    for talk in [
        [(Client, b"\x16\x03\x01".as_slice())],
        [(Server, b"SSH-2.0-x\r\n")],
        [(Client, b"GET / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\nxx")],
    ] {
        assert_eq!(run(&talk, 3).given_up.iter().filter(|g| **g).count(), 1, "{talk:?}");
    }
}

#[test]
fn facts_of_a_transaction() {
    let request: &[u8] = b"GET /f HTTP/1.1\r\nHost: shop\r\nUser-Agent:  Two  Words \r\nX-F: a\r\n  b\r\nAccept: x\r\n\r\n";
    let units = run(&[(Client, request), (Server, OK)], 9).units;
    let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    assert_eq!(units[0].fields, [pair("Host", "shop"), pair("User-Agent", "Two Words"), pair("X-F", "a b"), pair("Accept", "x")]);
    assert_eq!(units[2].fields, [pair("Content-Length", "2")]);
    for unit in units {
        assert_eq!(unit.facts, ["GET /f HTTP/1.1", "shop", "Two  Words"].map(|s| s.as_bytes().to_vec()));
    }
}

#[test]
fn long_bodies_come_in_sections() {
    let body: Vec<u8> = (0..40_000u32).map(|i| (i / 7) as u8).collect();
    let plain = [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), &body].concat();
    let chunks: Vec<u8> = body.chunks(1000).flat_map(|c| [b"3e8\r\n", c, b"\r\n"].concat()).chain(*b"0\r\n\r\n").collect();
    let chunked = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".as_slice(), &chunks].concat();
    // The flush ring begins 128, 217, 189.
    let want = [16_320, 16_409, 40_000 - 16_320 - 16_409];
    for response in [plain, chunked] {
        for size in [1, 1460, 100_000] {
            let units = run(&[(Client, b"GET / HTTP/1.1\r\n\r\n"), (Server, &response)], size).units;
            let sections: Vec<_> = units.iter().filter(|u| u.section == Body).collect();
            assert_eq!(sections.iter().map(|u| u.buffers[FileData as usize].len()).collect::<Vec<_>>(), want, "by {size}");
            assert_eq!(sections.iter().flat_map(|u| u.buffers[FileData as usize].clone()).collect::<Vec<_>>(), body);
            assert_eq!(sections.iter().map(|u| u.file.1).collect::<Vec<_>>(), [0, 16_320, 16_320 + 16_409]);
        }
    }
}

#[test]
fn pipelining_is_capped() {
    let before = COUNTERS.too_many_pipelined.get();
    let flow = run(&[(Client, &b"GET / HTTP/1.1\r\n\r\n".repeat(200))], 64);
    assert_eq!(flow.units.len(), 100);
    assert!(flow.given_up[0] && COUNTERS.too_many_pipelined.get() > before);
}

#[test]
fn framing_without_end_is_flushed() {
    let endless = [b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;".as_slice(), &b"x".repeat(300_000)].concat();
    let mut flow = Flow::new();
    flow.feed(Client, &endless, 1000);
    assert!(flow.pending[0].len() <= super::splitter::MAX_HEAD, "{} octets pending", flow.pending[0].len());
}

#[test]
fn a_hole_ends_the_inspection_of_its_side() {
    let mut flow = Flow::new();
    flow.feed(Server, b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nfirst part ", 100);
    flow.pdu(Server, PduEnd::Gap);
    assert!(!flow.inspector.gap(Server));
    assert_eq!(flow.units.iter().map(|u| u.section).collect::<Vec<_>>(), [Header]);
}

#[test]
fn a_request_line_that_is_cut_off_is_a_request_unless_its_version_is_begun() {
    for (line, units) in [("GET /old", 1), ("GET /a foo", 1), ("GET /a HTTP/", 0), ("GET /a http/1.", 0), ("POST /a", 0), ("GE", 0)] {
        assert_eq!(run(&[(Client, line.as_bytes())], 100).units.len(), units, "{line}");
    }
}

#[test]
fn what_precedes_a_hole_takes_the_flush_points_that_its_body_would() {
    // How many values of the ring are gone when the hole comes and was read, by what came before it.
    for (side, before, gone) in [
        (Server, "HTTP/1.1 2", 1),
        (Server, "HTTP/1.1 200 OK\r\nContent-Le", 1),
        (Server, "HTTP/1.1 204 None\r\nContent-Le", 0),
        (Server, "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nfirst part", 2),
        (Client, "GET /index.ht", 0),
        (Client, "POST / HTTP/1.1\r\nHost: ", 0),
        (Client, "POST / HTTP/1.1\r\nContent-Length: 60\r\n\r\nfirst part", 2),
    ] {
        let ring = FlushRing::default();
        let mut flow = Flow { inspector: HttpInspector::new(ring.clone()), ..Flow::new() };
        flow.feed(side, before.as_bytes(), 7);
        flow.pdu(side, PduEnd::Gap);
        let expected = FlushRing::default();
        (0..gone).for_each(|_| _ = expected.draw());
        assert_eq!(ring.draw(), expected.draw(), "{before}");
    }
}

/// A generator with a fixed start (xorshift), so that every run is the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

const SCRAPS: [&[u8]; 40] = [
    b"GET ",
    b"POST ",
    b"HEAD ",
    b"CONNECT ",
    b"/a%41",
    b"//../",
    b"%2e",
    b"?q=",
    b"#",
    b"*",
    b"http://h",
    b" ",
    b"\t",
    b" HTTP/1.1",
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"HTTP/1.1 ",
    b"200 ",
    b"OK",
    b"100 ",
    b"304 ",
    b"Host: a\r\n",
    b"Cookie: a=1\r\n",
    b"Set-Cookie: %\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: x\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: deflate\r\n",
    b"Content-Type: text/html; charset=utf-16\r\n",
    b"5\r\nhello\r\n",
    b"0\r\n",
    b"ff\r\n",
    b";",
    b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
    b"\0",
    b"\xff\xfe",
    b"body",
];

#[test]
fn no_input_panics_and_pieces_do_not_matter() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..4000 {
        let mut text = [Vec::new(), Vec::new()];
        for _ in 0..dice.roll(40) {
            text[dice.roll(2)].extend_from_slice(SCRAPS[dice.roll(SCRAPS.len())]);
        }
        let begin = [[b"".as_slice(), b"POST / HTTP/1.1\r\n"], [b"", b"HTTP/1.1 200 OK\r\n"]];
        let talk: Vec<_> = [Client, Server].map(|side| [begin[side as usize][dice.roll(2)], &text[side as usize]].concat()).into();
        let talk = [(Client, talk[0].as_slice()), (Server, talk[1].as_slice())];
        let whole = run(&talk, usize::MAX);
        let pieces = run(&talk, 1 + dice.roll(9));
        assert_eq!(whole.given_up, pieces.given_up, "{}", talk[0].1.escape_ascii());
        assert_eq!(whole.units, pieces.units, "{} / {}", talk[0].1.escape_ascii(), talk[1].1.escape_ascii());
    }
}

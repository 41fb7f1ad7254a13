//! Whole connections: which units of detection come of them, whatever the pieces they arrive in.

use flow::{Pdu, PduEnd, Scan, ScanAt, Side};

use super::frame::{PREFACE, flag, kind};
use super::{COUNTERS, Http2Inspector};
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
    facts: [Vec<u8>; 2],
}

impl Unit {
    fn of(side: Side, from: &Inspection<'_>) -> Self {
        let buffers = BufferId::NAMES.iter().map(|(id, _)| from.buffers.get(*id).to_vec()).collect();
        let http = from.facts.http.unwrap();
        Self { side, section: from.section, buffers, facts: [http.request_line, http.host].map(<[u8]>::to_vec) }
    }
}

fn run(talk: &[(Side, Vec<u8>)], size: usize) -> (Vec<Unit>, [bool; 2]) {
    let mut inspector = Http2Inspector::new(FlushRing::default());
    let (mut pending, mut given_up, mut units) = ([Vec::new(), Vec::new()], [false; 2], Vec::new());
    let take = |inspector: &mut Http2Inspector, side, data: Vec<u8>, end, units: &mut Vec<Unit>| {
        inspector.inspect(side, &Pdu { data: &data, time: 0, sequence: 0, end }, &mut |unit| units.push(Unit::of(side, unit)));
    };
    for (side, data) in talk {
        for mut piece in data.chunks(size) {
            while !piece.is_empty() && !given_up[*side as usize] {
                let held = &mut pending[*side as usize];
                match inspector.scan(*side, piece, ScanAt { pending: held.len(), segments: 0, more: false }) {
                    Some(Scan::Flush(n)) => {
                        held.extend_from_slice(&piece[..n]);
                        piece = &piece[n..];
                        let data = std::mem::take(held);
                        take(&mut inspector, *side, data, PduEnd::Splitter, &mut units);
                    }
                    Some(_) => {
                        held.extend_from_slice(piece);
                        break;
                    }
                    None => given_up[*side as usize] = true,
                }
            }
        }
    }
    for side in [Client, Server] {
        let data = std::mem::take(&mut pending[side as usize]);
        if !data.is_empty() {
            take(&mut inspector, side, data, PduEnd::Close, &mut units);
        }
        inspector.drain(side, &mut |unit| units.push(Unit::of(side, unit)));
        inspector.close(side);
    }
    (units, given_up)
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header block of literals without indexing.
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let string = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    fields.iter().flat_map(|(name, value)| [vec![0], string(name), string(value)].concat()).collect()
}

fn headers(stream: u32, end: u8, fields: &[(&str, &str)]) -> Vec<u8> {
    frame(kind::HEADERS, flag::END_HEADERS | end, stream, &block(fields))
}

fn data(stream: u32, end: u8, content: &[u8]) -> Vec<u8> {
    frame(kind::DATA, end, stream, content)
}

const END: u8 = flag::END_STREAM;

type Want<'a> = (Side, Section, &'a [(BufferId, &'a str)]);

fn check(name: &str, talk: &[(Side, Vec<u8>)], want: &[Want<'_>]) {
    for size in [1, 2, 5, 9, 30, 100_000] {
        let (units, _) = run(talk, size);
        let found: Vec<_> = units.iter().map(|u| (u.side, u.section)).collect();
        assert_eq!(found, want.iter().map(|w| (w.0, w.1)).collect::<Vec<_>>(), "{name} by {size}");
        for (unit, (_, section, buffers)) in units.iter().zip(want) {
            for (id, text) in *buffers {
                let got = unit.buffers[*id as usize].escape_ascii().to_string();
                assert_eq!(got, text.as_bytes().escape_ascii().to_string(), "{name} by {size}: {section:?} {}", id.name());
            }
        }
    }
}

const GET: [(&str, &str); 4] = [(":method", "GET"), (":scheme", "http"), (":path", "/a%2fb?q=%41"), (":authority", "shop")];
const POST: [(&str, &str); 4] = [(":method", "POST"), (":path", "/p"), ("cookie", "c=1"), ("x-a", "b%41")];
const OK: [(&str, &str); 2] = [(":status", "200"), ("server", "T1")];

#[test]
fn the_same_buffers_as_http_1() {
    let client = [PREFACE.to_vec(), frame(4, 0, 0, &[]), headers(1, END, &GET)].concat();
    let server = [frame(4, 0, 0, &[]), headers(1, 0, &OK), data(1, 0, b"hel"), data(1, END, b"lo")].concat();
    check(
        "a GET and its answer",
        &[(Client, client), (Server, server)],
        &[
            (
                Client,
                Header,
                &[
                    (HttpMethod, "GET"),
                    (HttpUri, "/a/b?q=A"),
                    (HttpRawUri, "http://shop/a%2fb?q=%41"),
                    (HttpHeader, ""),
                    (HttpRawRequest, "GET http://shop/a%2fb?q=%41 HTTP/2.0"),
                    (PktData, ""),
                ],
            ),
            (Server, Header, &[(HttpStatCode, "200"), (HttpHeader, "server: T1"), (HttpUri, "/a/b?q=A")]),
            (Server, Body, &[(FileData, "hello"), (PktData, ""), (HttpStatCode, "200"), (HttpUri, "/a/b?q=A")]),
        ],
    );
    let client = [PREFACE.to_vec(), headers(1, 0, &POST), data(1, 0, b"a=%41"), headers(1, END, &[("x-t", "%42")])].concat();
    check(
        "a POST with trailers",
        &[(Client, client)],
        &[
            (Client, Header, &[(HttpHeader, "x-a: bA"), (HttpCookie, "c=1"), (HttpUri, "/p")]),
            (Client, Body, &[(HttpClientBody, "a=A"), (FileData, "a=%41"), (HttpUri, "/p")]),
            (Client, Trailer, &[(HttpTrailer, "x-t: B"), (HttpUri, "/p")]),
        ],
    );
}

#[test]
fn facts_of_an_exchange() {
    let server = [headers(1, 0, &OK), data(1, END, b"x")].concat();
    let (units, _) = run(&[(Client, headers(1, END, &GET)), (Server, server)], 7);
    assert_eq!(units.len(), 3);
    for unit in units {
        assert_eq!(unit.facts, ["GET http://shop/a%2fb?q=%41 HTTP/2.0", "shop"].map(|s| s.as_bytes().to_vec()));
    }
}

#[test]
fn streams_interleave() {
    let client = [headers(1, 0, &POST), headers(3, 0, &GET), data(1, 0, b"one"), data(3, END, b"three"), data(1, END, b" more")].concat();
    let server = [headers(3, END, &OK), headers(1, 0, &[(":status", "100")]), headers(1, END, &OK)].concat();
    check(
        "two requests",
        &[(Client, client), (Server, server)],
        &[
            (Client, Header, &[(HttpUri, "/p")]),
            (Client, Header, &[(HttpUri, "/a/b?q=A")]),
            (Client, Body, &[(HttpUri, "/a/b?q=A"), (HttpClientBody, "three")]),
            (Client, Body, &[(HttpUri, "/p"), (HttpClientBody, "one more")]),
            (Server, Header, &[(HttpUri, "/a/b?q=A")]),
            (Server, Header, &[(HttpUri, "/p"), (HttpStatCode, "100")]),
            (Server, Header, &[(HttpUri, "/p"), (HttpStatCode, "200")]),
        ],
    );
}

#[test]
fn frames_in_other_dress() {
    let fields = block(&GET);
    let (front, back) = fields.split_at(20);
    let split = [frame(kind::HEADERS, END, 1, front), frame(kind::CONTINUATION, flag::END_HEADERS, 1, back)].concat();
    let padded =
        frame(kind::HEADERS, flag::END_HEADERS | flag::PADDED | flag::PRIORITY | END, 1, &[b"\x0301234", &fields[..], b"PPP"].concat());
    for (name, request) in [("continuation", split), ("padding and priority", padded)] {
        check(name, &[(Client, request)], &[(Client, Header, &[(HttpUri, "/a/b?q=A"), (HttpRawHeader, "")])]);
    }
    let padded = frame(kind::DATA, flag::PADDED | END, 1, b"\x02bodyPP");
    check(
        "padded data",
        &[(Client, [headers(1, 0, &POST), padded].concat())],
        &[(Client, Header, &[]), (Client, Body, &[(HttpClientBody, "body")])],
    );
    let promise = frame(kind::PUSH_PROMISE, flag::END_HEADERS, 1, &[&2u32.to_be_bytes()[..], &fields].concat());
    check(
        "a promised answer",
        &[(Server, [promise, headers(2, 0, &OK), data(2, END, b"pushed")].concat())],
        &[(Server, Header, &[(HttpUri, "/a/b?q=A")]), (Server, Body, &[(FileData, "pushed"), (HttpUri, "/a/b?q=A")])],
    );
    check(
        "the end of the flow within a body",
        &[(Client, [headers(1, 0, &POST), data(1, 0, b"held"), vec![0, 0, 9, 0, 0, 0, 0, 0, 1, b'+']].concat())],
        &[(Client, Header, &[]), (Client, Body, &[(HttpClientBody, "held+")])],
    );
    let grpc = [("content-type", "application/grpc"), (":method", "POST"), (":path", "/svc/call")];
    check(
        "messages of gRPC are given as they come",
        &[(Client, [headers(1, 0, &grpc), data(1, 0, b"first"), data(1, 0, b"second"), data(1, END, b"")].concat())],
        &[(Client, Header, &[]), (Client, Body, &[(FileData, "first")]), (Client, Body, &[(FileData, "second")])],
    );
}

#[test]
fn long_bodies_come_in_sections() {
    let body: Vec<u8> = (0..40_000u32).map(|i| (i / 7) as u8).collect();
    for frame_size in [1000, 16_384, 40_000] {
        let chunks = body.chunks(frame_size);
        let last = chunks.len() - 1;
        let frames: Vec<u8> = chunks.enumerate().flat_map(|(i, part)| data(1, if i == last { END } else { 0 }, part)).collect();
        for size in [1460, 100_000] {
            let (units, _) = run(&[(Client, headers(1, END, &GET)), (Server, [headers(1, 0, &OK), frames.clone()].concat())], size);
            let sections: Vec<_> = units.iter().filter(|u| u.section == Body).map(|u| u.buffers[FileData as usize].clone()).collect();
            // The flush ring begins 128, 217.
            assert_eq!(
                sections.iter().map(Vec::len).collect::<Vec<_>>(),
                [16_320, 16_409, 40_000 - 16_320 - 16_409],
                "{frame_size} {size}"
            );
            assert!(sections.concat() == body);
        }
    }
}

#[test]
fn caps_hold() {
    let many: Vec<u8> = (0..300).flat_map(|n| headers(2 * n + 1, 0, &POST)).collect();
    let before = (COUNTERS.too_many_streams.get(), COUNTERS.http2_broken.get(), COUNTERS.data_without_head.get());
    assert_eq!(run(&[(Client, many)], 1000).0.len(), 300, "every head is inspected");
    assert!(COUNTERS.too_many_streams.get() > before.0);
    for damage in [headers(1, 0, &[]).iter().copied().chain(frame(1, 4, 3, &[0xff; 20])).collect(), frame(1, 4, 1, &[0; 65_536])] {
        assert_eq!(run(&[(Client, [damage, headers(5, END, &GET)].concat())], 1000), (vec![], [true, false]));
    }
    assert!(COUNTERS.http2_broken.get() >= before.1 + 2);
    let endless = [frame(1, 0, 1, b""), frame(9, 0, 1, &[0; 60_000]), frame(9, 0, 1, &[0; 60_000]), headers(1, END, &GET)].concat();
    assert_eq!(run(&[(Client, endless)], 1000).1, [true, false], "a header block without end");
    assert!(run(&[(Client, data(7, END, b"x"))], 3).0.is_empty());
    assert!(COUNTERS.data_without_head.get() > before.2);
}

#[test]
fn held_sections_are_capped() {
    let heads: Vec<u8> = (0..100).flat_map(|n| headers(2 * n + 1, 0, &POST)).collect();
    let bodies: Vec<u8> = (0..100).flat_map(|n| data(2 * n + 1, 0, &[b'x'; 16_000])).collect();
    let mut inspector = Http2Inspector::new(FlushRing::default());
    for mut piece in [heads, bodies].concat().chunks(65_536) {
        let mut pending = Vec::new();
        while let Some(Scan::Flush(n)) = inspector.scan(Client, piece, ScanAt { pending: pending.len(), segments: 0, more: false }) {
            pending.extend_from_slice(&piece[..n]);
            inspector.inspect(Client, &Pdu { data: &pending, time: 0, sequence: 0, end: PduEnd::Splitter }, &mut |_| {});
            (pending, piece) = (Vec::new(), &piece[n..]);
            let held: usize = inspector.streams.iter().map(super::Stream::held).sum();
            assert!(held <= super::MAX_HELD, "{held} octets held");
        }
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

#[test]
fn no_input_panics_and_pieces_do_not_matter() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..3000 {
        let mut talk = vec![(Client, PREFACE.to_vec())];
        for _ in 0..dice.roll(20) {
            let (side, stream) = ([Client, Server][dice.roll(2)], dice.roll(4) as u32);
            let fields = [&GET[..], &POST, &OK, &[("content-encoding", "gzip")], &[]][dice.roll(5)];
            let flags = dice.roll(64) as u8;
            let payload = match dice.roll(4) {
                0 => (0..dice.roll(30)).map(|_| dice.roll(256) as u8).collect(),
                1 => b"content of a frame".to_vec(),
                _ => block(fields),
            };
            talk.push((side, frame(dice.roll(11) as u8, flags, stream, &payload)));
        }
        let whole = run(&talk, usize::MAX);
        let pieces = run(&talk, 1 + dice.roll(9));
        assert_eq!(whole, pieces, "{talk:?}");
    }
}

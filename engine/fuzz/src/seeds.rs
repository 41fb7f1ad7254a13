//! What fuzzing starts with, all of it made here or by the builder of the inspectors' tests.

use flow::Side;
use inspect::Service;

use crate::packets::{ipv4, segment};
use crate::streams::{SERVER, frame, number_of};
use conversations::CONVERSATIONS;

/// The short conversations that the inspectors' own tests use.
#[path = "../../inspect/tests/support/conversations.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "tests read more of it")]
mod conversations;

const OWN_RULES: &str = include_str!("every_option.rules");

/// The seeds of a target; none where there is no such target.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "frame" => frames(),
        "fragment" => fragments(),
        "tcp" => segments(),
        "http1" => http().map(|talk| encode(&talk)).into(),
        "http2" => vec![encode(&http2())],
        "hpack" => [&b"\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"[..], b"\x40\x01a\x01b\xbe\x3f\xe1\x1f"]
            .map(|block| [&[0, block.len() as u8], block].concat())
            .into(),
        "mime" => mails().map(|mail| [&[70], mail].concat()).into(),
        "mail" => numbered(&[Service::Smtp, Service::Imap, Service::Pop3]),
        "ftp" => of_service(Service::Ftp),
        "smb" => [of_service(Service::NetbiosSsn), vec![encode(&smb())]].concat(),
        "dce" => of_service(Service::Dcerpc),
        "dns" => of_service(Service::Dns),
        "tls" => of_service(Service::Ssl),
        "sip" => of_service(Service::Sip),
        "others" => numbered(&CONVERSATIONS.iter().map(|talk| talk.service).collect::<Vec<_>>()),
        "wizard" => wizard(),
        "ber" => vec![b"\x30\x0b\x02\x01\x05\x04\x03abc\xa0\x01\0".to_vec(), b"\x1f\x81\x01\x01a\xa0\x02\x04\0".to_vec()],
        "options" => vec![b"ABC\0\x04CD\0\x02AB".to_vec(), b"key=QUJDRA==\r\nHost: abab".to_vec(), b"\x30\x05\x04\x03abc 7 0x10".to_vec()],
        "rules" => OWN_RULES.lines().map(|line| line.as_bytes().to_vec()).collect(),
        "capture" => captures(),
        "engine" => engine(),
        _ => vec![],
    }
}

/// Turns as [`crate::streams::turns`] reads them.
fn encode(turns: &[(Side, &[u8])]) -> Vec<u8> {
    let one = |(side, octets): &(Side, &[u8])| {
        let octets = &octets[..octets.len().min(2047)];
        let control = if *side == Side::Server { SERVER } else { 0 } | ((octets.len() >> 8) as u8) << 4;
        [&[control, octets.len() as u8], octets].concat()
    };
    turns.iter().flat_map(one).collect()
}

fn of_service(service: Service) -> Vec<Vec<u8>> {
    CONVERSATIONS.iter().filter(|talk| talk.service == service).map(|talk| encode(talk.turns)).collect()
}

/// With the first byte that says which protocol it is.
fn numbered(services: &[Service]) -> Vec<Vec<u8>> {
    let numbered = |service: &Service| {
        let number = number_of(*service)?;
        Some(of_service(*service).into_iter().map(move |turns| [&[number], &turns[..]].concat()))
    };
    services.iter().filter_map(numbered).flatten().collect()
}

fn http() -> [Vec<(Side, &'static [u8])>; 3] {
    use Side::{Client, Server};
    [
        vec![
            (Client, b"POST /a%2e/b?id=1&x=%u0041 HTTP/1.1\r\nHost: h\r\nCookie: c=1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n"),
            (Server, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\x05\0\0\0"),
        ],
        vec![
            (Client, b"GET / HTTP/1.0\r\nA: b\r\n c\r\n\r\nHEAD http://h/x HTTP/1.1\r\n\r\nGET /old\r\n"),
            (Server, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-16le\r\n\r\na\0b\0"),
        ],
        vec![
            (Client, b"POST /up HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 70\r\n\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nx\r\n--B--"),
            (Server, b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n\x4b\x4c\x4a\x06\0abc\r\n0\r\n\r\n"),
        ],
    ]
}

/// A request and its answer; the octets live as long as the program, which is short.
fn http2() -> Vec<(Side, &'static [u8])> {
    let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(4, 0, 0, b"")[..]].concat();
    let request = [frame(1, 4, 1, b"\x83\x86\x84\x41\x01h"), frame(0, 1, 1, b"body=1")].concat();
    let answer = [frame(4, 0, 0, b""), frame(1, 4, 1, b"\x88"), frame(0, 9, 1, b"\x02file\0\0")].concat();
    [(Side::Client, preface), (Side::Client, request), (Side::Server, answer)].map(|(side, octets)| (side, &*Vec::leak(octets))).into()
}

fn mails() -> [&'static [u8]; 4] {
    [
        b"Content-Type: multipart/mixed; boundary=\"B\"\r\n\r\n--B\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--B--\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc\r\n",
        b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 f\r\n%:&5L;&\\\r\n`\r\nend\r\n",
        b"Subject: a\r\n folded\r\nContent-Type: multipart/alternative;\r\n boundary=B\r\n\r\n--B\r\n\r\n--B\r\n\r\nx\r\n--B--\r\n",
    ]
}

/// SMB 1 and 2: a write to a pipe, and a file that is read.
fn smb() -> Vec<(Side, &'static [u8])> {
    vec![
        (Side::Client, b"\0\0\0\x2f\xffSMB\x2f\0\0\0\0\x18\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\x0b\x03\x10\0\0"),
        (Side::Client, b"\0\0\0\x48\xfeSMB\x40\0\0\0\0\0\0\0\x09\0\x01\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x31\0\x70\0\x04\0\0\0"),
    ]
}

fn wizard() -> Vec<Vec<u8>> {
    let first = |talk: &conversations::Conversation| {
        let (side, octets) = talk.turns.first()?;
        let control = if *side == Side::Server { SERVER } else { 0 };
        Some([&[control, octets.len().min(255) as u8], &octets[..octets.len().min(255)]].concat())
    };
    CONVERSATIONS.iter().filter_map(first).collect()
}

/// A datagram of UDP to port 7777.
fn udp(payload: &[u8]) -> Vec<u8> {
    [&[0x9c, 0x40, 0x1e, 0x61, 0, 8 + payload.len() as u8, 0, 0], payload].concat()
}

fn frames() -> Vec<Vec<u8>> {
    let ping = ipv4(1, 2, 1, 1, 0, &[8, 0, 0, 0, 0, 7, 0, 1]);
    let ethernet = |kind: [u8; 2], inside: &[u8]| [&[0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2], &kind[..], inside].concat();
    let inner = ethernet([8, 0], &ping)[1..].to_vec();
    let to_port = |port: u16, inside: &[u8]| {
        let mut datagram = udp(inside);
        datagram[2..4].copy_from_slice(&port.to_be_bytes());
        ethernet([8, 0], &ipv4(1, 2, 17, 1, 0, &datagram))
    };
    let sixth = [&[0x60, 0, 0, 0, 0, 16, 0, 64][..], &[1; 32], &[58, 0, 1, 4, 0, 0, 0, 0, 128, 0, 0, 0, 0, 1, 0, 1]].concat();
    vec![
        ethernet([8, 0], &ping),
        ethernet([8, 0], &ipv4(1, 2, 6, 1, 0, &segment([1, 2], 2, 1, 0, b""))),
        ethernet([0x81, 0], &[&[0, 5, 0x88, 0xa8, 0, 6, 8, 0], &ping[..]].concat()),
        ethernet([0x88, 0x47], &[&[0, 1, 1, 64], &ping[..]].concat()),
        ethernet([0x88, 0x64], &[&[0x11, 0, 0, 1, 0, 30, 0, 0x21], &ping[..]].concat()),
        ethernet([0x86, 0xdd], &sixth),
        ethernet([8, 0], &ipv4(1, 2, 47, 1, 0, &[&[0, 0, 8, 0], &ping[..]].concat())),
        ethernet([8, 0], &ipv4(1, 2, 4, 1, 0, &ping)),
        ethernet(
            [8, 0],
            &ipv4(1, 2, 51, 1, 0, &[&[1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &ping[..]].concat()),
        ),
        to_port(4789, &[&[8, 0, 0, 0, 0, 0, 1, 0], &inner[..]].concat()),
        to_port(6081, &[&[0, 0, 0x65, 0x58, 0, 0, 1, 0], &inner[..]].concat()),
        to_port(2152, &[&[0x30, 0xff, 0, 28, 0, 0, 0, 1], &ping[..]].concat()),
        [&[1], &ping[..]].concat(),
    ]
}

fn fragments() -> Vec<Vec<u8>> {
    let one = |which: u8, more: bool, offset: u16, blocks: u8| {
        let word = if which & 0x80 == 0 { u16::from(more) << 13 | offset } else { offset << 3 | u16::from(more) };
        [&[which], &word.to_be_bytes()[..], &[0, blocks], &vec![b'a'; usize::from(blocks) * 8]].concat()
    };
    vec![
        [one(1, true, 0, 2), one(1, false, 2, 2)].concat(),
        [one(1, true, 2, 2), one(1, true, 0, 3), one(1, false, 4, 1)].concat(),
        [one(0x81, true, 0, 2), one(0x82, false, 1, 2), one(0x81, false, 2, 1)].concat(),
    ]
}

fn segments() -> Vec<Vec<u8>> {
    let one = |who: u8, flags: u8, seq: u16, ack: u16, octets: &[u8]| {
        let (seq, ack) = ((0x4000 + seq).to_be_bytes(), (0x4000 + ack).to_be_bytes());
        [&[who, flags, seq[0], seq[1], ack[0], ack[1], 0, octets.len() as u8], octets].concat()
    };
    let hello = [one(0, 2, 0, 0, b""), one(1, 0x12, 0, 1, b""), one(0, 0x10, 1, 1, b"")].concat();
    let talks: [&[Vec<u8>]; 4] = [
        &[one(0, 0x18, 1, 1, b"abc\ndef"), one(1, 0x10, 1, 8, b""), one(0, 0x11, 8, 1, b""), one(1, 0x11, 1, 9, b"")],
        &[one(0, 0x18, 5, 1, b"efgh\n"), one(0, 0x18, 1, 1, b"abcd"), one(0, 0x18, 3, 1, b"CDEF"), one(1, 0x10, 1, 10, b"")],
        &[one(0, 0x18, 9, 1, b"lost"), one(1, 0x18, 1, 13, b"!answer\n"), one(0, 0x14, 13, 9, b"")],
        &[],
    ];
    talks.map(|talk| [&hello[..], &talk.concat()].concat()).into()
}

/// A packet as pcap holds it, plain, and as pcapng holds it.
fn captures() -> Vec<Vec<u8>> {
    let ping = frames()[0][1..].to_vec();
    let length = (ping.len() as u32).to_le_bytes();
    let pcap = [&b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0"[..], &[0; 8], &length, &length, &ping].concat();
    let padded = ping.len().next_multiple_of(4);
    let total = (32 + padded as u32).to_le_bytes();
    let packet = [&b"\x06\0\0\0"[..], &total, &[0; 12], &length, &length, &ping, &vec![0; padded - ping.len()], &total].concat();
    let section = b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0";
    let interface = b"\x01\0\0\0\x14\0\0\0\x01\0\0\0\xff\xff\0\0\x14\0\0\0";
    vec![pcap, [&section[..], interface, &packet].concat()]
}

/// Steps as [`crate::engines::engine`] reads them.
fn engine() -> Vec<Vec<u8>> {
    let step = |what: u8, octets: &[u8]| [&[what, octets.len().min(255) as u8], &octets[..octets.len().min(255)]].concat();
    let talk = |turns: &[(Side, &[u8])], connection: u8| {
        let said = |(side, octets): &(Side, &[u8])| {
            let what = 0x41 | connection << 4 | if *side == Side::Server { 8 } else { 0 };
            octets.chunks(200).flat_map(|piece| step(what, piece)).collect::<Vec<u8>>()
        };
        let end = [step(4 | connection << 4, &[0x11]), step(4 | 8 | connection << 4, &[0x11])].concat();
        [vec![connection & 1], step(connection << 4, b""), turns.iter().flat_map(said).collect(), end].concat()
    };
    let mut seeds: Vec<Vec<u8>> = CONVERSATIONS.iter().map(|conversation| talk(conversation.turns, 3)).collect();
    seeds.extend(http().iter().map(|turns| talk(turns, 0)));
    seeds.push(talk(&http2(), 0));
    seeds.push([vec![0], step(5 | 1 << 4, b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04evil\0\0\x01\0\x01"), step(0x35, b"AB\0\x02C")].concat());
    let halves = udp(b"the needle in two.......");
    seeds.push(
        [vec![1], step(6, &[&[17, 0x20, 0][..], &halves[..16]].concat()), step(6, &[&[17, 0, 2][..], &halves[16..]].concat())].concat(),
    );
    seeds
        .push([vec![1], step(0x30, b""), step(0x33, b"\x90late"), step(0x31, b"early"), step(0x33, b"\x7eover"), step(0x79, b"")].concat());
    seeds
}

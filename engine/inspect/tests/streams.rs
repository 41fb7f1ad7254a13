//! What rules see of a conversation does not depend on how TCP cut it into segments.

#![allow(clippy::expect_used, reason = "forged messages are short")]

mod support;

use flow::Side;
use inspect::Service;
use support::conversations::{CONVERSATIONS, Conversation};
use support::{Cut, Stream, run};

fn longest_turn(conversation: &Conversation) -> usize {
    conversation.turns.iter().map(|(_, turn)| turn.len()).max().unwrap_or(0)
}

fn with_pdus_of_their_own() -> impl Iterator<Item = &'static Conversation> {
    CONVERSATIONS.iter().filter(|conversation| !conversation.seen.is_empty())
}

#[test]
fn each_message_is_seen_with_its_buffers() {
    for conversation in with_pdus_of_their_own() {
        let stream = run(conversation.service, conversation.turns, Cut::Whole);
        let seen: Vec<_> = stream.units.iter().map(|unit| unit.text.as_str()).collect();
        assert_eq!(seen, conversation.seen, "{}", conversation.name);
    }
}

#[test]
fn every_cut_gives_the_same_units() {
    for conversation in with_pdus_of_their_own() {
        let whole = run(conversation.service, conversation.turns, Cut::Whole).units;
        for cut in Cut::all(longest_turn(conversation)) {
            let units = run(conversation.service, conversation.turns, cut).units;
            assert_eq!(units, whole, "{} {cut:?}", conversation.name);
        }
    }
}

fn joined(stream: &Stream, side: Side) -> Vec<u8> {
    stream.units.iter().filter(|unit| unit.side == side).flat_map(|unit| unit.raw.clone()).collect()
}

/// Where PDUs depend on the segments, no octet is lost, doubled or moved.
#[test]
fn every_cut_gives_every_octet_once() {
    for conversation in CONVERSATIONS {
        for cut in Cut::all(longest_turn(conversation)) {
            let stream = run(conversation.service, conversation.turns, cut);
            for side in [Side::Client, Side::Server] {
                let sent: Vec<u8> = conversation.turns.iter().filter(|(by, _)| *by == side).flat_map(|(_, turn)| turn.to_vec()).collect();
                // A call put together from fragments is a unit besides.
                assert_eq!(
                    joined(&stream, side).escape_ascii().to_string(),
                    sent.escape_ascii().to_string(),
                    "{} {cut:?}",
                    conversation.name
                );
            }
        }
    }
}

#[test]
fn tls_tells_the_same_states_however_it_is_cut() {
    let tls = CONVERSATIONS.iter().find(|conversation| conversation.service == Service::Ssl).expect("there is one");
    let told = |cut| {
        let units = run(Service::Ssl, tls.turns, cut).units;
        let states = [Side::Client, Side::Server].map(|side| units.iter().filter(|u| u.side == side).fold(0, |all, u| all | u.ssl_states));
        let encrypted: Vec<u8> = units.iter().filter(|u| u.encrypted).flat_map(|u| u.raw.clone()).collect();
        (states, units.last().map(|u| u.ssl_versions), encrypted)
    };
    for cut in Cut::all(longest_turn(tls)) {
        assert_eq!(told(cut), told(Cut::Whole), "{cut:?}");
    }
}

#[test]
fn text_before_tls_is_searched_and_what_follows_is_not_text() {
    type Case = (Service, &'static [(Side, &'static [u8])]);
    let cases: &[Case] = &[
        (Service::Smtp, &[(Side::Client, b"STARTTLS\r\n"), (Side::Server, b"220 go\r\n")]),
        (Service::Imap, &[(Side::Client, b"a STARTTLS\r\n"), (Side::Server, b"a OK go\r\n")]),
        (Service::Pop3, &[(Side::Client, b"STLS\r\n"), (Side::Server, b"+OK go\r\n")]),
        (Service::Ftp, &[(Side::Client, b"AUTH TLS\r\n"), (Side::Server, b"234 go\r\n")]),
    ];
    let hello: &[u8] = b"\x16\x03\x01\0\x06\x01\0\0\x02\x03\x03";
    for (service, turns) in cases {
        for cut in [Cut::Whole, Cut::Every(1)] {
            let turns = [turns, &[(Side::Client, hello)][..]].concat();
            let stream = run(*service, &turns, cut);
            let last = stream.units.last().expect("the hello is seen");
            assert_eq!(last.raw, hello, "{} {cut:?}", service.name());
            assert!(stream.units.iter().all(|unit| !unit.encrypted), "{} {cut:?}", service.name());
        }
    }
}

/// A little-endian request on TCP of call 2, context 0, operation 7.
fn request(flags: u8, stub: &[u8]) -> Vec<u8> {
    let length = u8::try_from(24 + stub.len()).expect("a short stub");
    let header = [5, 0, 0, flags, 0x10, 0, 0, 0, length, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 7, 0];
    [&header[..], stub].concat()
}

/// An SMB message behind its NetBIOS length that transacts `octets` on pipe 5 (SMB 1).
fn transaction(octets: &[u8]) -> Vec<u8> {
    const DATA: u8 = 32 + 1 + 32 + 2;
    let mut message = vec![0; usize::from(DATA)];
    message[..5].copy_from_slice(b"\xffSMB\x25");
    message[32] = 16;
    let length = u8::try_from(octets.len()).expect("a short write");
    for (word, value) in [(11, length), (12, DATA), (14, 0x26), (15, 5)] {
        message[33 + 2 * word] = value;
    }
    message.extend_from_slice(octets);
    [&[0, 0, 0, u8::try_from(message.len()).expect("a short message")], &message[..]].concat()
}

const FIRST: u8 = 1;
const LAST: u8 = 2;

fn stubs(stream: &Stream) -> Vec<&str> {
    stream.units.iter().filter_map(|unit| unit.text.split_once(" dce_stub_data=")).map(|(_, stub)| stub).collect()
}

#[test]
fn a_call_in_fragments_is_seen_by_fragment_and_whole() {
    let parts = [request(FIRST, b"one "), request(0, b"two "), request(LAST, b"three")];
    let want = [
        "one  interface= opnum=Some(7)",
        "two  interface= opnum=Some(7)",
        "three interface= opnum=Some(7)",
        "one two three interface= opnum=Some(7)",
    ];
    let on_tcp: Vec<(Side, &[u8])> = parts.iter().map(|part| (Side::Client, &part[..])).collect();
    let messages: Vec<Vec<u8>> = parts.iter().map(|part| transaction(part)).collect();
    let on_smb: Vec<(Side, &[u8])> = messages.iter().map(|message| (Side::Client, &message[..])).collect();
    for (service, turns) in [(Service::Dcerpc, on_tcp), (Service::NetbiosSsn, on_smb)] {
        for cut in Cut::all(110) {
            assert_eq!(stubs(&run(service, &turns, cut)), want, "{} {cut:?}", service.name());
        }
    }
}

#[test]
fn a_pdu_that_two_writes_to_a_pipe_carry_is_seen_whole() {
    let pdu = request(FIRST | LAST, b"stub");
    let writes = [transaction(&pdu[..20]), transaction(&pdu[20..])];
    let turns: Vec<(Side, &[u8])> = writes.iter().map(|write| (Side::Client, &write[..])).collect();
    let stream = run(Service::NetbiosSsn, &turns, Cut::Whole);
    assert_eq!(stubs(&stream), ["stub interface= opnum=Some(7)"]);
    assert_eq!(stream.units.last().expect("it is seen").raw, pdu);
}

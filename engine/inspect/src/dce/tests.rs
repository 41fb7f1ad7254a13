//! What rules see of DCE/RPC calls, whatever carries them.

use flow::{Pdu, PduEnd, Scan, ScanAt, Side};

use super::{DceInspector, SmbInspector};
use crate::buffer::BufferId;
use crate::inspector::{Inspection, Inspector};

const FIRST: u8 = 1;
const LAST: u8 = 2;
const WHOLE: u8 = FIRST | LAST;
const BIND: u8 = 11;
const BIND_ACK: u8 = 12;

/// 11223344-5566-7788-99aa-bbccddeeff00 as rules write it.
const INTERFACE: [u8; 16] = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0];

/// Name, messages, what their units show.
type Sent<'a> = (&'a str, &'a [Vec<u8>], &'a [&'a str]);

fn pdu(kind: u8, flags: u8, call: u8, body: &[u8]) -> Vec<u8> {
    let length = 16 + body.len() as u16;
    let mut pdu = vec![5, 0, kind, flags, 0x10, 0, 0, 0, length as u8, (length >> 8) as u8, 0, 0, call, 0, 0, 0];
    pdu.extend_from_slice(body);
    pdu
}

fn interface_on_the_wire() -> [u8; 16] {
    let mut uuid = INTERFACE;
    uuid[..4].reverse();
    uuid[4..6].reverse();
    uuid[6..8].reverse();
    uuid
}

/// Proposes [`INTERFACE`] as context `context`.
fn bind(context: u8) -> Vec<u8> {
    let body = [&[0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, context, 0, 1, 0][..], &interface_on_the_wire(), &[0; 20]].concat();
    pdu(BIND, WHOLE, 1, &body)
}

/// Answers the only proposal; 0 accepts.
fn bind_ack(result: u8) -> Vec<u8> {
    let body = [&[0; 8][..], &[4, 0], b"135\0", &[0, 0], &[1, 0, 0, 0], &[result, 0, 0, 0], &[0; 20]].concat();
    pdu(BIND_ACK, WHOLE, 1, &body)
}

fn request(flags: u8, call: u8, context: u8, opnum: u8, stub: &[u8]) -> Vec<u8> {
    pdu(0, flags, call, &[&[0, 0, 0, 0, context, 0, opnum, 0][..], stub].concat())
}

/// Opnum, interface known, first fragment and stub of a unit.
fn shown(inspection: &Inspection<'_>) -> String {
    let stub = inspection.buffers.get(BufferId::DceStubData).escape_ascii().to_string();
    let Some(dce) = inspection.facts.dce else { return "-".into() };
    let interface = dce.interface == Some(INTERFACE);
    format!("{stub} opnum={:?} bound={interface} first={} big={}", dce.opnum, dce.first_fragment, dce.big_endian)
}

fn inspect(inspector: &mut dyn Inspector, side: Side, data: &[u8]) -> Vec<String> {
    let mut units = Vec::new();
    inspector.inspect(side, &Pdu { data, time: 0, sequence: 0, end: PduEnd::Splitter }, &mut |unit| units.push(shown(unit)));
    units
}

#[test]
fn a_call_shows_its_interface_operation_and_stub() {
    use Side::{Client, Server};
    /// Name, PDUs, what their units show.
    type Case = (&'static str, Vec<(Side, Vec<u8>)>, &'static [&'static str]);
    let cases: [Case; 6] = [
        (
            "bound",
            vec![(Client, bind(4)), (Server, bind_ack(0)), (Client, request(WHOLE, 2, 4, 7, b"stub"))],
            &["-", "-", "stub opnum=Some(7) bound=true first=true big=false"],
        ),
        (
            "refused",
            vec![(Client, bind(4)), (Server, bind_ack(2)), (Client, request(WHOLE, 2, 4, 7, b"stub"))],
            &["-", "-", "stub opnum=Some(7) bound=false first=true big=false"],
        ),
        (
            "another context",
            vec![(Client, bind(4)), (Client, request(WHOLE, 2, 5, 7, b"stub"))],
            &["-", "stub opnum=Some(7) bound=false first=true big=false"],
        ),
        (
            "fragments",
            vec![(Client, bind(4)), (Client, request(FIRST, 2, 4, 7, b"st")), (Client, request(LAST, 2, 4, 7, b"ub"))],
            &[
                "-",
                "st opnum=Some(7) bound=true first=true big=false",
                "ub opnum=Some(7) bound=true first=false big=false",
                "stub opnum=Some(7) bound=true first=true big=false",
            ],
        ),
        (
            "the last fragment of another call",
            vec![(Client, request(FIRST, 2, 4, 7, b"st")), (Client, request(LAST, 3, 4, 7, b"ub"))],
            &["st opnum=Some(7) bound=false first=true big=false", "ub opnum=Some(7) bound=false first=false big=false"],
        ),
        (
            "a response to the call before",
            vec![(Client, bind(4)), (Client, request(WHOLE, 2, 4, 7, b"stub")), (Server, pdu(2, WHOLE, 2, b"\0\0\0\0\x04\0\0\0answer"))],
            &["-", "stub opnum=Some(7) bound=true first=true big=false", "answer opnum=Some(7) bound=true first=true big=false"],
        ),
    ];
    for (name, pdus, want) in cases {
        let mut inspector = DceInspector::default();
        let got: Vec<_> = pdus.iter().flat_map(|(side, data)| inspect(&mut inspector, *side, data)).collect();
        assert_eq!(got, want, "{name}");
    }
}

#[test]
fn a_big_endian_call_is_read_as_one() {
    let mut call = vec![5, 0, 0, WHOLE, 0, 0, 0, 0, 0, 28, 0, 0, 0, 0, 0, 2];
    call.extend_from_slice(b"\0\0\0\0\0\x04\0\x07stub");
    assert_eq!(inspect(&mut DceInspector::default(), Side::Client, &call), ["stub opnum=Some(7) bound=false first=true big=true"]);
}

#[test]
fn an_authentication_trailer_is_no_stub() {
    let mut call = request(WHOLE, 2, 4, 7, b"stub++\x0a\x05\x02\0\0\0\0\0AUTH");
    call[10] = 4;
    assert_eq!(inspect(&mut DceInspector::default(), Side::Client, &call), ["stub opnum=Some(7) bound=false first=true big=false"]);
}

fn datagram(flags: u8, number: u8, stub: &[u8]) -> Vec<u8> {
    let mut datagram = vec![0; 80];
    datagram[..5].copy_from_slice(&[4, 0, flags, 0, 0x10]);
    datagram[24..40].copy_from_slice(&interface_on_the_wire());
    datagram[68] = 7;
    datagram[74] = stub.len() as u8;
    datagram[76] = number;
    datagram.extend_from_slice(stub);
    datagram
}

#[test]
fn datagrams_carry_their_interface_and_fragments_add_up() {
    const LAST: u8 = 2;
    const FRAGMENT: u8 = 4;
    let cases: [Sent<'_>; 3] = [
        ("whole", &[datagram(0, 0, b"stub")], &["stub opnum=Some(7) bound=true first=true big=false"]),
        (
            "fragments",
            &[datagram(FRAGMENT, 0, b"st"), datagram(FRAGMENT | LAST, 1, b"ub")],
            &[
                "st opnum=Some(7) bound=true first=true big=false",
                "ub opnum=Some(7) bound=true first=false big=false",
                "stub opnum=Some(7) bound=true first=true big=false",
            ],
        ),
        ("no DCE/RPC", &[b"\x04\0".to_vec()], &["-"]),
    ];
    for (name, datagrams, want) in cases {
        let mut inspector = DceInspector::default();
        let mut got = Vec::new();
        for octets in datagrams {
            inspector.datagram(Side::Client, octets, &mut |unit| got.push(shown(unit)));
        }
        assert_eq!(got, want, "{name}");
    }
}

fn netbios(message: &[u8]) -> Vec<u8> {
    [&[0, 0, (message.len() >> 8) as u8, message.len() as u8][..], message].concat()
}

/// A write to file 9 of SMB 1.
fn smb1_write(data: &[u8]) -> Vec<u8> {
    let mut message = b"\xffSMB\x2f".to_vec();
    message.resize(32, 0);
    let mut words = [0; 28];
    words[4] = 9;
    words[20] = data.len() as u8;
    words[22] = 32 + 1 + 28 + 2;
    message.push(14);
    message.extend_from_slice(&words);
    message.extend_from_slice(&[data.len() as u8, 0]);
    message.extend_from_slice(data);
    netbios(&message)
}

/// A transceive on a pipe of SMB 2.
fn smb2_transceive(data: &[u8]) -> Vec<u8> {
    let mut message = b"\xfeSMB\x40\0".to_vec();
    message.resize(64, 0);
    message[12] = 11;
    let mut body = [0; 56];
    body[4..8].copy_from_slice(&0x0011_c017_u32.to_le_bytes());
    body[8] = 9;
    body[24] = 64 + 56;
    body[28] = data.len() as u8;
    message.extend_from_slice(&body);
    message.extend_from_slice(data);
    netbios(&message)
}

#[test]
fn pipes_of_both_smb_families_carry_calls() {
    for carry in [smb1_write, smb2_transceive] {
        let call = request(WHOLE, 2, 4, 7, b"stub");
        let (begin, end) = call.split_at(20);
        let cases: [Sent<'_>; 3] = [
            ("a call a message", &[carry(&bind(4)), carry(&call)], &["-", "stub opnum=Some(7) bound=true first=true big=false"]),
            (
                "a call in two messages is shown besides",
                &[carry(&bind(4)), carry(begin), carry(end)],
                &["-", "-", "-", "stub opnum=Some(7) bound=true first=true big=false"],
            ),
            ("a file is no pipe", &[carry(b"plain text"), carry(&call[3..])], &["-", "-"]),
        ];
        for (name, messages, want) in cases {
            let mut inspector = SmbInspector::default();
            let got: Vec<_> = messages.iter().flat_map(|message| inspect(&mut inspector, Side::Client, message)).collect();
            assert_eq!(got, want, "{name}");
        }
    }
}

#[test]
fn what_is_no_pdu_is_not_followed() {
    let at = ScanAt { pending: 0, segments: 0, more: false };
    let cases: [(&[u8], Option<Scan>); 3] = [
        (b"ncacn_http/1.0", Some(Scan::Flush(14))),
        (b"\x05\0\x0b\x03\x10\0\0\0\x0f\0\0\0\0\0\0\0", None),
        (b"\x04\0\x0b\x03\x10\0\0\0\x48\0\0\0\0\0\0\0", None),
    ];
    for (octets, want) in cases {
        assert_eq!(DceInspector::default().scan(Side::Client, octets, at), want, "{}", octets.escape_ascii());
    }
}

//! Options that look at headers: IP, TCP, ICMP (notes 2.9).

use crate::support::{Given, alerts};

/// An IPv4 datagram: id 0x1234, ttl 64, tos 16; `fragment` is the word of bits and offset.
fn ip(protocol: u8, fragment: u16, inside: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, 16, 0, 0, 0x12, 0x34, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    header[2..4].copy_from_slice(&(20 + inside.len() as u16).to_be_bytes());
    header[6..8].copy_from_slice(&fragment.to_be_bytes());
    [&header, inside].concat()
}

/// From 40000 to 80, seq 1000, ack 2000, window 512.
fn tcp(flags: u8) -> Vec<u8> {
    let header = [0x9c, 0x40, 0, 80, 0, 0, 0x03, 0xe8, 0, 0, 0x07, 0xd0, 0x50, flags, 0x02, 0, 0, 0, 0, 0];
    ip(6, 0, &[&header[..], b"abc"].concat())
}

fn check(datagram: &[u8], rows: &[(&str, bool)]) {
    let given = Given::datagram(datagram);
    for (options, expected) in rows {
        assert_eq!(alerts(options, &given), *expected, "{options}");
    }
}

const SYN_ECN: u8 = 0xc2;
const FIN_SYN: u8 = 0x03;

#[test]
fn flags_are_exact_unless_a_sign_says_otherwise() {
    check(&tcp(0x02), &[("flags:S;", true), ("flags:A;", false), ("flags:S+;", true), ("flags:!A;", true), ("flags:0;", false)]);
    check(
        &tcp(FIN_SYN),
        &[
            ("flags:S;", false),
            ("flags:S+;", true),
            ("flags:FS;", true),
            ("flags:SF;", true),
            ("flags:FRS*;", true),
            ("flags:R*;", false),
            ("flags:!R;", true),
            ("flags:!SR;", false),
            ("flags:S,F;", true),
            ("flags:12FS;", false),
        ],
    );
    check(&tcp(SYN_ECN), &[("flags:S;", false), ("flags:S,12;", true), ("flags:S,CE;", true), ("flags:12S;", true), ("flags:CES;", true)]);
    check(&tcp(0), &[("flags:0;", true)]);
    let pdu = Given { rebuilt: true, ..Given::payload(b"abc") };
    assert!(!alerts("flags:!S;", &pdu), "a PDU has no TCP header");
}

#[test]
fn tcp_numbers() {
    let rows = [
        ("seq:1000;", true),
        ("seq:>1000;", false),
        ("ack:2000;", true),
        ("ack:!0;", true),
        ("window:512;", true),
        ("window:<512;", false),
        ("itype:0;", false),
    ];
    check(&tcp(0x10), &rows);
}

#[test]
fn ip_numbers_and_bits() {
    check(
        &ip(47, 0x4000, b"abc"),
        &[
            ("ttl:64;", true),
            ("ttl:>220;", false),
            ("ttl:60<=>64;", true),
            ("tos:16;", true),
            ("tos:!16;", false),
            ("id:0x1234;", true),
            ("id:0;", false),
            ("ip_proto:47;", true),
            ("ip_proto:!47;", false),
            ("ip_proto:>6;", true),
            ("fragbits:D;", true),
            ("fragbits:!M;", true),
            ("fragbits:M+;", false),
            ("fragbits:MD*;", true),
            ("fragbits:!DMR;", false),
            ("fragoffset:0;", true),
        ],
    );
    check(
        &ip(17, 0x2000, b"first piece"),
        &[("fragbits:M;", true), ("fragbits:M+;", true), ("fragbits:D;", false), ("fragoffset:0;", true)],
    );
    check(&ip(17, 0x000a, b"last piece"), &[("fragoffset:10;", true), ("fragoffset:>9;", true), ("fragbits:!M;", true)]);
}

#[test]
fn icmp_numbers() {
    let echo = ip(1, 0, &[8, 0, 0, 0, 0, 7, 0, 9, b'h', b'i']);
    check(
        &echo,
        &[
            ("itype:8;", true),
            ("itype:<8;", false),
            ("icode:0;", true),
            ("icode:>1;", false),
            ("icmp_id:7;", true),
            ("icmp_id:8;", false),
            ("icmp_seq:9;", true),
            ("dsize:2;", true),
            (r#"content:"hi",depth 2;"#, true),
        ],
    );
    let unreachable = [&[3, 1, 0, 0, 0, 7, 0, 9][..], &ip(17, 0, &[0, 1, 0, 2, 0, 8, 0, 0])].concat();
    check(&ip(1, 0, &unreachable), &[("itype:3;", true), ("icode:1;", true), ("icmp_id:7;", false), ("icmp_seq:!0;", false)]);
}

/// An IPv4 datagram with options, padded.
fn with_options(options: &[u8], protocol: u8, inside: &[u8]) -> Vec<u8> {
    let mut padded = options.to_vec();
    padded.resize(options.len().next_multiple_of(4), 0);
    let plain = ip(protocol, 0, inside);
    let mut datagram = [&plain[..20], &padded[..], inside].concat();
    let total = datagram.len() as u16;
    datagram[0] = 0x45 + (padded.len() / 4) as u8;
    datagram[2..4].copy_from_slice(&total.to_be_bytes());
    datagram
}

#[test]
fn ip_options_by_name() {
    check(&ip(47, 0, b"abc"), &[("ipopts:any;", false), ("ipopts:eol;", false), ("ipopts:rr;", false)]);
    check(
        &with_options(&[1, 7, 7, 4, 0, 0, 0, 0, 0x94, 4, 0, 0], 47, b"abc"),
        &[("ipopts:any;", true), ("ipopts:nop;", true), ("ipopts:rr;", true), ("ipopts:ts;", false), ("ipopts:lsrr;", false)],
    );
    let rows = [("ts", 0x44), ("sec", 0x82), ("lsrr", 0x83), ("lsrre", 0x84), ("esec", 0x85), ("satid", 0x88), ("ssrr", 0x89)];
    for (name, kind) in rows {
        check(&with_options(&[kind, 4, 4, 0], 47, b"abc"), &[(&format!("ipopts:{name};"), true), ("ipopts:rr;", false)]);
    }
    check(&with_options(&[0, 7, 7, 4], 47, b"abc"), &[("ipopts:eol;", true), ("ipopts:rr;", false)]);
    check(&with_options(&[0x44, 0, 7, 4], 47, b"abc"), &[("ipopts:ts;", true), ("ipopts:rr;", false)]);
    check(&with_options(&[0x44, 60, 7, 4], 47, b"abc"), &[("ipopts:ts;", true), ("ipopts:rr;", false)]);
}

#[test]
fn what_a_tcp_header_offers() {
    let options = [2, 4, 0x05, 0xb4, 3, 3, 7, 1];
    let header = [0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x70, 0x02, 0xff, 0xff, 0, 0, 0x01, 0x02];
    let rows = [
        ("mss:1460;", true),
        ("mss:>1460;", false),
        ("mss:536<=>1460;", true),
        ("wscale:7;", true),
        ("wscale:!7;", false),
        ("urg:258;", true),
        ("urg:0;", false),
    ];
    check(&ip(6, 0, &[&header[..], &options].concat()), &rows);
    check(&tcp(0x10), &[("mss:!0;", false), ("wscale:!0;", false), ("urg:0;", true)]);
}

#[test]
fn protocols_by_name() {
    check(&ip(47, 0, b"abc"), &[("ip_proto:gre;", true), ("ip_proto:!gre;", false), ("ip_proto:!esp;", true), ("ip_proto:>UDP;", true)]);
    check(&tcp(0x10), &[("ip_proto:tcp;", true), ("ip_proto:udp;", false)]);
}

#[test]
fn rpc_calls_by_program_version_and_procedure() {
    let call: Vec<u8> = [7u32, 0, 2, 100_000, 2, 3, 0, 0].into_iter().flat_map(u32::to_be_bytes).collect();
    let udp = |payload: &[u8]| {
        let length = 8 + payload.len() as u16;
        ip(17, 0, &[&[0x9c, 0x40, 0, 111][..], &length.to_be_bytes(), &[0, 0], payload].concat())
    };
    let rows = [
        ("rpc:100000;", true),
        ("rpc:100000,2,3;", true),
        ("rpc:100000, *, 3;", true),
        ("rpc:100000,2,*;", true),
        ("rpc:100000,*,*;", true),
        ("rpc:100001;", false),
        ("rpc:100000,3;", false),
        ("rpc:100000,*,4;", false),
    ];
    check(&udp(&call), &rows);
    check(&udp(&call[..23]), &[("rpc:100000;", false)]);
    let answer = [&call[..4], &1u32.to_be_bytes(), &call[8..]].concat();
    check(&udp(&answer), &[("rpc:100000;", false)]);
    let record = [&0x8000_0020u32.to_be_bytes()[..], &call].concat();
    let given = Given::payload(&record);
    for (options, expected) in rows {
        assert_eq!(alerts(options, &given), expected, "behind the record mark: {options}");
    }
    assert!(!alerts("rpc:100000;", &Given::payload(&call)), "without a record mark");
}

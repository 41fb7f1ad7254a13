//! The service of a flow is told by its first octets, on any port, however they are cut.

use flow::Side::{self, Client, Server};
use inspect::Service;
use inspect::wizard::{Verdict, Wizard, recognize_datagram};

type Case = (Side, &'static [u8], Option<Service>);

const STREAMS: &[Case] = &[
    (Client, b"GET / HTTP/1.1\r\n", Some(Service::Http)),
    (Client, b"\r\n get / HTTP/1.1\r\n", Some(Service::Http)),
    (Client, b"BREW /pot HTTP/1.0\r\n", Some(Service::Http)),
    (Client, b"OPTIONS sip:a SIP/2.0\r\n", Some(Service::Sip)),
    (Server, b"\0\0\x12\x04\0\0\0\0\0", Some(Service::Http2)),
    (Server, b"HTTP/1.1 200 OK\r\n", Some(Service::Http)),
    (Server, b"220 ready FTP server\r\n", Some(Service::Ftp)),
    (Server, b"220-FileZilla Server\r\n", Some(Service::Ftp)),
    (Server, b"220 host ESMTP\r\n", Some(Service::Smtp)),
    (Client, b"ehlo x\r\n", Some(Service::Smtp)),
    (Server, b"* OK IMAP4rev1\r\n", Some(Service::Imap)),
    (Server, b"+OK POP3\r\n", Some(Service::Pop3)),
    (Server, b"SSH-2.0-x\r\n", Some(Service::Ssh)),
    (Client, b"INVITE sip:a SIP/2.0\r\n", Some(Service::Sip)),
    (Client, b"\x16\x03\x01\x02\x00", Some(Service::Ssl)),
    (Client, b"\x80\x1c\x01\x03\0\0\x03\0\0\0\x10", Some(Service::Ssl)),
    (Server, b"\xff\xfd\x18", Some(Service::Telnet)),
    (Client, b"\x05\x64\x05\xc0", Some(Service::Dnp3)),
    (Client, b"\0\0\0\x54\xffSMB", Some(Service::NetbiosSsn)),
    (Client, b"\x81\0\0\x02ab\0\0\0\x54\xfeSMB", Some(Service::NetbiosSsn)),
    (Client, b"\x05\0\x0b\x03\x10\0\0\0\x48\0\0\0", Some(Service::Dcerpc)),
    (Server, b"\x05\0\x0b\x03\x10\0\0\0\x48\0\0\0", None),
    (Server, b"ncacn_http/1.0", Some(Service::Dcerpc)),
    (Client, b"HELF\x20\0\0\0", Some(Service::Opcua)),
    (Client, b"\x05\x01\0", Some(Service::Socks)),
    (Client, b"\x01\x02\x03\x04", None),
];

fn ask(side: Side, pieces: impl Iterator<Item = &'static [u8]>) -> Option<Service> {
    let mut wizard = Wizard::new();
    for piece in pieces {
        match wizard.scan(side, piece) {
            Verdict::Found(service) => return Some(service),
            Verdict::GaveUp => return None,
            Verdict::More => {}
        }
    }
    None
}

#[test]
fn first_octets_tell_the_service() {
    for (side, octets, want) in STREAMS {
        assert_eq!(ask(*side, std::iter::once(*octets)), *want, "{}", octets.escape_ascii());
    }
}

#[test]
fn segments_of_one_octet_tell_the_same() {
    for (side, octets, want) in STREAMS {
        assert_eq!(ask(*side, octets.chunks(1)), *want, "{}", octets.escape_ascii());
    }
}

/// The preface of HTTP/2 begins like a request of HTTP/1: what is complete first decides.
#[test]
fn a_whole_preface_is_http2_and_its_first_half_http() {
    let (first, second): (&[u8], &[u8]) = (b"PRI * HTTP/2.0\r\n", b"\r\nSM\r\n\r\n");
    assert_eq!(Wizard::new().scan(Client, &[first, second].concat()), Verdict::Found(Service::Http2));
    assert_eq!(Wizard::new().scan(Client, first), Verdict::Found(Service::Http));
}

#[test]
fn each_direction_is_searched_by_itself() {
    let mut wizard = Wizard::new();
    assert_eq!(wizard.scan(Client, b"GE"), Verdict::More);
    assert_eq!(wizard.scan(Server, b"22"), Verdict::More);
    assert_eq!(wizard.scan(Server, b"0 FTP"), Verdict::Found(Service::Ftp));
    assert_eq!(wizard.scan(Client, b"T"), Verdict::Found(Service::Http));
    assert_eq!(wizard.scan(Client, b"GET"), Verdict::GaveUp, "a decided direction stays decided");
}

#[test]
fn the_first_datagram_tells_the_service() {
    let mut call = [0; 84];
    (call[0], call[4], call[74]) = (4, 0x10, 4);
    let cases: &[(Side, &[u8], Option<Service>)] = &[
        (Client, b"REGISTER sip:a SIP/2.0\r\n", Some(Service::Sip)),
        (Client, b"OPTIONS sip:a SIP/2.0\r\n", Some(Service::Sip)),
        (Client, b"HELO x\r\n", None),
        (Server, b"SIP/2.0 200 OK\r\n", Some(Service::Sip)),
        (Client, b"\0\x09\0\x01", Some(Service::Netflow)),
        (Client, &call, Some(Service::Dcerpc)),
        (Client, &call[..83], None),
        (Client, b"", None),
    ];
    for (side, payload, want) in cases {
        assert_eq!(recognize_datagram(*side, payload), *want, "{}", payload.escape_ascii());
    }
}

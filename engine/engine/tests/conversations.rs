//! Packets in, events out: what each kind of conversation gives the rules to look at (Snort notes 3.4 to 3.7).

mod support;

use support::{Talk, Wire, inspect, short};
use wire::tcp_flags::{ACK, RST, SYN};

const CLIENT: (u8, u16) = (1, 40_000);
const SERVER: (u8, u16) = (2, 7777);
const WEB: (u8, u16) = (2, 8080);

#[test]
fn on_an_unknown_protocol_segments_alert_and_the_pdu_of_the_same_bytes_does_not() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.client(&mut wire, b"\x01\x02 the needle is here").client(&mut wire, &[b'.'; 300]).client(&mut wire, &[b'.'; 300]);
    let events = inspect(r#"alert tcp any any -> any 7777 (content:"needle"; sid:1;)"#, &wire);
    assert_eq!(short(&events), [(4, 1, "raw")]);
}

#[test]
fn what_is_split_over_segments_is_found_in_the_pdu() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.client(&mut wire, b"\x01\x02 the nee").client(&mut wire, b"dle is here").client(&mut wire, &[b'.'; 300]);
    talk.close(&mut wire);
    let events = inspect(r#"alert tcp any any -> any 7777 (content:"needle"; flow:established,to_server; sid:1;)"#, &wire);
    assert_eq!(short(&events), [(11, 1, "stream_tcp")], "with the packet that acknowledged the end");
    assert_eq!((events[0].direction, events[0].dst_port, events[0].service), ("C2S", Some(7777), None));
    assert_eq!(events[0].time, wire.frames[3].0, "the time is that of its first segment");
}

#[test]
fn each_packet_alerts_again() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, SERVER);
    talk.client(&mut wire, b"\x01\x02 needle").client(&mut wire, b"\x01\x02 needle");
    let events = inspect(r#"alert tcp any any -> any 7777 (content:"needle"; sid:1;)"#, &wire);
    assert_eq!(short(&events), [(4, 1, "raw"), (6, 1, "raw")]);
}

#[test]
fn http_is_known_on_any_port_and_its_segments_are_not_looked_at_by_themselves() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, (2, 9));
    talk.client(&mut wire, b"GET /attack HTTP/1.1\r\nHost: shop\r\nX-CMD: Test\r\n\r\n");
    talk.server(&mut wire, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
    talk.client(&mut wire, b"GET /attack HTTP/1.1\r\nHost: shop\r\n\r\n");
    talk.close(&mut wire);
    let text = concat!(
        "alert tcp any any -> any 80 (http_uri; content:\"/attack\"; service:http; sid:1;)\n",
        "alert tcp any any -> any any (content:\"/attack\"; sid:2;)\n",
        "alert tcp any any -> any any (file_data; content:\"body\"; service:http; sid:3;)\n",
    );
    let events = inspect(text, &wire);
    // The first segment came before anybody knew that it is HTTP.
    assert_eq!(short(&events), [(4, 2, "raw"), (5, 1, "stream_tcp"), (7, 3, "stream_tcp"), (9, 1, "stream_tcp")]);
    assert_eq!(events.iter().map(|event| event.service).collect::<Vec<_>>(), [None, Some("http"), Some("http"), Some("http")]);
    let request = events[1].http.as_ref().map(|http| (http.request_line.as_str(), http.host.as_str()));
    assert_eq!(request, Some(("GET /attack HTTP/1.1", "shop")));
}

#[test]
fn matches_show_the_bytes_that_matched_in_the_buffer_they_are_in() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, WEB);
    talk.client(&mut wire, b"POST /a?id=77 HTTP/1.1\r\nHost: shop\r\nUser-Agent: an  evil one\r\nContent-Length: 14\r\n\r\np=bmVlZGxlIQ==");
    talk.close(&mut wire);
    let rows = [
        (r#"http_header:field user-agent; content:"evil"; service:http;"#, "http_header", "evil"),
        (r#"http_param:"id"; content:"7"; service:http;"#, "http_uri", "7"),
        (r#"http_param:"p"; content:"bm"; service:http;"#, "http_client_body", "bm"),
        (
            r#"http_client_body; content:"p="; base64_decode:relative; base64_data; content:"needle"; service:http;"#,
            "base64_data",
            "needle",
        ),
        (r#"http_uri; pcre:"/id=\d+/"; service:http;"#, "http_uri", "id=77"),
        (r#"http_uri; content:"/A",nocase; service:http;"#, "http_uri", "/a"),
    ];
    for (options, buffer, bytes) in rows {
        let events = inspect(&format!("alert tcp any any -> any any ({options} sid:1;)"), &wire);
        let found = events.iter().flat_map(|event| &event.matches).find(|found| found.buffer == buffer);
        assert_eq!(found.map(|found| String::from_utf8_lossy(&found.bytes).into_owned()).as_deref(), Some(bytes), "{options}");
        let Some((event, found)) = events.first().zip(found) else { continue };
        let (start, excerpt) = (event.buffer_offsets[buffer], &event.buffers[buffer]);
        let at = (found.offset - start) as usize;
        assert_eq!(&excerpt[at..at + found.length as usize], found.bytes, "the excerpt holds it at its place: {options}");
        let (from, to) = found.rule_range;
        assert_eq!(&event.rule_text[from..to], found.option, "the option stands there in the rule");
    }
}

#[test]
fn udp_datagrams_are_looked_at_one_by_one() {
    let mut wire = Wire::default();
    wire.udp(CLIENT, (2, 161), b"public").udp((2, 161), CLIENT, b"public").udp(CLIENT, (2, 162), b"public");
    let events = inspect(r#"alert udp any any -> any 161 (content:"public"; flow:to_server; sid:1;)"#, &wire);
    assert_eq!(short(&events), [(1, 1, "raw")]);
    let answer = inspect(r#"alert udp any 161 -> any any (content:"public"; flow:established,to_client; sid:1;)"#, &wire);
    assert_eq!(short(&answer), [(2, 1, "raw")]);
    assert_eq!((answer[0].protocol, answer[0].direction, answer[0].src_port), ("UDP", "S2C", Some(161)));
}

#[test]
fn dns_is_known_by_its_port() {
    let mut wire = Wire::default();
    wire.udp(CLIENT, (2, 53), b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04evil\0\0\x01\0\x01");
    let events = inspect(r#"alert udp any any -> any 99 (content:"evil"; service:dns; sid:1;)"#, &wire);
    assert_eq!((short(&events), events[0].service), (vec![(1, 1, "raw")], Some("dns")));
}

#[test]
fn icmp_messages_are_looked_at_behind_their_header() {
    let mut wire = Wire::default();
    wire.icmp(1, 2, 8, 0, b"\0\x07\0\x09ping");
    let events = inspect(r#"alert icmp any any -> any any (itype:8; icmp_id:7; icmp_seq:9; content:"ping",depth 4; sid:1;)"#, &wire);
    assert_eq!(short(&events), [(1, 1, "raw")]);
    assert_eq!((events[0].protocol, events[0].src_port, events[0].headers.icmp_type), ("ICMP", None, Some(8)));
}

#[test]
fn fragments_are_ip_and_the_datagram_is_what_it_was() {
    let datagram = Wire::udp_datagram(CLIENT, (2, 161), b"the needle in fragments.");
    let mut wire = Wire::default();
    wire.ip(1, 2, 17, 0x2000, &datagram[..16]).ip(1, 2, 17, 2, &datagram[16..]);
    let text = concat!(
        "alert udp any any -> any 161 (content:\"needle\"; sid:1;)\n",
        "alert udp any any -> any 161 (content:\"the\"; sid:2;)\n",
        "alert ip any any -> any any (content:\"the\"; fragbits:M; sid:3;)\n",
        "alert ip any any -> any any (fragoffset:>0; sid:4;)\n",
    );
    let events = inspect(text, &wire);
    assert_eq!(short(&events), [(1, 3, "raw"), (2, 4, "raw"), (2, 1, "stream_ip"), (2, 2, "stream_ip")]);
    assert_eq!((events[0].protocol, events[0].src_port), ("IP", None));
    assert_eq!((events[2].protocol, events[2].src_port), ("UDP", Some(40_000)));
}

#[test]
fn packets_outside_of_flows_are_looked_at_without_one() {
    let mut wire = Wire::default();
    wire.segment(CLIENT, SERVER, ACK, 1, 1, b"").segment(SERVER, CLIENT, RST, 1, 1, b"").segment(CLIENT, SERVER, SYN, 1, 0, b"");
    let text = concat!(
        "alert tcp any any -> any any (flags:A; sid:1;)\n",
        "alert tcp any any -> any any (flags:A; flow:established; sid:2;)\n",
        "alert tcp any any -> any any (flags:R; flow:to_client; sid:3;)\n",
        "alert tcp any any -> any any (flags:A; flowbits:isnotset,x; sid:4;)\n",
        "alert tcp any any -> any any (flags:S; flow:not_established; sid:5;)\n",
    );
    let events = inspect(text, &wire);
    assert_eq!(short(&events), [(1, 1, "raw"), (2, 3, "raw"), (3, 5, "raw")]);
    assert!(events[0].flow.is_none());
    assert!(events[2].flow.is_some());
}

#[test]
fn other_protocols_are_ip() {
    let mut wire = Wire::default();
    wire.ip(1, 2, 88, 0, b"eigrp");
    let events = inspect("alert ip any any -> any any (ip_proto:88; content:\"eigrp\"; sid:1;)", &wire);
    assert_eq!((short(&events), events[0].protocol), (vec![(1, 1, "raw")], "IP"));
}

#[test]
fn a_connection_that_ftp_announced_carries_files() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, (2, 2121));
    talk.server(&mut wire, b"220 FTP ready\r\n").client(&mut wire, b"PASV\r\n");
    talk.server(&mut wire, b"227 Entering Passive Mode (10,0,0,2,200,10)\r\n");
    let mut data = Talk::open(&mut wire, (1, 40_001), (2, 200 * 256 + 10));
    data.server(&mut wire, b"a file with a needle in it");
    data.close(&mut wire);
    let events = inspect(r#"alert tcp any any -> any any (file_data; content:"needle"; service:ftp-data; sid:1;)"#, &wire);
    assert_eq!(events.iter().map(|event| (event.sid, event.service)).collect::<Vec<_>>(), [(1, Some("ftp-data"))]);
}

#[test]
fn a_rpc_server_is_seen_by_segment_and_its_client_by_record() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, (2, 111));
    talk.client(&mut wire, b"\x80\0\0\x10call of a need").client(&mut wire, b"le");
    talk.server(&mut wire, b"\x80\0\0\x0eanswer nee").server(&mut wire, b"dle, one needle");
    talk.close(&mut wire);
    let events = inspect(r#"alert tcp any any <> any 111 (content:"needle"; sid:1;)"#, &wire);
    assert_eq!(short(&events), [(7, 1, "stream_tcp"), (10, 1, "raw")]);
}

#[test]
fn what_follows_an_accepted_auth_tls_is_not_ftp() {
    let mut wire = Wire::default();
    let mut talk = Talk::open(&mut wire, CLIENT, (2, 21));
    talk.server(&mut wire, b"220 FTP\r\n").client(&mut wire, b"USER needle\r\n");
    talk.client(&mut wire, b"AUTH TLS\r\n").server(&mut wire, b"234 go\r\n");
    talk.client(&mut wire, b"\x16\x03\x01\0\x0c\x01\0\0\x08\x03\x03needle");
    talk.close(&mut wire);
    let text = concat!(
        "alert tcp any any -> any any (content:\"needle\"; flow:to_server; service:ftp; sid:1;)\n",
        "alert tcp any any -> any any (content:\"needle\"; flow:to_server; service:ssl; sid:2;)\n",
    );
    let seen: Vec<_> = inspect(text, &wire).iter().map(|event| (event.sid, event.service)).collect();
    assert_eq!(seen, [(1, Some("ftp")), (2, Some("ssl"))]);
}

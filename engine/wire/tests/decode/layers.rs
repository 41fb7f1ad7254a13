//! What each layer makes of good frames and of odd ones.

use crate::frames::*;
use wire::{Anomaly, Checksums, L4, LinkType, Packet, decode, decode_ip};

fn ip(bytes: &[u8]) -> Packet<'_> {
    decode(LinkType::RAW, bytes, Checksums::Ignore)
}

fn verified(bytes: &[u8]) -> Packet<'_> {
    decode(LinkType::RAW, bytes, Checksums::Verify)
}

fn named(packet: &Packet<'_>) -> Vec<Anomaly> {
    packet.anomalies.iter().collect()
}

#[test]
fn every_shape_leads_to_its_payload() {
    for (name, link, frame) in every_shape() {
        let packet = decode(LinkType(link), &frame, Checksums::Verify);
        assert_eq!(packet.payload, b"payload", "{name}");
        assert!(matches!(packet.ports(), (1000, 80 | 53)), "{name}");
        let beyond = !LinkType(link).is_snorts() || ["ERSPAN I", "ERSPAN III"].contains(&name);
        let odd: &[Anomaly] = if beyond { &[Anomaly::BeyondSnort] } else { &[] };
        assert_eq!(named(&packet), odd, "{name}");
        assert_eq!(packet.not_inspected(), None, "{name}");
        if name.contains("VLAN") || name.contains("QinQ") {
            assert_eq!(packet.vlan, Some(7), "{name}");
        }
    }
}

#[test]
fn padding_is_no_payload() {
    for (name, link, mut frame) in every_shape() {
        frame.extend([0xee; 9]);
        assert_eq!(decode(LinkType(link), &frame, Checksums::Verify).payload, b"payload", "{name}");
    }
}

#[test]
fn header_fields_are_those_sent() {
    let options = [2, 4, 5, 0xb4, 1, 3, 3, 7, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8, 1, 0];
    let frame = ethernet(0x0800, &ipv4_fragment(6, 0xc000, &tcp(4, 443, &options, b"x")));
    let packet = decode(LinkType::ETHERNET, &frame, Checksums::Verify);
    let header = packet.ip.as_ref().unwrap();
    assert_eq!((header.version, header.ttl, header.id, header.total_len, header.header_len, header.protocol), (4, 64, 0x1234, 61, 20, 6));
    assert_eq!((header.src.to_string(), header.dst.to_string()), ("10.0.0.1".into(), "10.0.0.2".into()));
    assert!(header.fragment.dont && header.fragment.reserved && !header.fragment.is_fragment());
    let L4::Tcp(tcp) = packet.l4 else { panic!("{:?}", packet.l4) };
    assert_eq!((tcp.seq, tcp.ack, tcp.flags, tcp.window, tcp.header_len), (1, 2, 0x18, 0x2000, 40));
    assert_eq!((tcp.mss, tcp.window_scale, tcp.timestamp), (Some(1460), Some(7), Some((9, 8))));
    assert_eq!(packet.ethernet.map(|e| (e.src[5], e.dst[5], e.ethertype)), Some((1, 2, 0x0800)));
}

#[test]
fn usual_timestamp_layout_is_read_too() {
    let packet_bytes = ipv4(6, &tcp(4, 80, &[1, 1, 8, 10, 0, 0, 1, 0, 0, 0, 2, 0], b""));
    assert!(matches!(ip(&packet_bytes).l4, L4::Tcp(tcp) if tcp.timestamp == Some((256, 512))));
}

#[test]
fn extension_headers_are_walked() {
    let hop_by_hop = [43, 0, 1, 4, 0, 0, 0, 0];
    let routing = [60, 0, 0, 0, 0, 0, 0, 0];
    let options = [51, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let authentication = [17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1];
    let bytes = ipv6(0, &join(&[&hop_by_hop, &routing, &options, &authentication, &udp(6, 53, b"dns")]));
    let packet = verified(&bytes);
    let header = packet.ip.as_ref().unwrap();
    assert_eq!((packet.payload, header.protocol, header.header_len), (&b"dns"[..], 17, 40 + 8 + 8 + 16 + 12));
    assert_eq!(named(&packet), []);
}

#[test]
fn fragments_have_no_transport_header() {
    let whole = udp(4, 53, b"dns");
    for (word, offset, more) in [(0x2000, 0, true), (0x2001, 8, true), (0x0001, 8, false)] {
        let bytes = ipv4_fragment(17, word, &whole);
        let packet = verified(&bytes);
        let fragment = packet.ip.as_ref().unwrap().fragment;
        assert!(matches!(packet.l4, L4::None));
        assert_eq!((packet.payload, fragment.offset, fragment.more), (&whole[..], offset, more));
        assert_eq!(packet.not_inspected(), None);
    }
}

#[test]
fn ipv6_fragments_carry_the_id_of_their_header() {
    let whole = udp(6, 53, b"dns");
    for (word, is_fragment) in [(0x0001u16, true), (0x0008, true), (0x0000, false)] {
        let header = join(&[&[17, 0], &word.to_be_bytes(), &[0, 0, 1, 2]]);
        let bytes = ipv6(44, &join(&[&header, &whole]));
        let packet = verified(&bytes);
        let ip = packet.ip.as_ref().unwrap();
        assert_eq!((ip.id, ip.protocol, ip.fragment.is_fragment()), (258, 17, is_fragment));
        assert_eq!(packet.payload, if is_fragment { &whole[..] } else { b"dns" });
        assert_eq!(matches!(packet.l4, L4::None), is_fragment);
    }
}

#[test]
fn icmp_payload_starts_where_its_type_says() {
    let embedded = ipv4(17, &udp(4, 53, b"dns"));
    let unusable = join(&[&[0x15], &embedded[1..]]);
    let cases: [(&str, u8, Vec<u8>, &[u8]); 6] = [
        ("echo", 8, join(&[&[0, 7, 0, 1], b"abc"]), b"abc"),
        ("echo reply", 0, join(&[&[0, 7, 0, 1], b"abc"]), b"abc"),
        ("unreachable", 3, join(&[&[0; 4], &embedded]), &embedded[20..]),
        ("time exceeded, unusable header", 11, join(&[&[0; 4], &unusable]), &unusable),
        ("timestamp", 13, vec![1; 16], &[1; 16]),
        ("unassigned", 200, vec![], &[]),
    ];
    for (name, kind, body, payload) in cases {
        let bytes = ipv4(1, &icmp(kind, 0, &body));
        let packet = verified(&bytes);
        let L4::Icmp(header) = packet.l4 else { panic!("{name}: {:?}", packet.l4) };
        assert_eq!(packet.payload, payload, "{name}");
        assert_eq!((header.id, header.seq), if matches!(kind, 0 | 8) { (Some(7), Some(1)) } else { (None, None) }, "{name}");
        assert_eq!(named(&packet), [], "{name}");
    }
}

#[test]
fn icmp_for_ipv6_has_types_of_its_own() {
    let embedded = ipv6(17, &udp(6, 53, b"dns"));
    let cases = [
        (128, join(&[&[0, 7, 0, 1], b"abc"]), &b"abc"[..], Some(7)),
        (1, join(&[&[0; 4], &embedded]), &embedded[40..], None),
        (135, vec![2; 20], &[2; 20], None),
    ];
    for (kind, body, payload, id) in cases {
        let bytes = ipv6(58, &icmp6(kind, 0, &body));
        let packet = verified(&bytes);
        assert!(matches!(packet.l4, L4::Icmp(header) if header.id == id && header.kind == kind), "{kind}");
        assert_eq!((packet.payload, named(&packet)), (payload, vec![]), "{kind}");
    }
}

#[test]
fn broken_transport_stops_at_ip() {
    let segment = tcp(4, 80, &[], b"data");
    let datagram = udp(4, 53, b"dns");
    let with = |bytes: &[u8], at: usize, value: u8| {
        let mut bytes = bytes.to_vec();
        bytes[at] = value;
        bytes
    };
    let cases = [
        (6, segment[..19].to_vec(), Anomaly::TcpTruncated),
        (6, with(&segment, 12, 0x40), Anomaly::TcpOffset),
        (6, with(&segment, 12, 0xf0), Anomaly::TcpOffset),
        (17, datagram[..7].to_vec(), Anomaly::UdpTruncated),
        (17, with(&datagram, 5, 10), Anomaly::UdpLength),
        (17, with(&datagram, 5, 12), Anomaly::UdpLength),
        (17, with(&datagram, 5, 7), Anomaly::UdpLength),
        (1, icmp(8, 0, b"abc"), Anomaly::IcmpTruncated),
        (1, icmp(13, 0, &[0; 15]), Anomaly::IcmpTruncated),
        (1, icmp(17, 0, &[0; 7]), Anomaly::IcmpTruncated),
        (1, vec![], Anomaly::IcmpTruncated),
        (50, vec![0; 16], Anomaly::Encrypted),
    ];
    for (protocol, inside, anomaly) in cases {
        let bytes = ipv4(protocol, &inside);
        let packet = ip(&bytes);
        assert!(matches!(packet.l4, L4::None), "{anomaly}");
        assert_eq!((packet.payload, named(&packet), packet.not_inspected()), (&inside[..], vec![anomaly], None), "{anomaly}");
    }
}

#[test]
fn broken_ip_is_not_inspected() {
    let good = ipv4(6, &tcp(4, 80, &[], b"data"));
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        bytes
    };
    let six = ipv6(17, &udp(6, 53, b"dns"));
    let cases = [
        (good[..19].to_vec(), Anomaly::Truncated),
        (vec![], Anomaly::Truncated),
        (with(0, 0x55), Anomaly::IpVersion),
        (with(0, 0x44), Anomaly::IpHeaderLength),
        (with(3, 0), Anomaly::IpLengthZero),
        (with(3, 19), Anomaly::IpLengthShort),
        (with(3, good.len() as u8 + 1), Anomaly::IpLengthLong),
        (six[..39].to_vec(), Anomaly::Truncated),
        (six[..six.len() - 1].to_vec(), Anomaly::IpLengthLong),
    ];
    for (bytes, anomaly) in cases {
        let packet = ip(&bytes);
        assert!(packet.ip.is_none(), "{anomaly}");
        assert_eq!(packet.not_inspected(), Some(anomaly));
    }
}

#[test]
fn what_is_not_ip_says_so() {
    let arp = ethernet(0x0806, &[0; 28]);
    assert_eq!(decode(LinkType::ETHERNET, &arp, Checksums::Ignore).not_inspected(), Some(Anomaly::NotIp));
    let spanning_tree = ethernet(38, &[0x42; 38]);
    assert_eq!(decode(LinkType::ETHERNET, &spanning_tree, Checksums::Ignore).not_inspected(), Some(Anomaly::NotIp));
    assert_eq!(decode(LinkType(147), &arp, Checksums::Ignore).not_inspected(), Some(Anomaly::UnknownLinkType));
}

#[test]
fn wrong_checksums_are_not_inspected_where_they_are_verified() {
    let cases = [
        (ipv4(6, &tcp(4, 80, &[], b"data")), 10, Anomaly::BadIpChecksum),
        (ipv4(6, &tcp(4, 80, &[], b"data")), 20 + 16, Anomaly::BadTcpChecksum),
        (ipv6(6, &tcp(6, 80, &[], b"odd")), 40 + 16, Anomaly::BadTcpChecksum),
        (ipv4(17, &udp(4, 53, b"dns")), 20 + 6, Anomaly::BadUdpChecksum),
        (ipv6(17, &udp(6, 53, b"dns")), 40 + 6, Anomaly::BadUdpChecksum),
        (ipv4(1, &icmp(8, 0, &[0; 9])), 20 + 2, Anomaly::BadIcmpChecksum),
        (ipv6(58, &icmp6(128, 0, &[0; 9])), 40 + 2, Anomaly::BadIcmpChecksum),
    ];
    for (mut bytes, at, anomaly) in cases {
        assert_eq!(verified(&bytes).not_inspected(), None, "{anomaly}");
        bytes[at] ^= 0x10;
        assert_eq!(verified(&bytes).not_inspected(), Some(anomaly));
        assert_eq!(ip(&bytes).not_inspected(), None, "{anomaly}");
    }
}

#[test]
fn udp_may_go_without_checksum_over_ipv4_only() {
    for (version, mut bytes) in [(4, ipv4(17, &udp(4, 53, b"dns"))), (6, ipv6(17, &udp(6, 53, b"dns")))] {
        let at = if version == 4 { 26 } else { 46 };
        bytes[at..at + 2].fill(0);
        assert_eq!(verified(&bytes).not_inspected(), (version == 6).then_some(Anomaly::BadUdpChecksum));
    }
}

#[test]
fn rebuilt_datagrams_are_taken_with_any_header_checksum() {
    let mut bytes = ipv4(17, &udp(4, 53, b"dns"));
    bytes[10] ^= 1;
    let packet = decode_ip(&bytes);
    assert_eq!((packet.payload, packet.not_inspected()), (&b"dns"[..], None));
}

#[test]
fn a_port_of_a_tunnel_without_a_tunnel_stays_udp() {
    for (port, payload) in [(4789, &b"not a tunnel"[..]), (6081, b"\xffnot a tunnel"), (2152, b"2\xff"), (3544, b"`teredo?"), (3386, b"")] {
        let bytes = ipv4(17, &udp(4, port, payload));
        let packet = ip(&bytes);
        assert_eq!((packet.payload, packet.ports()), (payload, (1000, port)));
        assert_eq!(packet.not_inspected(), None);
    }
}

#[test]
fn tunnels_end_after_forty_layers() {
    let mut bytes = tcp(4, 80, &[], b"deep");
    bytes = ipv4(6, &bytes);
    for _ in 0..60 {
        bytes = ipv4(4, &bytes);
    }
    let packet = ip(&bytes);
    assert!(packet.anomalies.has(Anomaly::TooManyLayers));
    assert_eq!((packet.ip_layers, packet.not_inspected()), (wire::MAX_LAYERS, None));
}

#[test]
fn options_that_do_not_fit_keep_those_before() {
    for bad in [[9, 0, 0, 0], [9, 1, 0, 0], [1, 1, 9, 4], [1, 1, 1, 9]] {
        let options = join(&[&[2, 4, 5, 0xb4], &bad]);
        let bytes = ipv4(6, &tcp(4, 80, &options, b"x"));
        let packet = ip(&bytes);
        assert!(matches!(packet.l4, L4::Tcp(tcp) if tcp.mss == Some(1460)), "{bad:?}");
        assert_eq!((packet.payload, named(&packet)), (&b"x"[..], vec![Anomaly::TcpOptions]), "{bad:?}");
    }
}

#[test]
fn jumbograms_of_a_local_stack_are_whole() {
    let segment = tcp(6, 80, &[], &vec![b'a'; 70_000]);
    let option = join(&[&[6, 0, 0xc2, 4], &(8 + segment.len() as u32).to_be_bytes()]);
    let mut bytes = ipv6(0, &join(&[&option, &segment]));
    bytes[4..6].fill(0);
    assert_eq!(ip(&bytes).payload.len(), 70_000);
}

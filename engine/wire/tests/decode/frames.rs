//! Builders of frames for the tests: each puts one header in front of what it carries.

/// The Internet checksum of RFC 1071, as a slow obvious sum.
pub fn checksum(bytes: &[u8]) -> [u8; 2] {
    let mut sum = 0u32;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub fn ethernet(ethertype: u16, inside: &[u8]) -> Vec<u8> {
    join(&[&[0x02, 0, 0, 0, 0, 2], &[0x02, 0, 0, 0, 0, 1], &ethertype.to_be_bytes(), inside])
}

pub fn vlan(id: u16, ethertype: u16, inside: &[u8]) -> Vec<u8> {
    join(&[&id.to_be_bytes(), &ethertype.to_be_bytes(), inside])
}

/// From 10.0.0.1 to 10.0.0.2; `fragment` is the word of flags and offset.
pub fn ipv4_fragment(protocol: u8, fragment: u16, inside: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    header[2..4].copy_from_slice(&(20 + inside.len() as u16).to_be_bytes());
    header[6..8].copy_from_slice(&fragment.to_be_bytes());
    let sum = checksum(&header);
    header[10..12].copy_from_slice(&sum);
    join(&[&header, inside])
}

pub fn ipv4(protocol: u8, inside: &[u8]) -> Vec<u8> {
    ipv4_fragment(protocol, 0, inside)
}

/// From fd00::1 to fd00::2.
pub fn ipv6(next_header: u8, inside: &[u8]) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0, 0, 0, next_header, 64];
    header[4..6].copy_from_slice(&(inside.len() as u16).to_be_bytes());
    for last in [1, 2] {
        header.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    join(&[&header, inside])
}

/// Sum of addresses, protocol and length that `ipv4` and `ipv6` put around `inside`.
fn pseudo(version: u8, protocol: u8, length: usize) -> Vec<u8> {
    let header = if version == 4 { ipv4(0, &[])[12..20].to_vec() } else { ipv6(0, &[])[8..40].to_vec() };
    join(&[&header, &(length as u32).to_be_bytes(), &[0, 0, 0, protocol]])
}

/// 1000 to `port`; checksum as over IP `version`.
pub fn tcp(version: u8, port: u16, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut header = vec![0x03, 0xe8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0x18, 0x20, 0, 0, 0, 0, 0];
    header[2..4].copy_from_slice(&port.to_be_bytes());
    header[12] = ((20 + options.len()) / 4 * 16) as u8;
    let mut segment = join(&[&header, options, payload]);
    let sum = checksum(&join(&[&pseudo(version, 6, segment.len()), &segment]));
    segment[16..18].copy_from_slice(&sum);
    segment
}

/// 1000 to `port`; checksum as over IP `version`.
pub fn udp(version: u8, port: u16, payload: &[u8]) -> Vec<u8> {
    let length = 8 + payload.len() as u16;
    let mut datagram = join(&[&[0x03, 0xe8], &port.to_be_bytes(), &length.to_be_bytes(), &[0, 0], payload]);
    let sum = checksum(&join(&[&pseudo(version, 17, datagram.len()), &datagram]));
    datagram[6..8].copy_from_slice(&sum);
    datagram
}

pub fn icmp(kind: u8, code: u8, body: &[u8]) -> Vec<u8> {
    let mut message = join(&[&[kind, code, 0, 0], body]);
    let sum = checksum(&message);
    message[2..4].copy_from_slice(&sum);
    message
}

pub fn icmp6(kind: u8, code: u8, body: &[u8]) -> Vec<u8> {
    let mut message = join(&[&[kind, code, 0, 0], body]);
    let sum = checksum(&join(&[&pseudo(6, 58, message.len()), &message]));
    message[2..4].copy_from_slice(&sum);
    message
}

/// One frame of each shape that is decoded, by link type; each ends in a payload of `payload`.
pub fn every_shape() -> Vec<(&'static str, u16, Vec<u8>)> {
    let tcp4 = || ipv4(6, &tcp(4, 80, &[], b"payload"));
    let udp6 = || ipv6(17, &udp(6, 53, b"payload"));
    let inner = || ethernet(0x0800, &tcp4());
    let over_udp = |port, header: &[u8], inside: &[u8]| ethernet(0x0800, &ipv4(17, &udp(4, port, &join(&[header, inside]))));
    let gre = |header: &[u8], inside: &[u8]| ethernet(0x0800, &ipv4(47, &join(&[header, inside])));
    vec![
        ("tcp over IPv4", 1, ethernet(0x0800, &tcp4())),
        ("udp over IPv6", 1, ethernet(0x86dd, &udp6())),
        ("VLAN", 1, ethernet(0x8100, &vlan(7, 0x0800, &tcp4()))),
        ("QinQ", 1, ethernet(0x88a8, &vlan(9, 0x8100, &vlan(7, 0x86dd, &udp6())))),
        ("old QinQ", 1, ethernet(0x9100, &vlan(9, 0x9200, &vlan(7, 0x0800, &tcp4())))),
        ("SNAP", 1, ethernet(8 + tcp4().len() as u16, &join(&[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &tcp4()]))),
        ("PPPoE", 1, ethernet(0x8864, &join(&[&[0x11, 0, 0, 1, 0, 9, 0, 0x21], &tcp4()]))),
        ("MPLS", 1, ethernet(0x8847, &join(&[&[0, 1, 0, 64, 0, 2, 1, 64], &tcp4()]))),
        ("MPLS pseudowire", 1, ethernet(0x8847, &join(&[&[0, 2, 1, 64, 0, 0, 0, 0], &inner()]))),
        ("IP in IP", 1, ethernet(0x0800, &ipv4(4, &tcp4()))),
        ("6in4", 1, ethernet(0x0800, &ipv4(41, &udp6()))),
        ("4in6", 1, ethernet(0x86dd, &ipv6(4, &tcp4()))),
        ("GRE", 1, gre(&[0, 0, 8, 0], &tcp4())),
        ("GRE with all options", 1, gre(&[0xb0, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], &tcp4())),
        ("GRE with a route", 1, gre(&[0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 2, 9, 9, 0, 0, 0, 0], &tcp4())),
        ("GRE, bridged", 1, gre(&[0, 0, 0x65, 0x58], &inner())),
        ("PPTP", 1, gre(&[0x30, 0x81, 0x88, 0x0b, 0, 9, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 3, 0x21], &tcp4())),
        ("ERSPAN I", 1, gre(&[0, 0, 0x88, 0xbe], &inner())),
        ("ERSPAN II", 1, gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0], &inner())),
        ("ERSPAN III", 1, gre(&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &inner())),
        ("VXLAN", 1, over_udp(4789, &[8, 0, 0, 0, 0, 0, 1, 0], &inner())),
        ("Geneve", 1, over_udp(6081, &[1, 0, 0x65, 0x58, 0, 0, 1, 0, 1, 2, 3, 0], &inner())),
        ("GTP version 1", 1, over_udp(2152, &[0x30, 255, 0, 0, 0, 0, 0, 1], &tcp4())),
        ("GTP with extension", 1, over_udp(2152, &[0x34, 255, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0], &tcp4())),
        ("GTP version 0", 1, over_udp(3386, &[&[0x1e, 255][..], &[0; 18]].concat(), &tcp4())),
        ("Teredo", 1, over_udp(3544, &[], &udp6())),
        ("Teredo with indicators", 1, over_udp(3544, &[&[0, 1, 0, 0][..], &[9; 9], &[0, 0, 1, 2, 3, 4, 5, 6]].concat(), &udp6())),
        ("authenticated", 1, ethernet(0x0800, &ipv4(51, &join(&[&[6, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], &tcp(4, 80, &[], b"payload")])))),
        ("raw IP", 101, tcp4()),
        ("raw IP, BSD", 12, udp6()),
        ("raw IPv4", 228, tcp4()),
        ("raw IPv6", 229, udp6()),
        ("BSD loopback", 0, join(&[&[2, 0, 0, 0], &tcp4()])),
        ("BSD loopback, other byte order", 0, join(&[&[0, 0, 0, 30], &udp6()])),
        ("OpenBSD loopback", 108, join(&[&[0, 0, 0, 24], &udp6()])),
        ("cooked", 113, join(&[&[0; 14], &[8, 0], &tcp4()])),
        ("cooked with VLAN", 113, join(&[&[0; 14], &[0x81, 0], &vlan(7, 0x0800, &tcp4())])),
        ("cooked version 2", 276, join(&[&[0x86, 0xdd], &[0; 18], &udp6()])),
        ("PPP", 9, join(&[&[0xff, 3, 0, 0x21], &tcp4()])),
        ("PPP, compressed", 9, join(&[&[0x57], &udp6()])),
        ("Cisco HDLC", 104, join(&[&[0x0f, 0, 8, 0], &tcp4()])),
        ("PPPoE link", 51, join(&[&[0x11, 0, 0, 1, 0, 9, 0, 0x57], &udp6()])),
    ]
}

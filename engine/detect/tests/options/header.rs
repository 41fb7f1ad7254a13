//! Rule headers: addresses, ports, services, both ways, and rules with the same number (notes 3.1, 3.2, 2.1).

use std::net::IpAddr;

use crate::support::{Given, load, rule_alerts, run};
use flow::Side;
use inspect::Service;

fn at(client: &str, server: &str) -> (IpAddr, IpAddr) {
    (client.parse().unwrap(), server.parse().unwrap())
}

/// Address and port.
type End<'a> = (&'a str, u16);

/// (header, client, server, alerts on what the client sends)
fn check(rows: &[(&str, End<'_>, End<'_>, bool)]) {
    for (header, client, server, expected) in rows {
        let (from, to) = at(client.0, server.0);
        let given = Given { client: (from, client.1), server: (to, server.1), ..Given::payload(b"abc") };
        let rule = format!(r#"alert {header} (content:"abc"; sid:1;)"#);
        assert_eq!(rule_alerts(&rule, &given), *expected, "{header} for {client:?} -> {server:?}");
    }
}

#[test]
fn addresses_are_networks_lists_and_what_is_left_out_of_them() {
    let (ten, other) = (("10.1.2.3", 1000), ("192.168.0.1", 80));
    check(&[
        ("tcp 10.0.0.0/8 any -> any any", ten, other, true),
        ("tcp 10.1.2.3 any -> 192.168.0.1 any", ten, other, true),
        ("tcp 10.1.2.4 any -> any any", ten, other, false),
        ("tcp !10.0.0.0/8 any -> any any", ten, other, false),
        ("tcp !172.16.0.0/12 any -> any any", ten, other, true),
        ("tcp [172.16.0.0/12,10.0.0.0/8] any -> any any", ten, other, true),
        ("tcp [10.0.0.0/8,!10.1.0.0/16] any -> any any", ten, other, false),
        ("tcp [!10.1.2.3,10.0.0.0/8] any -> any any", ten, other, false),
        ("tcp ![10.0.0.0/8,172.16.0.0/12] any -> any any", ten, other, false),
        ("tcp [10.0.0.0/8,any] any -> any any", ("9.9.9.9", 1), other, true),
        ("tcp [any,10.0.0.0/8] any -> any any", ("9.9.9.9", 1), other, true),
        ("tcp any any -> 10.0.0.0/8 any", ten, other, false),
        ("tcp fd00::/16 any -> any any", ("fd00::1", 1000), ("fd00::2", 80), true),
        ("tcp fe80::/16 any -> any any", ("fd00::1", 1000), ("fd00::2", 80), false),
        ("tcp 0.0.0.0/0 any -> any any", ("fd00::1", 1000), ("fd00::2", 80), false),
        ("tcp $HOME_NET any -> $EXTERNAL_NET $HTTP_PORTS", ten, other, true),
    ]);
}

#[test]
fn ports_are_numbers_ranges_lists_and_what_is_left_out_of_them() {
    let to = |port| (("10.0.0.1", 40_000), ("10.0.0.2", port));
    let rows = [
        ("80", 80, true),
        ("80", 81, false),
        ("80:90", 90, true),
        ("80:90", 91, false),
        (":1023", 0, true),
        ("1024:", 65_535, true),
        ("1024:", 1023, false),
        ("!80", 80, false),
        ("!80", 81, true),
        ("!21:23", 22, false),
        ("[80,8000:8099]", 8050, true),
        ("[80,8000:8099]", 8100, false),
        ("[8000:8099,!8080]", 8080, false),
        ("[8000:8099,!8080]", 8081, true),
        ("[$HTTP_PORTS,443]", 443, true),
        ("$ORACLE_PORTS", 1521, true),
    ];
    for (ports, port, expected) in rows {
        let (client, server) = to(port);
        check(&[(&format!("tcp any any -> any {ports}"), client, server, expected)]);
        check(&[(&format!("tcp any {ports} -> any any"), server, client, expected)]);
    }
}

#[test]
fn an_arrow_has_a_direction_and_a_double_one_has_none() {
    let (client, server) = (("10.0.0.1", 40_000), ("10.0.0.2", 80));
    check(&[
        ("tcp any any -> any 80", client, server, true),
        ("tcp any 80 -> any any", client, server, false),
        ("tcp any any <> any 80", client, server, true),
        ("tcp any 80 <> any any", client, server, true),
        ("tcp 10.0.0.2 80 <> 10.0.0.1 any", client, server, true),
        ("tcp 10.0.0.1 80 <> 10.0.0.2 any", client, server, false),
    ]);
}

#[test]
fn a_service_takes_the_place_of_ports_and_excludes_other_services() {
    let on = |service, port| Given { service, server: ([10, 0, 0, 2].into(), port), ..Given::payload(b"abc") };
    let rows = [
        ("tcp any any -> any 80", "service:smtp;", None, 80, true), // unknown: the port decides
        ("tcp any any -> any 80", "service:smtp;", None, 81, false),
        ("tcp any any -> any 80", "service:smtp;", Some(Service::Smtp), 9, true), // its service: ports do not count
        ("tcp any any -> any 80", "service:smtp;", Some(Service::Ftp), 80, false),
        ("tcp any any -> any 80", "service:smtp,ftp;", Some(Service::Ftp), 9, true),
        ("tcp any any -> any 80", "", Some(Service::Ftp), 80, true), // without service the ports decide
        ("tcp any any -> any 80", "", Some(Service::Ftp), 81, false),
        ("tcp any any -> any 161", "service:snmp;", None, 161, true), // never identified: the port decides
        ("tcp any any -> any 161", "service:snmp;", Some(Service::Http), 161, false),
        ("udp any any -> any 53", "service:dns;", Some(Service::Dns), 9, true), // nor does the transport
        ("udp any any -> any 53", "service:dns;", None, 53, false),
        ("tcp any any -> any 80", "service:netbios-ssn;", Some(Service::Dcerpc), 9, true), // extensions
        ("tcp any any -> any 80", "service:http;", Some(Service::Http2), 9, true),
        ("http any any -> any 80", "", Some(Service::Http), 80, true), // a service in the header still checks ports
        ("http any any -> any 80", "", Some(Service::Http), 81, false),
        ("http", "", Some(Service::Http), 9, true),
        ("http", "", Some(Service::Ftp), 80, false),
    ];
    for (header, option, service, port, expected) in rows {
        let rule = format!(r#"alert {header} (content:"abc"; {option} sid:1;)"#);
        assert_eq!(rule_alerts(&rule, &on(service, port)), expected, "{rule} on {service:?} {port}");
    }
}

#[test]
fn a_service_in_the_header_is_seen_over_udp_too() {
    let on = |service, port| Given { kind: detect::Kind::Udp, service, server: ([10, 0, 0, 2].into(), port), ..Given::payload(b"abc") };
    let rows = [
        ("dns", Some(Service::Dns), 53, true),
        ("sip", Some(Service::Sip), 5060, true),
        ("sip any any -> any 5060", Some(Service::Sip), 5060, true),
        ("sip any any -> any 5060", Some(Service::Sip), 5061, false),
        ("dns", Some(Service::Sip), 53, false),
        ("dns", None, 53, false),
    ];
    for (header, service, port, expected) in rows {
        let rule = format!(r#"alert {header} (content:"abc"; sid:1;)"#);
        assert_eq!(rule_alerts(&rule, &on(service, port)), expected, "{rule} on {service:?} {port}");
    }
}

#[test]
fn ip_rules_see_every_protocol() {
    use detect::Kind::{Icmp, Ip, Tcp, Udp};
    let rows = [("ip", Tcp, true), ("ip", Udp, true), ("ip", Icmp, true), ("ip", Ip, true), ("tcp", Udp, false), ("icmp", Ip, false)];
    for (protocol, kind, expected) in rows {
        let given = Given { kind, ..Given::payload(b"abc") };
        let rule = format!(r#"alert {protocol} any any -> any any (content:"abc"; sid:1;)"#);
        assert_eq!(rule_alerts(&rule, &given), expected, "{protocol} {kind:?}");
    }
}

#[test]
fn the_sender_is_on_the_left() {
    let answer = Given { side: Side::Server, ..Given::payload(b"abc") };
    assert!(rule_alerts(r#"alert tcp 10.0.0.2 80 -> 10.0.0.1 any (content:"abc"; sid:1;)"#, &answer));
    assert!(!rule_alerts(r#"alert tcp any any -> any 80 (content:"abc"; sid:1;)"#, &answer));
}

#[test]
fn of_rules_with_one_number_the_higher_revision_counts_and_of_equal_ones_the_later() {
    let rule = |word: &str, rev: u32| format!("alert tcp any any -> any 80 (content:\"{word}\"; sid:7; rev:{rev};)\n");
    let rows = [
        ([rule("old", 1), rule("new", 2)], "new"),
        ([rule("new", 2), rule("old", 1)], "new"),
        ([rule("first", 1), rule("second", 1)], "second"),
    ];
    for (rules, wanted) in rows {
        let set = load(&rules.concat(), true);
        assert_eq!(set.rules().len(), 1);
        for word in ["old", "new", "first", "second"] {
            let expected: Vec<u32> = if word == wanted { vec![7] } else { vec![] };
            assert_eq!(run(&set, &[Given::payload(word.as_bytes())]), [expected], "{rules:?} {word}");
        }
    }
    let two = load(
        "alert tcp any any -> any 80 (content:\"x\"; gid:1; sid:7;)\nalert tcp any any -> any 80 (content:\"x\"; gid:3; sid:7;)",
        true,
    );
    assert_eq!(two.rules().len(), 2, "another generator is another rule");
}

#[test]
fn longer_patterns_come_first_and_of_equal_ones_the_higher_number() {
    let rules = concat!(
        "alert tcp any any -> any 80 (content:\"ab\"; sid:1;)\n",
        "alert tcp any any -> any 80 (content:\"abcd\"; sid:2;)\n",
        "alert tcp any any -> any 80 (content:\"cd\"; sid:3;)\n",
        "alert tcp any any -> any 80 (dsize:4; sid:4;)\n",
    );
    assert_eq!(run(&load(rules, true), &[Given::payload(b"abcd")]), [[2, 3, 1, 4]]);
}

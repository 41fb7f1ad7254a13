//! What inspectors found out: TLS, SIP, DCE/RPC (notes 2.10).

use crate::support::{Given, alerts};
use inspect::{DceFacts, Facts, Service, SipFacts, SslFacts, ssl_states, ssl_versions};

#[test]
fn ssl_options_look_at_whole_pdus_of_tls_flows() {
    let ssl = Some(SslFacts { states: ssl_states::CLIENT_HELLO, versions: ssl_versions::SSLV2 | ssl_versions::TLS1_2 });
    let pdu = Given {
        facts: Facts { ssl, ..Facts::default() },
        rebuilt: true,
        encrypted: true,
        service: Some(Service::Ssl),
        ..Given::payload(b"..")
    };
    let rows = [
        ("ssl_state:client_hello;", true),
        ("ssl_state:server_hello;", false),
        ("ssl_state:server_hello,client_hello;", true),
        ("ssl_state:!server_hello;", true),
        ("ssl_state:!client_hello;", false),
        ("ssl_version:sslv2;", true),
        ("ssl_version:tls1.0;", false),
        ("ssl_version:tls1.0,tls1.2;", true),
        ("ssl_version:!sslv2;", false),
    ];
    for (options, expected) in rows {
        assert_eq!(alerts(options, &pdu), expected, "{options}");
    }
    assert!(!alerts("ssl_state:client_hello;", &Given { rebuilt: false, ..pdu.clone() }), "part of a PDU");
    assert!(!alerts("ssl_state:!client_hello;", &Given { facts: Facts::default(), ..pdu }), "no TLS");
}

#[test]
fn sip_options_look_at_the_start_line() {
    let given = |sip| Given { facts: Facts { sip: Some(sip), ..Facts::default() }, service: Some(Service::Sip), ..Given::payload(b"..") };
    let invite = given(SipFacts { method: b"INVITE", status: None });
    let busy = given(SipFacts { method: b"", status: Some(486) });
    let rows = [
        ("sip_method:invite;", true, false),
        ("sip_method:options;", false, false),
        ("sip_method:options,invite;", true, false),
        ("sip_method:!invite;", false, false),
        ("sip_method:!options;", true, false),
        ("sip_method;", false, false),
        ("sip_stat_code:486;", false, true),
        ("sip_stat_code:4;", false, true),
        ("sip_stat_code:48;", false, false),
        ("sip_stat_code:200,486;", false, true),
    ];
    for (options, for_request, for_response) in rows {
        assert_eq!(alerts(options, &invite), for_request, "request: {options}");
        assert_eq!(alerts(options, &busy), for_response, "response: {options}");
    }
}

#[test]
fn dce_options_look_at_the_call() {
    let uuid = "4b324fc8-1670-01d3-1278-5a47bf6ee188";
    let interface = Some([0x4b, 0x32, 0x4f, 0xc8, 0x16, 0x70, 0x01, 0xd3, 0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e, 0xe1, 0x88]);
    let given = |dce| Given {
        facts: Facts { dce, ..Facts::default() },
        service: Some(Service::Dcerpc),
        rebuilt: true,
        ..Given::payload(b"\x05\0\0stub")
    };
    let call = Some(DceFacts { interface, version: Some(3), opnum: Some(31), big_endian: false, first_fragment: true });
    let rows = [
        (format!("dce_iface:uuid {uuid};"), true),
        (format!("dce_iface:{uuid};"), true),
        ("dce_iface:uuid 00000000-1670-01d3-1278-5a47bf6ee188;".to_owned(), false),
        (format!("dce_iface:uuid {uuid},version =3;"), true),
        (format!("dce_iface:uuid {uuid}, version < 3;"), false),
        (format!("dce_iface:{uuid},>2,any_frag;"), true),
        (format!("dce_iface:{uuid},!3;"), false),
        ("dce_opnum:\"31\";".to_owned(), true),
        ("dce_opnum:\"1-2\";".to_owned(), false),
        ("dce_opnum:\"1,30-32\";".to_owned(), true),
        (format!("dce_iface:uuid {uuid}; dce_opnum:\"31\"; pkt_data; content:\"stub\";"), true),
    ];
    for (options, expected) in &rows {
        let rule = format!("{options} service:dcerpc;");
        assert_eq!(alerts(&rule, &given(call)), *expected, "{options}");
        assert!(!alerts(&rule, &given(None)), "without a call: {options}");
    }
    let later = Some(DceFacts { interface, first_fragment: false, ..DceFacts::default() });
    assert!(!alerts(&format!("dce_iface:uuid {uuid};"), &given(later)), "a later fragment");
    assert!(alerts(&format!("dce_iface:uuid {uuid},any_frag;"), &given(later)), "any fragment");
}

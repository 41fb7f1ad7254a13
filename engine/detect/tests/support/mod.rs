//! Holds rules against payloads without packets: what an engine does with one unit of detection.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a case that does not load is a mistake in the test")]

use std::net::{IpAddr, Ipv4Addr};

use detect::{FlowState, Kind, RuleSet, Scratch, Subject, Variables};
use flow::{Endpoint, FlowInfo, Side};
use inspect::{BufferId, Facts, Inspection, Section, Service};
use wire::Packet;

/// What a rule is held against. Buffers that are not listed are absent; pkt_data and raw_data are the payload where not listed.
#[derive(Debug, Clone)]
pub struct Given<'a> {
    pub kind: Kind,
    pub payload: &'a [u8],
    pub buffers: &'a [(BufferId, &'a [u8])],
    pub section: Section,
    pub facts: Facts<'a>,
    pub head: bool,
    pub file_pos: u64,
    pub encrypted: bool,
    pub side: Side,
    pub established: bool,
    pub rebuilt: bool,
    pub defragmented: bool,
    pub service: Option<Service>,
    pub client: (IpAddr, u16),
    pub server: (IpAddr, u16),
    pub packet: Option<Packet<'a>>,
    pub sent: [u32; 2],
    pub seconds: i64,
}

impl<'a> Given<'a> {
    /// A raw TCP segment of an established flow from 10.0.0.1:40000 to 10.0.0.2:80.
    pub fn payload(payload: &'a [u8]) -> Self {
        Self {
            kind: Kind::Tcp,
            payload,
            buffers: &[],
            section: Section::None,
            facts: Facts::default(),
            head: true,
            file_pos: 0,
            encrypted: false,
            side: Side::Client,
            established: true,
            rebuilt: false,
            defragmented: false,
            service: None,
            client: (Ipv4Addr::new(10, 0, 0, 1).into(), 40_000),
            server: (Ipv4Addr::new(10, 0, 0, 2).into(), 80),
            packet: None,
            sent: [0, 0],
            seconds: 1_700_000_000,
        }
    }

    /// A PDU of an HTTP flow.
    pub fn http(section: Section, buffers: &'a [(BufferId, &'a [u8])]) -> Self {
        Self { section, buffers, rebuilt: true, service: Some(Service::Http), ..Self::payload(b"") }
    }

    /// A packet of its own kind, as `frame` (an IP datagram) says.
    pub fn datagram(frame: &'a [u8]) -> Self {
        let packet = wire::decode(wire::LinkType::RAW, frame, wire::Checksums::Ignore);
        let kind = match packet.l4 {
            wire::L4::Tcp(_) => Kind::Tcp,
            wire::L4::Udp(_) => Kind::Udp,
            wire::L4::Icmp(_) => Kind::Icmp,
            wire::L4::None => Kind::Ip,
        };
        Self { kind, packet: Some(packet.clone()), ..Self::payload(packet.payload) }
    }

    /// Calls `run` with the subject that this describes.
    pub fn subject<T>(&self, run: impl FnOnce(&Subject<'_>) -> T) -> T {
        let mut inspection = Inspection::plain(self.payload);
        self.buffers.iter().for_each(|(id, bytes)| inspection.buffers.set(*id, bytes));
        inspection.section = self.section;
        inspection.facts = self.facts;
        (inspection.head, inspection.file_pos) = (self.head, self.file_pos);
        let end = |(ip, port)| Endpoint { ip, port };
        let (client, server) = (end(self.client), end(self.server));
        let (source, destination) = if self.side == Side::Client { (client, server) } else { (server, client) };
        let flow = FlowInfo {
            id: 1,
            protocol: 6,
            vlan: None,
            client,
            server,
            start: 0,
            last: 0,
            established: self.established,
            packets: [1, 1],
            bytes: [1, 1],
            sent: self.sent,
            midstream: false,
            answered: true,
        };
        run(&Subject {
            kind: self.kind,
            packet: self.packet.as_ref(),
            source,
            destination,
            service: self.service,
            side: Some(self.side),
            established: self.established,
            flow: Some(&flow),
            rebuilt: self.rebuilt,
            whole: self.rebuilt,
            defragmented: self.defragmented,
            inspected: self.service.is_some(),
            searched: !self.encrypted,
            inspection: &inspection,
            time: self.seconds * 1_000_000_000,
        })
    }
}

/// Loads rules of which none may be refused.
pub fn load(rules: &str, prefilter: bool) -> RuleSet {
    let loaded = detect::load(&[("test.rules", rules.as_bytes())], &Variables::default(), prefilter, Default::default());
    assert!(loaded.refusals.is_empty(), "{rules}: {:?}", loaded.refusals);
    loaded.rules
}

/// Sids that alert on each unit of one flow, in the order of the alerts.
pub fn run(set: &RuleSet, units: &[Given<'_>]) -> Vec<Vec<u32>> {
    run_with(set, units, &mut Scratch::default())
}

/// The same with working memory, for what it counts.
pub fn run_with(set: &RuleSet, units: &[Given<'_>], scratch: &mut Scratch) -> Vec<Vec<u32>> {
    let mut state = FlowState::default();
    let mut one = |given: &Given<'_>| {
        let mut out = Vec::new();
        given.subject(|subject| set.detect(subject, Some(&mut state), scratch, &mut out));
        out.iter().filter_map(|found| set.rule(found.rule)).map(|rule| rule.id.sid).collect()
    };
    units.iter().map(&mut one).collect()
}

/// Whether `rule`, whole, alerts; the same with and without the prefilter.
pub fn rule_alerts(rule: &str, given: &Given<'_>) -> bool {
    let alerted = |prefilter| run(&load(rule, prefilter), std::slice::from_ref(given)).concat() == [1];
    let with_it = alerted(true);
    assert_eq!(with_it, alerted(false), "the prefilter may only save work: {rule}");
    with_it
}

/// Whether a rule with these options alerts: for port 80 where there are ports.
pub fn alerts(options: &str, given: &Given<'_>) -> bool {
    let header = match given.kind {
        Kind::Tcp => "tcp any any -> any 80",
        Kind::Udp => "udp any any -> any any",
        Kind::Icmp => "icmp any any -> any any",
        Kind::Ip => "ip any any -> any any",
    };
    let header = if given.side == Side::Server { "tcp any 80 -> any any" } else { header };
    rule_alerts(&format!("alert {header} ({options} sid:1; rev:1;)"), given)
}

/// Numbers (from 1, sorted) of the rules that alert on each payload of one flow.
pub fn sids(options: &[&str], payloads: &[&[u8]]) -> Vec<Vec<u32>> {
    let one = |(i, options): (usize, &&str)| format!("alert tcp any any -> any 80 ({options} sid:{}; rev:1;)\n", i + 1);
    let rules: String = options.iter().enumerate().map(one).collect();
    let units: Vec<Given<'_>> = payloads.iter().map(|payload| Given::payload(payload)).collect();
    let mut sids = run(&load(&rules, true), &units);
    sids.iter_mut().for_each(|unit| unit.sort_unstable());
    sids
}

/// (what is shown, options, payload, alerts)
pub type Row = (&'static str, &'static str, &'static [u8], bool);

/// Holds each row against its payload, raw and as a PDU.
pub fn check(rows: &[Row]) {
    for (shown, options, payload, expected) in rows {
        for rebuilt in [false, true] {
            let given = Given { rebuilt, ..Given::payload(payload) };
            assert_eq!(alerts(options, &given), *expected, "{shown}: {options}");
        }
    }
}

//! Holds rules against payloads without packets: what an engine does with one unit of detection.
#![allow(dead_code, unreachable_pub)]

use detect::{FlowState, Kind, Scratch, Subject, Variables};
use flow::{Endpoint, Side};
use inspect::{Inspection, Service};

/// What a rule is held against.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    pub payload: &'a [u8],
    pub side: Side,
    pub established: bool,
    pub rebuilt: bool,
    pub service: Option<Service>,
    pub port: u16,
}

impl<'a> Given<'a> {
    pub fn payload(payload: &'a [u8]) -> Self {
        Self { payload, side: Side::Client, established: true, rebuilt: false, service: None, port: 80 }
    }
}

/// Whether a rule with these options, for TCP port 80, alerts; the same with and without the prefilter.
pub fn alerts(options: &str, given: &Given<'_>) -> bool {
    let rule = format!("alert tcp any any -> any 80 (msg:\"t\"; {options} sid:1; rev:1;)");
    let run = |prefilter| {
        let set = load(&rule, prefilter);
        let mut out = Vec::new();
        unit(given, |subject| set.detect(subject, Some(&mut FlowState::default()), &mut Scratch::default(), &mut out));
        !out.is_empty()
    };
    let with_it = run(true);
    assert_eq!(with_it, run(false), "the prefilter may only save work: {options}");
    with_it
}

/// Numbers (from 1) of the rules that alert on each payload of one flow.
pub fn sids(options: &[&str], payloads: &[&[u8]]) -> Vec<Vec<u32>> {
    let rules: String =
        options.iter().enumerate().map(|(i, options)| format!("alert tcp any any -> any 80 ({options} sid:{}; rev:1;)\n", i + 1)).collect();
    let set = load(&rules, true);
    let (mut state, mut scratch) = (FlowState::default(), Scratch::default());
    let one = |payload: &&[u8]| {
        let mut out = Vec::new();
        unit(&Given::payload(payload), |subject| set.detect(subject, Some(&mut state), &mut scratch, &mut out));
        let mut sids: Vec<u32> = out.iter().filter_map(|found| set.rule(found.rule)).map(|rule| rule.id.sid).collect();
        sids.sort_unstable();
        sids
    };
    payloads.iter().map(one).collect()
}

fn load(rules: &str, prefilter: bool) -> detect::RuleSet {
    let loaded = detect::load(&[("test.rules", rules.as_bytes())], &Variables::default(), prefilter, Default::default());
    assert!(loaded.refusals.is_empty(), "{rules}: {:?}", loaded.refusals);
    loaded.rules
}

fn unit(given: &Given<'_>, mut run: impl FnMut(&Subject<'_>)) {
    let inspection = Inspection::plain(given.payload);
    let (client, server) = (end(1, 40_000), end(2, given.port));
    let (source, destination) = if given.side == Side::Client { (client, server) } else { (server, client) };
    run(&Subject {
        kind: Kind::Tcp,
        packet: None,
        source,
        destination,
        service: given.service,
        side: Some(given.side),
        established: given.established,
        flow: None,
        rebuilt: given.rebuilt,
        whole: given.rebuilt,
        inspected: false,
        searched: true,
        inspection: &inspection,
        time: 1_000_000_000,
    });
}

fn end(host: u8, port: u16) -> Endpoint {
    Endpoint { ip: std::net::Ipv4Addr::new(10, 0, 0, host).into(), port }
}

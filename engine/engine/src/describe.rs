//! Makes an [`Event`] of a match: runs only when a rule fired, so it may copy.

use base64::Engine as _;
use detect::{Found, Kind, Match, Rule, RuleSet, StepText, Subject};
use flow::{FlowInfo, Side};
use inspect::BufferId;
use sha1::{Digest, Sha1};
use std::net::IpAddr;
use wire::{L4, Packet};

use crate::event::{Event, FlowSummary, Headers, HttpSummary, OptionMatch};
use crate::world::WirePacket;

const PAYLOAD: usize = 16_384;
const EXCERPT: usize = 4_096;
/// Bytes shown before the first match of an excerpt.
const LEAD: usize = 512;

/// The event of `matched`, which `subject` fired on; its bytes begin at that TCP sequence number.
pub fn event(set: &RuleSet, matched: &Match, subject: &Subject<'_>, wire: &WirePacket<'_>, sequence: Option<u32>) -> Option<Event> {
    let rule = set.rule(matched.rule)?;
    let about = &rule.about;
    let own = matches!(subject.kind, Kind::Tcp | Kind::Udp).then_some((subject.source.port, subject.destination.port));
    let ports = own.or(subject.packet.and_then(|packet| packet.tunnel_ports));
    let raw = subject.inspection.buffers.get(BufferId::RawData);
    let matches = matches(rule, matched, subject);
    let excerpts = excerpts(matched, subject);
    Some(Event {
        time: subject.time,
        packet_number: wire.number,
        gid: rule.id.gid,
        sid: rule.id.sid,
        rev: rule.id.rev,
        msg: about.msg.clone(),
        classtype: about.classtype.clone(),
        class_text: about.class_text.clone(),
        priority: about.priority,
        references: about.references.clone(),
        metadata: about.metadata.clone(),
        rule_text: about.text.clone(),
        sequence,
        protocol: protocol(subject.kind),
        generator: generator(subject, wire),
        direction: direction(subject.side),
        service: subject.service.map(inspect::Service::name),
        src_ip: subject.source.ip.to_string(),
        src_port: ports.map(|ports| ports.0),
        dst_ip: subject.destination.ip.to_string(),
        dst_port: ports.map(|ports| ports.1),
        vlan: subject.flow.and_then(|flow| flow.vlan).unwrap_or(0),
        packet_length: subject.packet.and_then(|packet| packet.ip.as_ref()).map_or(raw.len() as u32, |ip| ip.total_len),
        ifindex: wire.ifindex,
        interface: None,
        towards_pod: wire.outgoing,
        link_type: wire.link.0,
        packet: wire.frame.to_vec(),
        packet_time: if wire.frame.is_empty() { 0 } else { wire.time },
        payload: raw[..raw.len().min(PAYLOAD)].to_vec(),
        buffers: excerpts.iter().map(|(name, _, bytes)| (*name, bytes.to_vec())).collect(),
        buffer_offsets: excerpts.iter().map(|(name, offset, _)| (*name, *offset)).collect(),
        matches,
        flow: subject.flow.map(flow_summary),
        http: http(subject),
        headers: subject.packet.map(headers).unwrap_or_default(),
        incomplete: false,
        event_number: 0,
        gathered: None,
        capture: None,
    })
}

pub fn protocol(kind: Kind) -> &'static str {
    match kind {
        Kind::Tcp => "TCP",
        Kind::Udp => "UDP",
        Kind::Icmp => "ICMP",
        Kind::Ip => "IP",
    }
}

pub fn generator(subject: &Subject<'_>, wire: &WirePacket<'_>) -> &'static str {
    match (subject.rebuilt, wire.defragmented) {
        (true, _) => "stream_tcp",
        (false, true) => "stream_ip",
        (false, false) => "raw",
    }
}

pub fn direction(side: Option<Side>) -> &'static str {
    match side {
        Some(Side::Client) => "C2S",
        Some(Side::Server) => "S2C",
        None => "UNK",
    }
}

fn text_of<'r>(rule: &'r Rule, found: &Found) -> Option<&'r StepText> {
    match found.step {
        Found::FAST_PATTERN => rule.fast_pattern.as_ref()?.only.as_ref(),
        step => rule.step_texts.get(usize::from(step)),
    }
}

/// The buffer that something was found in.
fn buffer_of<'a>(found: &Found, matched: &'a Match, subject: &Subject<'a>) -> &'a [u8] {
    match found.buffer {
        BufferId::Base64Data => &matched.decoded,
        buffer => subject.inspection.buffers.get(buffer),
    }
}

fn bytes_of<'a>(found: &Found, matched: &'a Match, subject: &Subject<'a>) -> &'a [u8] {
    buffer_of(found, matched, subject).get(found.start as usize..(found.start + found.len) as usize).unwrap_or_default()
}

fn matches(rule: &Rule, matched: &Match, subject: &Subject<'_>) -> Vec<OptionMatch> {
    let one = |found: &Found| {
        let text = text_of(rule, found)?;
        Some(OptionMatch {
            keyword: text.keyword.clone(),
            option: text.text.clone(),
            rule_range: text.range,
            buffer: found.buffer.name(),
            offset: found.start,
            length: found.len,
            bytes: bytes_of(found, matched, subject).to_vec(),
        })
    };
    matched.found.iter().filter_map(one).collect()
}

/// Name, offset and bytes of each buffer around its matches.
fn excerpts<'a>(matched: &'a Match, subject: &Subject<'a>) -> Vec<(&'static str, u32, &'a [u8])> {
    let mut excerpts: Vec<(&'static str, u32, &'a [u8])> = Vec::new();
    for found in &matched.found {
        let name = found.buffer.name();
        if excerpts.iter().any(|(known, _, _)| *known == name) {
            continue;
        }
        let buffer = buffer_of(found, matched, subject);
        let first = matched.found.iter().filter(|other| other.buffer == found.buffer).map(|other| other.start as usize).min().unwrap_or(0);
        let start = if buffer.len() <= EXCERPT { 0 } else { first.saturating_sub(LEAD).min(buffer.len() - EXCERPT) };
        excerpts.push((name, start as u32, &buffer[start..buffer.len().min(start + EXCERPT)]));
    }
    excerpts
}

fn flow_summary(flow: &FlowInfo) -> FlowSummary {
    let [client, server] = [Side::Client as usize, Side::Server as usize];
    FlowSummary {
        id: flow.id,
        community_id: community_id(flow),
        client_ip: flow.client.ip.to_string(),
        client_port: flow.client.port,
        server_ip: flow.server.ip.to_string(),
        server_port: flow.server.port,
        start: flow.start,
        client_packets: flow.packets[client],
        client_bytes: flow.bytes[client],
        server_packets: flow.packets[server],
        server_bytes: flow.bytes[server],
    }
}

/// Community ID flow hash, version 1, seed 0 (Corelight's specification).
fn community_id(flow: &FlowInfo) -> String {
    let octets = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let mut ends = [(octets(flow.client.ip), flow.client.port), (octets(flow.server.ip), flow.server.port)];
    ends.sort();
    let mut hash = Sha1::new();
    hash.update([0, 0]);
    hash.update(&ends[0].0);
    hash.update(&ends[1].0);
    hash.update([flow.protocol, 0]);
    hash.update(ends[0].1.to_be_bytes());
    hash.update(ends[1].1.to_be_bytes());
    format!("1:{}", base64::engine::general_purpose::STANDARD.encode(hash.finalize()))
}

fn http(subject: &Subject<'_>) -> Option<HttpSummary> {
    let http = subject.inspection.facts.http?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(EXCERPT)]).into_owned();
    Some(HttpSummary { request_line: text(http.request_line), host: text(http.host), user_agent: text(http.user_agent) })
}

fn headers(packet: &Packet<'_>) -> Headers {
    let mac = |address: [u8; 6]| address.map(|byte| format!("{byte:02X}")).join(":");
    let mut headers = Headers::default();
    if let Some(ethernet) = packet.ethernet {
        (headers.eth_src, headers.eth_dst, headers.eth_type) = (Some(mac(ethernet.src)), Some(mac(ethernet.dst)), Some(ethernet.ethertype));
    }
    if let Some(ip) = &packet.ip {
        (headers.ttl, headers.tos, headers.ip_id) = (Some(ip.ttl), Some(ip.tos), Some(ip.id));
        headers.ip_len = Some(ip.payload.len() as u32);
    }
    match packet.l4 {
        L4::Tcp(tcp) => {
            (headers.tcp_flags, headers.tcp_seq, headers.tcp_ack) = (Some(tcp.flags), Some(tcp.seq), Some(tcp.ack));
            (headers.tcp_win, headers.tcp_len) = (Some(tcp.window), Some(tcp.header_len));
        }
        L4::Udp(udp) => headers.udp_len = Some(udp.len),
        L4::Icmp(icmp) => {
            (headers.icmp_type, headers.icmp_code) = (Some(icmp.kind), Some(icmp.code));
            (headers.icmp_id, headers.icmp_seq) = (icmp.id, icmp.seq);
        }
        L4::None => {}
    }
    headers
}

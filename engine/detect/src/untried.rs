//! Why a rule was not tried on a unit of detection at all. Asked afterwards and for one rule, so that detection itself need not keep reasons.

use flow::Side;
use inspect::{BufferId, Section};

use crate::context::{protocols, wrong_side};
use crate::detect::fits_flags;
use crate::header::Header;
use crate::rule::{FastPattern, Rule, Stage};
use crate::rule_set::RuleSet;
use crate::state::FlowState;
use crate::subject::{Kind, Subject};

/// The first thing that kept a rule from being tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untried {
    /// In a word, for programs.
    pub name: &'static str,
    /// For people; the same words for alike units.
    pub text: String,
}

/// The reason that remains when all else would have let the rule be tried: what it waits for came too late in the unit.
const LATE: &str = "flowbit_set_later";

fn because(name: &'static str, text: impl Into<String>) -> Option<Untried> {
    Some(Untried { name, text: text.into() })
}

impl RuleSet {
    /// Why the rule at `index` was not tried on `subject`, whose flow is now in this state. Only to be asked of one that was not.
    pub fn untried(&self, index: u32, subject: &Subject<'_>, flow: Option<&FlowState>) -> Untried {
        let absent = || because("no_rule", "no such rule is in use");
        let reason = self.rule(index).map_or_else(absent, |rule| {
            no_candidate(rule, subject).or_else(|| match &rule.fast_pattern {
                None => other_flags(rule, subject),
                Some(pattern) => not_searched(rule, pattern, subject).or_else(|| no_flowbit(rule, flow)),
            })
        });
        reason.unwrap_or_else(|| Untried { name: LATE, text: "the flowbit was set by a rule that comes after this one".into() })
    }
}

/// What `context::candidate` decides, with the reason.
fn no_candidate(rule: &Rule, subject: &Subject<'_>) -> Option<Untried> {
    if wrong_side(rule, subject.side) {
        return because("other_direction", format!("it is for what the {} sends", sender(rule.flow.side)));
    }
    let header = &rule.header;
    let Some(checks_ports) = header.checks_ports(subject.service) else {
        let service = subject.service.map_or("unknown", inspect::Service::name);
        return because("other_service", format!("the flow's service is {service}, the rule is for {}", services(header)));
    };
    let of_service = subject.service.is_some_and(|service| header.services.has(service));
    if of_service && !checks_ports {
        return None;
    }
    if !header.fits_kind(subject.kind, subject.service) {
        return because("other_protocol", format!("{}, the rule is for {}", kind(subject.kind), rule.about.protocol));
    }
    if rule.ip_proto.is_some_and(|asked| !protocols(subject.kind).any(|protocol| asked.contains(protocol.into()))) {
        return because("other_ip_proto", "another protocol behind the IP header");
    }
    let has_ports = matches!(subject.kind, Kind::Tcp | Kind::Udp);
    if has_ports && !header.fits_ports(subject.source.port, subject.destination.port) {
        return because("other_ports", format!("{}, and the ports are not those of its header", service_known(subject)));
    }
    let pattern = rule.fast_pattern.as_ref().filter(|_| !of_service)?;
    let payload = matches!(pattern.buffer, BufferId::PktData | BufferId::RawData);
    let text =
        || format!("{}: only the payload is searched there, and its fast pattern is in {}", service_known(subject), pattern.buffer.name());
    if payload { None } else { because("service_unknown", text()) }
}

fn service_known(subject: &Subject<'_>) -> String {
    subject.service.map_or_else(|| "the flow's service is not known".into(), |service| format!("the flow's service is {}", service.name()))
}

fn services(header: &Header) -> String {
    let names: Vec<&str> =
        inspect::Service::NAMES.iter().filter(|(service, _)| header.services.has(*service)).map(|(_, name)| *name).collect();
    if names.is_empty() { "one that is never recognized".into() } else { names.join(", ") }
}

fn sender(side: Option<Side>) -> &'static str {
    match side {
        Some(Side::Server) => "server",
        _ => "client",
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Tcp => "TCP",
        Kind::Udp => "UDP",
        Kind::Icmp => "ICMP",
        Kind::Ip => "neither TCP, UDP nor ICMP, or a fragment",
    }
}

fn other_flags(rule: &Rule, subject: &Subject<'_>) -> Option<Untried> {
    let flags = rule.flags?;
    if fits_flags(flags, subject) { None } else { because("other_flags", "its flags are not those of the packet, or it is no packet") }
}

/// Why the search did not name it.
fn not_searched(rule: &Rule, pattern: &FastPattern, subject: &Subject<'_>) -> Option<Untried> {
    let name = pattern.buffer.name();
    if !subject.searched {
        return because("not_searched", "the payload is not searched: it is encrypted, or a later fragment");
    }
    let data = subject.inspection.buffers.get(pattern.buffer);
    if data.is_empty() {
        return because("buffer_absent", format!("there is no {name}"));
    }
    if !rule.stage.searched_at(subject.inspection.section, pattern.buffer) {
        let (wanted, is) = (stage(rule.stage), section(subject.inspection.section));
        return because("other_section", format!("it needs {wanted}, and {is} is inspected"));
    }
    match pattern.finder.find(data) {
        None => because("pattern_absent", format!("its fast pattern is not in {name}")),
        Some(start) => beyond(pattern, start),
    }
}

fn beyond(pattern: &FastPattern, start: usize) -> Option<Untried> {
    let limit = pattern.limit.filter(|limit| start + pattern.bytes.len() > *limit)?;
    because("pattern_too_far", format!("its fast pattern stands in {} only behind byte {limit}, where it may not", pattern.buffer.name()))
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Unsaid => "payload",
        Stage::Header => "headers",
        Stage::HeaderOrBody => "headers or a body",
        Stage::Body => "a body",
        Stage::Trailer => "trailers",
    }
}

fn section(section: Section) -> &'static str {
    match section {
        Section::None => "all of it",
        Section::Header => "the headers",
        Section::Body => "a piece of the body",
        Section::Trailer => "the trailers",
    }
}

fn no_flowbit(rule: &Rule, flow: Option<&FlowState>) -> Option<Untried> {
    let none = rule.needs_flowbits && flow.is_none_or(FlowState::is_empty);
    if none { because("no_flowbit", "no flowbit is set on the flow, and it asks for one") } else { None }
}

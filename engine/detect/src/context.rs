//! Which rules can match at all on a flow of this kind, service, direction and pair of ports (Snort notes 3.1 to 3.3). Resolved once a flow.

use std::sync::{Arc, OnceLock};

use flow::Side;
use inspect::{BufferId, Section, Service};

use crate::prefilter::PatternSet;
use crate::rule::Rule;
use crate::subject::Kind;

/// What decides the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContextKey {
    /// Which rule protocols.
    pub kind: Kind,
    /// The flow's service.
    pub service: Option<Service>,
    /// Direction of the data.
    pub side: Option<Side>,
    /// Class of the source port: ports of one class are in the same port sets of all rules.
    pub source: u16,
    /// Class of the destination port.
    pub destination: u16,
}

/// The candidates, sorted by what must be searched for them.
#[derive(Debug)]
pub struct Context {
    /// Rules by buffer of their fast pattern; buffers without rules left out.
    buffers: Vec<Searched>,
    /// Rules without fast pattern: evaluated on every packet and PDU.
    pub unsearched: Vec<u32>,
}

/// The rules whose fast pattern is in one buffer.
#[derive(Debug)]
pub struct Searched {
    /// The buffer.
    pub buffer: BufferId,
    /// Rules for many ports or for the service: other contexts have the same ones, and share their pattern set. Rules for few ports are
    /// kept apart: their sets are small, so that a context of yet another port costs next to nothing to make.
    members: [Vec<u32>; 2],
    /// By section; compiled when first met.
    sets: [OnceLock<[Option<Arc<PatternSet>>; 2]>; 4],
}

/// A port of each class that is looked at, for the test of a rule's ports.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// Source.
    pub source: u16,
    /// Destination.
    pub destination: u16,
}

impl Context {
    /// Finds the candidates among all rules.
    pub fn new(rules: &[Rule], key: &ContextKey, ports: Ports) -> Self {
        let mut context = Self { buffers: Vec::new(), unsearched: Vec::new() };
        for (index, rule) in rules.iter().enumerate() {
            if !candidate(rule, key, ports) {
                continue;
            }
            let by_ports = rule.header.checks_ports(key.service) == Some(true);
            match rule.fast_pattern.as_ref().map(|pattern| pattern.buffer) {
                None => context.unsearched.push(index as u32),
                Some(buffer) => context.searched(buffer).members[usize::from(by_ports && rule.header.is_narrow())].push(index as u32),
            }
        }
        context
    }

    fn searched(&mut self, buffer: BufferId) -> &mut Searched {
        let at = self.buffers.iter().position(|searched| searched.buffer == buffer).unwrap_or_else(|| {
            self.buffers.push(Searched { buffer, members: Default::default(), sets: Default::default() });
            self.buffers.len() - 1
        });
        &mut self.buffers[at]
    }

    /// Makes the pattern sets of these sections now instead of when first asked for.
    pub fn compile(&self, side: Option<Side>, sections: &[Section], rules: &[Rule], compile: impl Fn(Vec<u32>) -> Arc<PatternSet>) {
        for searched in self.searches(side) {
            for &section in sections {
                searched.sets(section, rules, &compile).for_each(drop);
            }
        }
    }

    /// What must be searched in `side`'s data.
    pub fn searches(&self, side: Option<Side>) -> impl Iterator<Item = &Searched> {
        self.buffers.iter().filter(move |searched| match searched.buffer {
            BufferId::HttpUri | BufferId::HttpRawUri | BufferId::HttpMethod => side != Some(Side::Server),
            BufferId::HttpStatCode | BufferId::HttpStatMsg => side != Some(Side::Client),
            _ => true,
        })
    }
}

impl Searched {
    /// The patterns that are searched while `section` is inspected; made by `compile` when first asked for.
    pub fn sets(
        &self,
        section: Section,
        rules: &[Rule],
        compile: impl Fn(Vec<u32>) -> Arc<PatternSet>,
    ) -> impl Iterator<Item = &PatternSet> {
        let make = |members: &Vec<u32>| {
            let fits = |index: &u32| rules.get(*index as usize).is_some_and(|rule| rule.stage.searched_at(section, self.buffer));
            let members: Vec<u32> = members.iter().copied().filter(fits).collect();
            (!members.is_empty()).then(|| compile(members))
        };
        self.sets[section as usize].get_or_init(|| self.members.each_ref().map(make)).iter().flatten().map(Arc::as_ref)
    }
}

fn candidate(rule: &Rule, key: &ContextKey, ports: Ports) -> bool {
    if rule.not_evaluated.is_some() || wrong_side(rule, key.side) {
        return false;
    }
    let Some(checks_ports) = rule.header.checks_ports(key.service) else { return false };
    let of_service = key.service.is_some_and(|service| rule.header.services.has(service));
    if of_service && !checks_ports {
        return true;
    }
    if !rule.header.fits_kind(key.kind) {
        return false;
    }
    let has_ports = matches!(key.kind, Kind::Tcp | Kind::Udp);
    if has_ports && !rule.header.fits_ports(ports.source, ports.destination) {
        return false;
    }
    // In port groups only the payload is searched; a rule whose pattern is elsewhere is there only through its service.
    of_service || rule.fast_pattern.as_ref().is_none_or(|pattern| matches!(pattern.buffer, BufferId::PktData | BufferId::RawData))
}

fn wrong_side(rule: &Rule, side: Option<Side>) -> bool {
    !rule.flow.stateless && matches!((rule.flow.side, side), (Some(wanted), Some(is)) if wanted != is)
}

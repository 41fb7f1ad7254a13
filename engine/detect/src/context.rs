//! Which rules can match at all on a flow of this kind, service, direction and pair of ports (Snort notes 3.1 to 3.3). Resolved once a flow.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use flow::Side;
use inspect::{BufferId, Section, Service};

use crate::options::flags::Flags;
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
    pub unsearched: Vec<Unsearched>,
    /// Pattern sets made so far.
    plans: OnceLock<Box<Plan>>,
}

/// A rule without fast pattern, and what is asked before it is looked at at all.
#[derive(Debug, Clone, Copy)]
pub struct Unsearched {
    /// Index of the rule.
    pub rule: u32,
    /// TCP flags that the packet must have; a PDU has none.
    pub flags: Option<Flags>,
}

/// The rules whose fast pattern is in one buffer.
#[derive(Debug)]
pub struct Searched {
    /// The buffer.
    pub buffer: BufferId,
    /// Rules for many ports or for the service: other contexts have the same ones. Rules that are here by their few ports are kept apart.
    members: [Vec<u32>; 2],
}

/// What is searched in bytes that are known by these names. There are few in one context, so they stand in a chain that only grows: every worker reads
/// it without a lock.
#[derive(Debug)]
struct Plan {
    section: Section,
    names: Names,
    sets: Sets,
    next: OnceLock<Box<Plan>>,
}

/// What is searched for on every flow, and what only on one that holds a flowbit.
#[derive(Debug, Default)]
pub struct Sets {
    /// On every flow.
    pub always: Patterns,
    /// Rules with `flowbits:isset`.
    pub marked: Patterns,
}

/// Patterns in two halves, until so much was searched for them that one database for all is worth making.
#[derive(Debug, Default)]
pub struct Patterns {
    /// Those of many ports or of the service, whose set other contexts share; and those of few ports, a small set: a context of yet another
    /// port, as in a scan, costs next to nothing to make.
    halves: [Option<Arc<PatternSet>>; 2],
    /// Of both.
    members: Vec<u32>,
    whole: OnceLock<Arc<PatternSet>>,
    /// Bytes, about.
    searched: AtomicU64,
}

/// Bytes that are searched in halves: searching them in one would have saved less time than making it takes.
const BUSY: u64 = 4 << 20;

impl Patterns {
    fn new(halves: [Vec<u32>; 2], compile: impl Fn(Vec<u32>) -> Arc<PatternSet>) -> Self {
        let mut members = halves.concat();
        members.sort_unstable();
        let halves = halves.map(|half| (!half.is_empty()).then(|| compile(half)));
        Self { halves, members, ..Self::default() }
    }

    /// The sets to be searched in `bytes` bytes.
    pub fn sets(&self, bytes: usize, compile: impl Fn(Vec<u32>) -> Arc<PatternSet>) -> impl Iterator<Item = &PatternSet> {
        let whole = self.whole.get().or_else(|| self.outgrown(bytes).then(|| self.whole.get_or_init(|| compile(self.members.clone()))));
        let halves = if whole.is_some() { &[][..] } else { &self.halves };
        whole.into_iter().chain(halves.iter().flatten()).map(Arc::as_ref)
    }

    fn prepare_like(&self, before: &Self, compile: impl Fn(Vec<u32>) -> Arc<PatternSet>) {
        if before.whole.get().is_some() && self.halves.iter().all(Option::is_some) {
            self.whole.get_or_init(|| compile(self.members.clone()));
        }
    }

    /// Whether it is worth having one set for all. Workers may overwrite each other's count: it need not be exact.
    fn outgrown(&self, bytes: usize) -> bool {
        if self.halves.iter().any(Option::is_none) {
            return false;
        }
        let searched = self.searched.load(Ordering::Relaxed) + bytes as u64;
        self.searched.store(searched, Ordering::Relaxed);
        searched > BUSY
    }
}

/// Buffers that are the same bytes: a bit for each [`BufferId`].
pub type Names = u32;

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
        let mut context = Self { buffers: Vec::new(), unsearched: Vec::new(), plans: OnceLock::new() };
        for (index, rule) in rules.iter().enumerate() {
            if candidate(rule, key, ports) {
                let by_ports = rule.header.checks_ports(key.service) == Some(true);
                match rule.fast_pattern.as_ref().map(|pattern| pattern.buffer) {
                    None => context.unsearched.push(Unsearched { rule: index as u32, flags: rule.flags }),
                    Some(buffer) => context.searched(buffer).members[usize::from(by_ports && rule.header.is_narrow())].push(index as u32),
                }
            }
        }
        context
    }

    fn searched(&mut self, buffer: BufferId) -> &mut Searched {
        let at = self.buffers.iter().position(|searched| searched.buffer == buffer).unwrap_or_else(|| {
            self.buffers.push(Searched { buffer, members: Default::default() });
            self.buffers.len() - 1
        });
        &mut self.buffers[at]
    }

    /// Makes the pattern sets of these sections now instead of when first asked for, as far as it can be told which buffers will be the same bytes.
    pub fn compile(&self, side: Option<Side>, sections: &[Section], rules: &[Rule], compile: impl Fn(Vec<u32>) -> Arc<PatternSet>) {
        for &section in sections {
            let alike: &[BufferId] = match section {
                Section::Body => &[BufferId::PktData, BufferId::RawData, BufferId::FileData, BufferId::HttpClientBody],
                _ => &[BufferId::PktData, BufferId::RawData],
            };
            let (alike, apart): (Vec<_>, Vec<_>) = self.searches(side).map(|searched| searched.buffer).partition(|it| alike.contains(it));
            let alike = alike.into_iter().fold(0, |names, buffer| names | name(buffer));
            for names in std::iter::once(alike).chain(apart.into_iter().map(name)).filter(|names| *names != 0) {
                self.patterns(section, names, rules, &compile);
            }
        }
    }

    /// Makes the pattern sets that flows made `before` make, a context of the rules that were in use before these.
    pub fn prepare_like(&self, before: &Self, rules: &[Rule], compile: impl Fn(Vec<u32>) -> Arc<PatternSet>) {
        let mut place = &before.plans;
        while let Some(plan) = place.get() {
            let own = self.patterns(plan.section, plan.names, rules, &compile);
            own.always.prepare_like(&plan.sets.always, &compile);
            own.marked.prepare_like(&plan.sets.marked, &compile);
            place = &plan.next;
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

    /// The patterns that are searched, while `section` is inspected, in bytes of these names; made by `compile` when first asked for.
    pub fn patterns(&self, section: Section, names: Names, rules: &[Rule], compile: impl Fn(Vec<u32>) -> Arc<PatternSet>) -> &Sets {
        let mut place = &self.plans;
        loop {
            let plan = place.get_or_init(|| Box::new(self.plan(section, names, rules, &compile)));
            if (plan.section, plan.names) == (section, names) {
                return &plan.sets;
            }
            place = &plan.next;
        }
    }

    fn plan(&self, section: Section, names: Names, rules: &[Rule], compile: impl Fn(Vec<u32>) -> Arc<PatternSet>) -> Plan {
        let half = |half: usize, marked: bool| {
            let named = self.buffers.iter().filter(|searched| names & name(searched.buffer) != 0);
            let wanted = |index: &u32, buffer| {
                rules.get(*index as usize).is_some_and(|rule| rule.stage.searched_at(section, buffer) && rule.needs_flowbits == marked)
            };
            let of = |searched: &'_ Searched| {
                searched.members[half].iter().copied().filter(|index| wanted(index, searched.buffer)).collect::<Vec<_>>()
            };
            let mut members: Vec<u32> = named.flat_map(of).collect();
            members.sort_unstable();
            members
        };
        let patterns = |marked| Patterns::new([half(0, marked), half(1, marked)], &compile);
        let sets = Sets { always: patterns(false), marked: patterns(true) };
        Plan { section, names, sets, next: OnceLock::new() }
    }
}

/// The bit of a buffer.
pub fn name(buffer: BufferId) -> Names {
    1 << buffer as u32
}

fn candidate(rule: &Rule, key: &ContextKey, ports: Ports) -> bool {
    if wrong_side(rule, key.side) {
        return false;
    }
    let Some(checks_ports) = rule.header.checks_ports(key.service) else { return false };
    let of_service = key.service.is_some_and(|service| rule.header.services.has(service));
    if of_service && !checks_ports {
        return true;
    }
    if !rule.header.fits_kind(key.kind, key.service) {
        return false;
    }
    if rule.ip_proto.is_some_and(|asked| !protocols(key.kind).any(|protocol| asked.contains(protocol.into()))) {
        return false;
    }
    let has_ports = matches!(key.kind, Kind::Tcp | Kind::Udp);
    if has_ports && !rule.header.fits_ports(ports.source, ports.destination) {
        return false;
    }
    // In port groups only the payload is searched; a rule whose pattern is elsewhere is there only through its service.
    of_service || rule.fast_pattern.as_ref().is_none_or(|pattern| matches!(pattern.buffer, BufferId::PktData | BufferId::RawData))
}

/// IP protocols that packets of this kind can have.
pub(crate) fn protocols(kind: Kind) -> std::ops::RangeInclusive<u8> {
    match kind {
        Kind::Tcp => 6..=6,
        Kind::Udp => 17..=17,
        Kind::Icmp | Kind::Ip => 0..=u8::MAX,
    }
}

pub(crate) fn wrong_side(rule: &Rule, side: Option<Side>) -> bool {
    !rule.flow.stateless && matches!((rule.flow.side, side), (Some(wanted), Some(is)) if wanted != is)
}

//! Compiled rules, ready to be held against packets: immutable for its users, shared by every worker.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use flow::Side;
use hashbrown::HashMap;
use inspect::{Section, Service};

use crate::context::{Context, ContextKey, Ports};
use crate::flowbits::Flowbits;
use crate::header::Protocol;
use crate::port_classes::PortClasses;
use crate::prefilter::{Cache, PatternSet, Shared};
use crate::rule::Rule;
use crate::subject::Kind;

/// Server ports of services in clusters: what flows to them need can be made ready before the first packet.
pub const USUAL_PORTS: [u16; 16] = [80, 443, 2379, 3000, 3306, 5000, 5432, 6379, 6443, 8000, 8080, 8443, 9090, 9092, 27017, 50051];

/// Compiled rules with what is derived from them on demand: contexts and pattern databases, kept for everyone.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    flowbits: Flowbits,
    tcp: [PortClasses; 2],
    udp: [PortClasses; 2],
    contexts: RwLock<HashMap<ContextKey, Arc<Context>>>,
    patterns: Mutex<HashMap<Vec<u32>, Arc<PatternSet>>>,
    cache: Cache,
    /// Tells this set from every other of the process.
    pub serial: u32,
    /// Patterns are searched for; otherwise every rule of the context is evaluated.
    pub prefilter: bool,
}

impl RuleSet {
    /// Contexts kept at once. The number of port classes bounds them; a port scan over all pairs can pass this: then one is made anew each time.
    pub const CONTEXTS: usize = 8192;

    /// Takes compiled rules with the numbers of their flowbits, and the pattern databases of an earlier run.
    pub fn new(rules: Vec<Rule>, flowbits: Flowbits, prefilter: bool, cache: Cache) -> Self {
        let classes = |protocol: Protocol| {
            let of = |source: bool| {
                let rules = rules.iter().filter(move |rule| rule.header.protocol == protocol || rule.header.ports_always);
                PortClasses::new(rules.flat_map(move |rule| {
                    let (src, dst) = (&rule.header.src_ports, &rule.header.dst_ports);
                    let (this, other) = if source { (src, dst) } else { (dst, src) };
                    std::iter::once(this).chain(rule.header.both_ways.then_some(other))
                }))
            };
            [of(true), of(false)]
        };
        let (tcp, udp) = (classes(Protocol::Tcp), classes(Protocol::Udp));
        static SERIAL: AtomicU32 = AtomicU32::new(1);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        Self { rules, flowbits, tcp, udp, contexts: RwLock::default(), patterns: Mutex::default(), cache, serial, prefilter }
    }

    /// The rules, in the order of their files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule at `index`.
    pub fn rule(&self, index: u32) -> Option<&Rule> {
        self.rules.get(index as usize)
    }

    /// Numbers of flowbit names.
    pub fn flowbits(&self) -> &Flowbits {
        &self.flowbits
    }

    /// The key of a packet's or PDU's context.
    pub fn key(&self, subject: &crate::Subject<'_>) -> ContextKey {
        let ports = Ports { source: subject.source.port, destination: subject.destination.port };
        self.key_of(subject.kind, subject.service, subject.side, ports)
    }

    fn key_of(&self, kind: Kind, service: Option<Service>, side: Option<Side>, ports: Ports) -> ContextKey {
        let (source, destination) = match self.classes(kind) {
            Some([src, dst]) => (src.of(ports.source), dst.of(ports.destination)),
            None => (0, 0),
        };
        ContextKey { kind, service, side, source, destination }
    }

    /// Ports that are of the key's classes.
    fn ports_of(&self, key: &ContextKey) -> Ports {
        match self.classes(key.kind) {
            Some([src, dst]) => Ports { source: src.example(key.source), destination: dst.example(key.destination) },
            None => Ports { source: 0, destination: 0 },
        }
    }

    /// Makes what flows made `before` make.
    pub fn prepare_like(&self, before: &Self) {
        let asked: Vec<_> =
            before.contexts.read().unwrap_or_else(PoisonError::into_inner).iter().map(|(key, context)| (*key, context.clone())).collect();
        for (old, context) in asked {
            let own = self.context(&self.key_of(old.kind, old.service, old.side, before.ports_of(&old)));
            own.prepare_like(&context, &self.rules, |members| self.pattern_set(members));
        }
    }

    /// The pattern databases made so far, for a set that takes this one's place.
    pub fn databases(&self) -> Shared {
        let patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        patterns.values().flat_map(|set| set.shared()).collect()
    }

    /// Of the pattern databases made so far, those that this set shares with `other`, and all.
    pub fn shared_with(&self, other: &Self) -> (usize, usize) {
        let (own, others) = (self.databases(), other.databases());
        let same = |(key, database): &(&u128, &std::sync::Weak<_>)| others.get(*key).is_some_and(|other| other.ptr_eq(database));
        (own.iter().filter(same).count(), own.len())
    }

    fn classes(&self, kind: Kind) -> Option<&[PortClasses; 2]> {
        match kind {
            Kind::Tcp => Some(&self.tcp),
            Kind::Udp => Some(&self.udp),
            Kind::Icmp | Kind::Ip => None,
        }
    }

    /// The context of `key`, made when first asked for.
    pub fn context(&self, key: &ContextKey) -> Arc<Context> {
        if let Some(context) = self.contexts.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return context.clone();
        }
        let context = Arc::new(Context::new(&self.rules, key, self.ports_of(key)));
        let mut contexts = self.contexts.write().unwrap_or_else(PoisonError::into_inner);
        if contexts.len() < Self::CONTEXTS {
            contexts.insert(*key, context.clone());
        }
        context
    }

    /// The pattern set of these rules; contexts with the same members share it.
    pub fn pattern_set(&self, members: Vec<u32>) -> Arc<PatternSet> {
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = patterns.get(&members) {
            return set.clone();
        }
        let set = Arc::new(PatternSet::compile(&self.rules, &members, &self.cache));
        patterns.insert(members, set.clone());
        set
    }

    /// Makes the contexts that flows to these server ports will need, so that the first attack on one is not the one that waits for them.
    pub fn warm(&self, server_ports: &[u16]) {
        const CLIENT: u16 = 40_000;
        for &port in server_ports {
            for side in [Side::Client, Side::Server] {
                let (source, destination) = if side == Side::Client { (CLIENT, port) } else { (port, CLIENT) };
                let key = |service| {
                    let [src, dst] = &self.tcp;
                    ContextKey { kind: Kind::Tcp, service, side: Some(side), source: src.of(source), destination: dst.of(destination) }
                };
                let inspected = &[Section::None, Section::Header, Section::Body][..];
                for (service, sections) in [
                    (None, &[Section::None][..]),
                    (Some(Service::Http), inspected),
                    (Some(Service::Http2), inspected),
                    (Some(Service::Ssl), &[Section::None]),
                ] {
                    self.context(&key(service)).compile(Some(side), sections, &self.rules, |members| self.pattern_set(members));
                }
            }
        }
    }

    /// The pattern databases as bytes for a later run; `None` where all came from the cache.
    pub fn cache(&self) -> Option<Vec<u8>> {
        let patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        patterns.values().any(|set| set.fresh).then(|| self.cache.write(patterns.values().flat_map(|set| set.databases())))
    }

    /// Contexts and pattern databases made so far, and their bytes.
    pub fn derived(&self) -> (usize, usize, usize) {
        let contexts = self.contexts.read().unwrap_or_else(PoisonError::into_inner).len();
        let patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        (contexts, patterns.len(), patterns.values().map(|set| set.memory()).sum())
    }
}

//! The façade: frames and their times in, events out.

use std::net::IpAddr;
use std::sync::Arc;

use capture::{Direction, Frame};
use detect::{Kind, Match, Profile, RuleSet, Scratch, Selection, Subject};
use flow::{Application, Defragmenter, Endpoint, FlowTable, Side, Tracked};
use inspect::Inspection;
use inspect::flush_ring::FlushRing;
use wire::{Anomaly, Checksums, L4, Packet, tcp_flags};

use crate::account::{Account, Fate};
use crate::admission::Admission;
use crate::budget::Budget;
use crate::conversation::Conversation;
use crate::counters::Counters;
use crate::event::Event;
use crate::expectations::Expectations;
use crate::filters::Filters;
use crate::links::{Link, Links};
use crate::onlooker::Onlooker;
use crate::recent::{Aftermath, Recent, RecentLimits};
use crate::settings::{ChecksumPolicy, Mode, Settings};
use crate::shedding::Pressure;
use crate::told::Raised;
use crate::tracing::Tracing;
use crate::world::{EventQueue, Origin, WirePacket, World};

/// Nanoseconds for which alerts say that not everything was seen, after packets were dropped.
const DROPPED_LATELY: i64 = 10_000_000_000;

/// Bits of a flow's number that one worker counts in: with all of them it is a whole number in every reader of JSON (below 2^53).
const FLOW_BITS: u32 = 44;

/// One worker: flows, fragments and working memory around a shared rule set.
#[derive(Debug)]
pub struct Engine {
    rules: Arc<RuleSet>,
    table: FlowTable<Conversation>,
    fragments: Defragmenter,
    scratch: Scratch,
    matches: Vec<Match>,
    queue: EventQueue,
    raised: Raised,
    admission: Admission,
    filters: Filters,
    /// Which events are shown is for [`crate::Gather`] to say.
    gathered: bool,
    ring: FlushRing,
    expected: Expectations,
    checksums: ChecksumPolicy,
    mode: Mode,
    /// Bytes of a frame that are looked at.
    snaplen: usize,
    /// Bytes of HTTP bodies that are looked at, by side.
    depths: [Option<u64>; 2],
    /// Frames that were longer, and gave rules nothing to look at.
    beyond_snaplen: u64,
    packets: u64,
    bytes: u64,
    not_inspected: Vec<(Anomaly, u64)>,
    /// The inspectors' caps count for the process: where they stood when this engine began.
    caps_before: Vec<u64>,
    faults: u64,
    account: Account,
    pressure: Pressure,
    budget: Option<Budget>,
    /// Number of the first packet, and steps to the next.
    numbering: (u64, u64),
    /// Until then (nanoseconds since the epoch) what the source dropped counts as just now.
    dropped_until: i64,
    /// Links to pods, where they are being watched by name.
    links: Option<Links>,
    /// The last packets of each flow, where they are kept.
    recent: Option<Recent>,
    /// Who looks on, where somebody was asked to.
    onlooker: Option<Onlooker>,
}

impl Engine {
    /// With rules, and what holds in mode `complete` but for a policy for checksums.
    pub fn new(rules: Arc<RuleSet>, checksums: ChecksumPolicy) -> Self {
        let mut settings = Settings::of(Mode::Complete);
        settings.network.checksum_eval = checksums;
        Self::built(rules, &settings, Selection::default(), Filters::default())
    }

    /// With rules, as it is set. `Err` says which setting makes no sense.
    pub fn with(rules: Arc<RuleSet>, settings: &Settings) -> Result<Self, String> {
        let filters = Filters::new(settings, &settings.variables()?)?;
        Ok(Self::built(rules, settings, settings.selection()?, filters))
    }

    fn built(rules: Arc<RuleSet>, settings: &Settings, selection: Selection, filters: Filters) -> Self {
        let scratch = Scratch::choosing(selection);
        Self {
            rules,
            table: FlowTable::new(settings.flow_limits()),
            fragments: Defragmenter::default(),
            scratch,
            matches: Vec::new(),
            queue: EventQueue::default(),
            raised: Raised::default(),
            admission: Admission::new(&settings.event_queue),
            filters,
            gathered: false,
            ring: if settings.mode == Mode::Exact { FlushRing::default() } else { FlushRing::even() },
            expected: Expectations::default(),
            checksums: settings.network.checksum_eval,
            mode: settings.mode,
            snaplen: match settings.daq.snaplen {
                0 => usize::MAX,
                bytes => bytes as usize,
            },
            depths: settings.depths(),
            beyond_snaplen: 0,
            packets: 0,
            bytes: 0,
            not_inspected: Vec::new(),
            caps_before: inspector_caps().map(|(_, count)| count).collect(),
            faults: 0,
            account: Account::default(),
            pressure: Pressure::default(),
            budget: None,
            numbering: (1, 1),
            dropped_until: i64::MIN,
            links: None,
            recent: None,
            onlooker: None,
        }
    }

    /// Keeps within that much memory. Before `keeping`.
    pub fn within(self, budget: Budget) -> Self {
        let table = FlowTable::new(budget.flows(self.table.limits().clone()));
        let mut engine = Self { budget: Some(budget), fragments: Defragmenter::new(budget.fragments()), table, ..self };
        engine.queue.limit(budget.events());
        engine
    }

    /// One of so many workers, `number` from 0: numbers packets, flows and events apart from the others, and leaves what counts over all of
    /// them to [`crate::Gather`]: rates, which events of a packet are shown, and filters.
    pub fn as_worker(mut self, number: usize, of: usize) -> Self {
        if of > 1 {
            let (number, of) = (number as u64, of as u64);
            self.queue.number_by(number + 1, of);
            self.table.number_from((number << FLOW_BITS) + 1);
            self.admission.number_from(number << FLOW_BITS);
            self.scratch.leave_rates();
            self.numbering = (number + 1, of);
            self.gathered = true;
        }
        self
    }

    /// Keeps the last packets of each flow, for alerts to carry.
    pub fn keeping(self, limits: RecentLimits) -> Self {
        let limits = self.budget.map_or(limits, |budget| budget.recent(limits));
        Self { recent: Some(Recent::new(limits)), ..self }
    }

    /// Tells how these rules (generator, signature) are tried, `most` trials in full of each way in which they end.
    pub fn tracing(self, rules: Vec<(u32, u32)>, most: u64) -> Self {
        Self { onlooker: Some(Onlooker::Trace(Tracing::new(rules, most))), ..self }
    }

    /// Measures what each rule costs.
    pub fn profiling(self) -> Self {
        Self { onlooker: Some(Onlooker::Profile(Profile::default())), ..self }
    }

    /// Takes the trials told since, as JSON lines; nothing where nobody traces.
    pub fn trials(&mut self) -> Vec<u8> {
        if let Some(Onlooker::Trace(tracing)) = &mut self.onlooker { tracing.take() } else { Vec::new() }
    }

    /// The sum of the trace, or the costs, as JSON; null where nobody looks on.
    pub fn looked_on(&self) -> serde_json::Value {
        match &self.onlooker {
            None => serde_json::Value::Null,
            Some(Onlooker::Trace(tracing)) => tracing.summary(&self.rules),
            Some(Onlooker::Profile(profile)) => crate::report::costs(&self.rules, profile),
        }
    }

    /// Watches these interfaces (kernel's indexes) as links to pods: counts what each carries, and inspects once what two of them show,
    /// where it is known who lives behind them (`lodge`).
    /// Frames of others are left out from here on.
    pub fn watch(&mut self, ifindexes: &[u32]) {
        self.links.get_or_insert_default().watch(ifindexes);
    }

    /// These addresses, and no others, are those of the pods behind the links (kernel's indexes), as somebody knows who cannot be fooled
    /// by packets.
    pub fn lodge(&mut self, addresses: impl IntoIterator<Item = (IpAddr, u32)>) {
        self.links.get_or_insert_default().lodge(addresses);
    }

    /// What each watched link carried.
    pub fn links(&self) -> Vec<Link> {
        self.links.iter().flat_map(Links::all).copied().collect()
    }

    /// Takes one frame.
    #[inline]
    pub fn process(&mut self, frame: &Frame<'_>) {
        let (first, step) = self.numbering;
        self.process_as(first + self.packets * step, frame);
    }

    /// Takes one frame, which is packet `number` of its capture.
    pub fn process_as(&mut self, number: u64, frame: &Frame<'_>) {
        self.packets += 1;
        self.bytes += frame.data.len() as u64;
        self.account.seen.add(frame.counted_len);
        let fate = self.settle_fate(number, frame);
        if fate != Fate::Inspected {
            self.account.leave_out(fate, frame.counted_len);
            self.links.iter_mut().for_each(|links| links.leave_out(fate, frame));
        }
    }

    /// Inspects a frame, or does not.
    fn settle_fate(&mut self, number: u64, frame: &Frame<'_>) -> Fate {
        if self.links.as_mut().is_some_and(|links| !links.take(frame)) {
            return Fate::Skipped;
        }
        let checksums = match self.checksums {
            ChecksumPolicy::Auto if frame.checksums_ready => Checksums::Verify,
            ChecksumPolicy::Verify => Checksums::Verify,
            ChecksumPolicy::Auto | ChecksumPolicy::Ignore => Checksums::Ignore,
        };
        let seen = &frame.data[..frame.data.len().min(self.snaplen)];
        let packet = wire::decode(frame.link, seen, checksums);
        let beyond = self.mode == Mode::Exact && packet.anomalies.has(Anomaly::BeyondSnort);
        if let Some(reason) = packet.not_inspected().or(beyond.then_some(Anomaly::BeyondSnort)) {
            match seen.len() < frame.data.len() {
                true => self.beyond_snaplen += 1,
                false => self.count(reason),
            }
            return Fate::Skipped;
        }
        let wire = WirePacket {
            ends: ends(&packet),
            number,
            time: frame.time,
            frame: frame.data,
            length: frame.original_len,
            link: frame.link,
            ifindex: (frame.ifindex != 0).then_some(frame.ifindex),
            outgoing: frame.direction.map(|direction| direction == Direction::Outgoing),
            defragmented: false,
        };
        // A fault of ours on one packet must not end the inspection of all others. Those on a flow are caught nearer, see Conversation.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.inspect(&packet, wire))).unwrap_or_else(|_| {
            self.faults += 1;
            Fate::Skipped
        })
    }

    fn inspect(&mut self, packet: &Packet<'_>, wire: WirePacket<'_>) -> Fate {
        self.raised.clear();
        let level = self.pressure.level();
        let mut world = World {
            rules: &self.rules,
            scratch: &mut self.scratch,
            matches: &mut self.matches,
            depths: self.depths,
            complete: self.mode == Mode::Complete,
            raised: &mut self.raised,
            silent: Vec::new(),
            queue: &mut self.queue,
            admission: &mut self.admission,
            filters: &mut self.filters,
            gathered: self.gathered,
            ring: &self.ring,
            expected: &mut self.expected,
            faults: &mut self.faults,
            recent: self.recent.as_mut(),
            onlooker: self.onlooker.as_mut(),
            unseen: level > 0 || wire.time < self.dropped_until,
            wire: Some(wire),
        };
        if !matches!(packet.l4, L4::None) {
            return match self.table.process(packet, wire.time, &mut world) {
                Some(Tracked { info, app, side, queued }) => {
                    let shed = app.weigh(level, info, packet, side);
                    if shed.is_none() && !(queued && app.pdus_only(side)) {
                        app.packet(&mut world, info, packet, side, wire.time);
                    }
                    app.note(&mut world, info, packet, side);
                    match shed {
                        Some(reason) => Fate::Shed(reason),
                        None if app.given_up() => Fate::Skipped,
                        None => Fate::Inspected,
                    }
                }
                None => {
                    loose(&mut world, packet, wire.time);
                    Fate::Inspected
                }
            };
        }
        loose(&mut world, packet, wire.time);
        if packet.ip.as_ref().is_some_and(|ip| ip.fragment.is_fragment())
            && let Some(datagram) = self.fragments.push(packet, wire.time)
        {
            let datagram = datagram.to_vec();
            let rebuilt = wire::decode_ip(&datagram);
            match rebuilt.not_inspected() {
                // Its fragments themselves were looked at.
                Some(reason) => self.count(reason),
                None => return self.inspect(&rebuilt, WirePacket { ends: ends(&rebuilt), defragmented: true, ..wire }),
            }
        }
        Fate::Inspected
    }

    /// Takes note of how far the source's ring is filled, 0 (empty) to 255: decides what is shed from here on.
    pub fn feel(&mut self, filled: u8) {
        self.pressure.feel(filled);
    }

    /// Takes note that packets were dropped before they came here, at `now` (nanoseconds since the epoch).
    pub fn dropped(&mut self, now: i64) {
        self.dropped_until = now.saturating_add(DROPPED_LATELY);
    }

    fn count(&mut self, reason: Anomaly) {
        match self.not_inspected.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.not_inspected.push((reason, 1)),
        }
    }

    /// Ends every flow, as at the end of a capture.
    pub fn finish(&mut self) {
        self.raised.clear();
        let mut world = World {
            rules: &self.rules,
            scratch: &mut self.scratch,
            matches: &mut self.matches,
            depths: self.depths,
            complete: self.mode == Mode::Complete,
            raised: &mut self.raised,
            silent: Vec::new(),
            queue: &mut self.queue,
            admission: &mut self.admission,
            filters: &mut self.filters,
            gathered: self.gathered,
            ring: &self.ring,
            expected: &mut self.expected,
            faults: &mut self.faults,
            recent: self.recent.as_mut(),
            onlooker: self.onlooker.as_mut(),
            unseen: self.pressure.level() > 0,
            wire: None,
        };
        self.table.finish(&mut world);
        self.recent.iter_mut().for_each(Recent::finish);
    }

    /// Gives memory back where the process comes near its limit: flows and queues that were idle longest go.
    pub fn relieve(&mut self) {
        self.raised.clear();
        let mut world = World {
            rules: &self.rules,
            scratch: &mut self.scratch,
            matches: &mut self.matches,
            depths: self.depths,
            complete: self.mode == Mode::Complete,
            raised: &mut self.raised,
            silent: Vec::new(),
            queue: &mut self.queue,
            admission: &mut self.admission,
            filters: &mut self.filters,
            gathered: self.gathered,
            ring: &self.ring,
            expected: &mut self.expected,
            faults: &mut self.faults,
            recent: self.recent.as_mut(),
            onlooker: self.onlooker.as_mut(),
            unseen: true,
            wire: None,
        };
        self.table.relieve(&mut world);
    }

    /// Ends the wait of alerts for what comes after them, where it is over at `now` (nanoseconds since the epoch).
    pub fn settle(&mut self, now: i64) {
        self.recent.iter_mut().for_each(|recent| recent.settle(now));
    }

    /// Takes what came after alerts. Each names its alert, which was handed out before.
    pub fn aftermaths(&mut self) -> Vec<Aftermath> {
        self.recent.as_mut().map(Recent::take).unwrap_or_default()
    }

    /// Swaps the rules. Flows go on; what detection kept of them under the old rules is forgotten when they are next looked at.
    pub fn reload(&mut self, rules: Arc<RuleSet>) {
        self.rules = rules;
        self.scratch.forget();
    }

    /// Takes other settings over: what events raise, and what filters do with them; filters begin anew. Mode and flow table stay what they
    /// were: flows go on. `Err`: nothing was changed.
    pub fn set(&mut self, settings: &Settings) -> Result<(), String> {
        let filters = Filters::new(settings, &settings.variables()?)?;
        self.scratch.selection = settings.selection()?;
        self.admission.set(&settings.event_queue);
        self.filters = filters.counting_on(&self.filters);
        self.depths = settings.depths();
        Ok(())
    }

    /// Takes the events that wait.
    pub fn events(&mut self) -> Vec<Event> {
        self.queue.take()
    }

    /// Everything counted so far.
    pub fn counters(&self) -> Counters {
        let mut counters =
            Counters { packets: self.packets, bytes: self.bytes, events: self.queue.queued, faults: self.faults, ..Counters::default() };
        (counters.account, counters.inspected) = (self.account, self.account.inspected());
        counters.pressure = self.pressure.level();
        counters.not_inspected = self.not_inspected.iter().map(|(reason, count)| (reason.name().to_owned(), *count)).collect();
        let mut cap = |name: &str, count: u64| {
            if count > 0 {
                *counters.caps.entry(name.to_owned()).or_default() += count;
            }
        };
        for (reason, count) in self.links.iter().flat_map(Links::left_out).filter(|(_, count)| *count > 0) {
            counters.not_inspected.insert(reason.to_owned(), count);
        }
        let tracked = self.table.counters();
        counters.flows = tracked.tcp_flows + tracked.udp_flows + tracked.icmp_flows + tracked.ip_flows;
        counters.open_flows = self.table.len() as u64;
        counters.flow_memory = self.table.memory() as u64;
        if self.beyond_snaplen > 0 {
            counters.not_inspected.insert(BEYOND_SNAPLEN.to_owned(), self.beyond_snaplen);
        }
        let mut limit = |name: &str, count| {
            if name.ends_with("_exceeded") || name == "flows_evicted" {
                cap(name, count);
            }
        };
        tracked.each(&mut limit);
        self.fragments.counters().each(&mut limit);
        cap("event queue", self.queue.dropped);
        cap("search_engine.max_queue_events", self.scratch.counters.dropped_matches);
        cap("steps of one rule", self.scratch.counters.over_budget);
        cap("matching of one expression", self.scratch.counters.expressions_limited);
        cap("rates tracked", self.scratch.full_rates());
        cap("announced flows", self.expected.dropped);
        self.recent.iter().flat_map(Recent::caps).for_each(|(name, count)| cap(name, count));
        for ((name, count), before) in inspector_caps().zip(&self.caps_before) {
            cap(name, count.saturating_sub(*before));
        }
        if let Some(recent) = &self.recent {
            counters.work.insert("bytes of recent packets".to_owned(), recent.memory() as u64);
        }
        let work = &self.scratch.counters;
        for (name, count) in [("units", work.units), ("evaluations", work.evaluations), ("bytes searched", work.searched)] {
            counters.work.insert(name.to_owned(), count);
        }
        counters.add_choice(&self.admission, &self.filters);
        counters
    }
}

/// Why a frame was left out that is longer than the snap length.
const BEYOND_SNAPLEN: &str = "frame over the snap length (daq.snaplen)";

fn ends(packet: &Packet<'_>) -> Option<(Endpoint, Endpoint)> {
    let (ip, (source, destination)) = (packet.ip.as_ref()?, packet.ports());
    Some((Endpoint { ip: ip.src, port: source }, Endpoint { ip: ip.dst, port: destination }))
}

/// A packet that belongs to no flow: fragments, other protocols, bare ACKs. It counts as the client's, except a reset.
fn loose(world: &mut World<'_>, packet: &Packet<'_>, time: i64) {
    let Some(ip) = &packet.ip else { return };
    let (source, destination) = packet.ports();
    let (kind, side) = match packet.l4 {
        L4::Tcp(tcp) if tcp.flags & tcp_flags::RST != 0 => (Kind::Tcp, Side::Server),
        L4::Tcp(_) => (Kind::Tcp, Side::Client),
        L4::Udp(_) => (Kind::Udp, Side::Client),
        L4::Icmp(_) => (Kind::Icmp, Side::Client),
        L4::None => (Kind::Ip, Side::Client),
    };
    world.admission.begin();
    let inspection = Inspection::plain(packet.payload);
    let subject = Subject {
        kind,
        packet: Some(packet),
        source: Endpoint { ip: ip.src, port: source },
        destination: Endpoint { ip: ip.dst, port: destination },
        service: None,
        side: Some(side),
        established: false,
        flow: None,
        rebuilt: false,
        whole: false,
        defragmented: world.wire.is_some_and(|wire| wire.defragmented),
        inspected: false,
        searched: ip.fragment.offset == 0,
        inspection: &inspection,
        time,
    };
    let sequence = if let L4::Tcp(tcp) = packet.l4 { Some(tcp.seq) } else { None };
    let origin = Origin { home: world.wire.and_then(|wire| wire.home()), sequence, ..Origin::default() };
    world.detect(&subject, None, None, origin);
}

/// What inspectors cut off or gave up since the process began, by name.
fn inspector_caps() -> impl Iterator<Item = (&'static str, u64)> {
    inspect::counters::CAPS.all().chain(inspect::http::COUNTERS.all())
}

//! What is the same for every flow while one wire packet is processed: rules, working memory, and where events go.

use detect::{FlowState, Match, Rule, RuleSet, Scratch, Subject};
use flow::Endpoint;
use inspect::flush_ring::FlushRing;
use wire::LinkType;

use crate::admission::Admission;
use crate::describe;
use crate::event::Event;
use crate::expectations::Expectations;
use crate::filters::{Filters, Happening};
use crate::gather::Gathered;
use crate::onlooker::Onlooker;
use crate::recent::{Handle, Recent};
use crate::told::{self, Raised, Told};

/// The wire packet that is being processed.
#[derive(Debug, Clone, Copy)]
pub struct WirePacket<'a> {
    /// Who sent it and who receives it; `None`: not known.
    pub ends: Option<(Endpoint, Endpoint)>,
    /// From 1.
    pub number: u64,
    /// Nanoseconds since the epoch.
    pub time: i64,
    /// The whole frame.
    pub frame: &'a [u8],
    /// Bytes that it had on the wire.
    pub length: u32,
    /// Its link type.
    pub link: LinkType,
    /// Interface, where captured live.
    pub ifindex: Option<u32>,
    /// Direction at the interface, where captured live.
    pub outgoing: Option<bool>,
    /// What is processed is the datagram that this packet's fragment completed.
    pub defragmented: bool,
}

impl WirePacket<'_> {
    /// The packet as it shows on an alert for `subject`. A packet can end another flow that was idle for long, or make room for itself:
    /// what is found in that flow's last bytes must not carry a stranger's packet, nor the name of a stranger's interface.
    fn seen_by(&self, subject: &Subject<'_>, home: Option<Home>) -> Self {
        if subject.packet.is_some() {
            return *self;
        }
        let (s, d) = (subject.source, subject.destination);
        let own = self.ends.is_some_and(|ends| ends == (s, d) || ends == (d, s));
        let shown = if own { *self } else { WirePacket { number: self.number, ..Self::none(subject.time) } };
        // A PDU mostly goes out when its acknowledgement comes, which went the other way: which way its own bytes went is for the flow to say.
        let ifindex = home.map(|home| home.ifindex);
        WirePacket { ifindex, outgoing: home.and_then(|home| home.pod).map(|pod| pod == d), ..shown }
    }

    /// Where a flow that begins with this packet is at home.
    pub fn home(&self) -> Option<Home> {
        let pod = self.ends.zip(self.outgoing).map(|((source, destination), outgoing)| if outgoing { destination } else { source });
        self.ifindex.map(|ifindex| Home { ifindex, pod })
    }

    /// No packet.
    pub(crate) fn none(time: i64) -> Self {
        Self { ends: None, number: 0, time, frame: &[], length: 0, link: LinkType::RAW, ifindex: None, outgoing: None, defragmented: false }
    }
}

/// The interface by which a flow's first packet came, and the end of the flow that is behind it: on a pod's link, the pod.
#[derive(Debug, Clone, Copy)]
pub struct Home {
    /// Kernel's index.
    pub ifindex: u32,
    /// Who is behind it; `None`: not known.
    pub pod: Option<Endpoint>,
}

/// Where inspected bytes came from, beside what their subject says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin {
    /// Of their flow.
    pub home: Option<Home>,
    /// TCP sequence number of the first of them.
    pub sequence: Option<u32>,
    /// Where the packets of their flow are kept.
    pub recent: Handle,
    /// Some of their flow was shed.
    pub shed: bool,
}

/// Events waiting to be taken, bounded.
#[derive(Debug)]
pub struct EventQueue {
    events: Vec<Event>,
    bytes: usize,
    /// Events ever queued.
    pub queued: u64,
    /// Events dropped because the queue was full.
    pub dropped: u64,
    /// Bytes that may wait.
    room: usize,
    /// Events are numbered from `first` on in steps of `step`: those of several workers are apart.
    first: u64,
    step: u64,
}

impl Default for EventQueue {
    fn default() -> Self {
        Self { events: Vec::new(), bytes: 0, queued: 0, dropped: 0, room: Self::BYTES, first: 1, step: 1 }
    }
}

impl EventQueue {
    /// Events that wait at most.
    pub const CAP: usize = 65_536;
    /// Bytes that their packets, payloads and buffers may take together.
    pub const BYTES: usize = 256 << 20;

    /// Numbers its events from `first` on in steps of `step`.
    pub(crate) fn number_by(&mut self, first: u64, step: u64) {
        (self.first, self.step) = (first, step);
    }

    /// Lets so many bytes wait.
    pub(crate) fn limit(&mut self, bytes: usize) {
        self.room = bytes;
    }

    /// Number of the next event.
    fn number(&self) -> u64 {
        self.first + self.queued * self.step
    }

    fn push(&mut self, event: Event) {
        let size = event.size();
        if self.events.len() >= Self::CAP || self.bytes + size > self.room {
            self.dropped += 1;
            return;
        }
        self.queued += 1;
        self.bytes += size;
        self.events.push(event);
    }

    /// Takes what waits.
    pub fn take(&mut self) -> Vec<Event> {
        self.bytes = 0;
        std::mem::take(&mut self.events)
    }

    /// Events that wait.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// Everything around a flow.
#[derive(Debug)]
pub struct World<'c> {
    /// Compiled rules.
    pub rules: &'c RuleSet,
    /// Working memory.
    pub scratch: &'c mut Scratch,
    /// Matches of the running unit.
    pub matches: &'c mut Vec<Match>,
    /// Where events go.
    pub queue: &'c mut EventQueue,
    /// How many events the running packet or PDU may raise.
    pub admission: &'c mut Admission,
    /// What becomes of events that were chosen.
    pub filters: &'c mut Filters,
    /// Neither is asked: whoever gathers the events of several workers asks its own.
    pub gathered: bool,
    /// Flush points of Atom splitting.
    pub ring: &'c FlushRing,
    /// Flows that others announced (FTP data).
    pub expected: &'c mut Expectations,
    /// Faults of ours that ended the inspection of a flow or packet.
    pub faults: &'c mut u64,
    /// The last packets of each flow, where they are kept.
    pub recent: Option<&'c mut Recent>,
    /// Who looks on, if anybody does.
    pub onlooker: Option<&'c mut Onlooker>,
    /// Bytes of HTTP bodies that are looked at, by side; `None`: all.
    pub depths: [Option<u64>; 2],
    /// Mode `complete`: what lies across the edges of a body's pieces is inspected too, and a flow picked up in midstream is established
    /// from its first packet on.
    pub complete: bool,
    /// What was raised since the packet came.
    pub raised: &'c mut Raised,
    /// Rules that are not told again, while other readings of the same bytes are inspected.
    pub silent: Vec<Told>,
    /// The packet being processed; `None` while flows end by themselves.
    pub wire: Option<WirePacket<'c>>,
    /// Packets are being shed or dropped.
    pub unseen: bool,
}

impl World<'_> {
    /// Runs detection on `subject`. `known` holds the rules that already alerted on these bytes: they are left out on a PDU and noted on
    /// a raw packet (Snort notes 3.5).
    pub fn detect(&mut self, subject: &Subject<'_>, state: Option<&mut FlowState>, known: Option<&mut Vec<Told>>, origin: Origin) {
        if self.onlooker.is_some() {
            return self.detect_watched(subject, state, known, origin);
        }
        self.rules.detect(subject, state, self.scratch, self.matches);
        self.raise(subject, known, origin, |_| {});
    }

    #[cold]
    fn detect_watched(&mut self, subject: &Subject<'_>, mut state: Option<&mut FlowState>, known: Option<&mut Vec<Told>>, origin: Origin) {
        let Some(onlooker) = self.onlooker.take() else { return };
        onlooker.detect(self.rules, subject, state.as_deref_mut(), self.scratch, self.matches);
        let mut repeated = Vec::new();
        self.raise(subject, known, origin, |rule| repeated.push(rule));
        let wire = self.wire.unwrap_or(WirePacket::none(subject.time));
        onlooker.after(self.rules, subject, state.as_deref(), &wire, &repeated);
        self.onlooker = Some(onlooker);
    }

    /// Makes events of the matches. `repeated` is told of each rule that raised one on the same bytes before.
    fn raise(&mut self, subject: &Subject<'_>, mut known: Option<&mut Vec<Told>>, origin: Origin, mut repeated: impl FnMut(u32)) {
        if self.matches.is_empty() {
            return;
        }
        let wire = self.wire.unwrap_or(WirePacket::none(subject.time)).seen_by(subject, origin.home);
        // A rule whose rate somebody else counts may not have matched, and then others of the same bytes may count that do not with it.
        let doubtful = self.gathered && self.matches.iter().any(|matched| matched.rate.is_some());
        for matched in self.matches.iter() {
            let Some(rule) = self.rules.rule(matched.rule) else { continue };
            let id = (rule.id.gid, rule.id.sid);
            let told = Told { gid: id.0, sid: id.1, sure: !doubtful };
            let silent = told::find(&self.silent, id);
            if silent.is_some_and(|silent| silent.sure) {
                continue;
            }
            let (mut again, mut first) = (None, false);
            match known.as_deref_mut() {
                Some(known) if subject.rebuilt => again = told::find(known, id),
                Some(known) => first = told::note(known, told),
                None => {}
            }
            if again.is_some_and(|again| again.sure) {
                repeated(matched.rule);
                continue;
            }
            if let Some(flow) = subject.flow {
                self.raised.note(flow.id, told);
            }
            let happening = happening(rule, subject);
            if !self.gathered && (!self.admission.admits() || !self.filters.shows(rule.action, &happening)) {
                continue;
            }
            let Some(mut event) = describe::event(self.rules, matched, subject, &wire, origin.sequence) else { continue };
            if self.gathered {
                let again = [again.is_some(), silent.is_some()];
                event.gathered = Some(Box::new(Gathered {
                    unit: self.admission.unit(),
                    search: self.scratch.counters.units,
                    doubtful,
                    place: matched.place,
                    action: rule.action,
                    rate: matched.rate.map(|rate| (matched.rule, rate)),
                    happening,
                    again,
                    first,
                    flow: subject.flow.map(|flow| (flow.last, flow.start)),
                }));
            }
            event.event_number = self.queue.number();
            event.incomplete = self.unseen || origin.shed;
            if let (Some(recent), Some(flow)) = (self.recent.as_deref_mut(), subject.flow) {
                event.capture = recent.alert(origin.recent, flow, &wire, event.event_number);
            }
            self.queue.push(event);
        }
    }
}

fn happening(rule: &Rule, subject: &Subject<'_>) -> Happening {
    Happening {
        gid: rule.id.gid,
        sid: rule.id.sid,
        source: subject.source.ip,
        destination: subject.destination.ip,
        now: subject.time.div_euclid(1_000_000_000),
    }
}

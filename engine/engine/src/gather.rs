//! The events of several workers as one engine would have raised them.
//!
//! A worker sees the flows between some addresses, all of them (`lane`): fragments, tunnels and flows that another announced come to it
//! together. What counts over flows of several workers is done here, in the order of the packets: `detection_filter` (Snort notes 2.11),
//! which of a packet's matches count and how many are logged (4.1), and the filters of events (4.2). Workers raise every event that could
//! come of it.

use std::net::IpAddr;

use detect::{Action, RateLimit, Rates, Selection};
use hashbrown::{HashMap, HashSet};
use wire::LinkType;

use crate::admission::Admission;
use crate::counters::{self, Counters};
use crate::event::Event;
use crate::filters::{Filters, Happening};
use crate::settings::Settings;

/// Flows and rules of which it is remembered whether they were told.
const REMEMBERED: usize = 16_384;

/// What decides whether an event is shown.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// Number of the packet or PDU that raised it; those of several workers are apart.
    pub unit: u64,
    /// Number of the search in it.
    pub search: u64,
    /// Some rule of that search has a rate that is not counted yet.
    pub doubtful: bool,
    /// How many matches of the search were found before it.
    pub place: u32,
    /// Of its rule.
    pub action: Action,
    /// Its rule's place in the set, and how often that must match.
    pub rate: Option<(u32, RateLimit)>,
    /// What filters look at.
    pub happening: Happening,
    /// Its rule matched the same bytes before, on raw packets and on PDUs, and was told or was not: that event was doubtful.
    pub again: [bool; 2],
    /// On a raw packet: the first of that rule since the last PDU.
    pub first: bool,
    /// Nanoseconds since the epoch of the last and the first packet of its flow.
    pub flow: Option<(i64, i64)>,
}

/// The worker, of so many, that looks at a frame: the same one for everything between two addresses, as its outermost IP header tells them.
/// The kernel divides live traffic in the same way ([`capture::Live::open_many`]).
pub fn lane(link: LinkType, data: &[u8], lanes: usize) -> usize {
    let fold = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => u32::from(ip),
        IpAddr::V6(ip) => ip.octets().chunks(4).fold(0, |all, four| all ^ u32::from_be_bytes([four[0], four[1], four[2], four[3]])),
    };
    wire::outermost(link, data).map_or(0, |(from, to)| capture::spread(fold(from) ^ fold(to)) as usize % lanes.max(1))
}

/// Puts events together.
#[derive(Debug)]
pub struct Gather {
    rates: Rates,
    selection: Selection,
    admission: Admission,
    filters: Filters,
    /// Whether what a rule found on a flow was told, where workers do not know: on its raw packets, and on its PDUs.
    told: [HashMap<(u64, u32, u32), bool>; 2],
    /// Numbers of events that are not shown, and of which workers keep what comes after them.
    hidden: HashSet<u64>,
    /// Matches beyond those that a packet may have.
    dropped: u64,
    /// Events shown.
    shown: u64,
}

impl Gather {
    /// As it is set. `Err` says which setting makes no sense.
    pub fn with(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            rates: Rates::default(),
            selection: settings.selection()?,
            admission: Admission::new(&settings.event_queue),
            filters: Filters::new(settings, &settings.variables()?)?,
            told: Default::default(),
            hidden: HashSet::default(),
            dropped: 0,
            shown: 0,
        })
    }

    /// Takes other settings over, as [`crate::Engine::set`] does.
    pub fn set(&mut self, settings: &Settings) -> Result<(), String> {
        let filters = Filters::new(settings, &settings.variables()?)?;
        self.selection = settings.selection()?;
        self.admission.set(&settings.event_queue);
        self.filters = filters.counting_on(&self.filters);
        Ok(())
    }

    /// Other rules are in use: their places in the set mean something else.
    pub fn forget(&mut self) {
        self.rates = self.rates.emptied();
    }

    /// Orders the events of one turn of all workers, each worker's together, and leaves out what is not shown.
    pub fn turn(&mut self, events: Vec<Event>) -> Vec<Event> {
        let mut units = divided(events, |gathered| gathered.unit);
        // Without a packet: what flows held when the capture ended. They end in this order, see [`flow::FlowTable::finish`].
        units.sort_by_key(|unit| {
            unit.first().map(|event| {
                let ended = event.gathered.as_ref().filter(|_| event.packet_number == 0).and_then(|gathered| gathered.flow);
                (event.packet_number.wrapping_sub(1), ended, event.time)
            })
        });
        let mut shown = Vec::new();
        for unit in units {
            self.hide(&unit);
            self.admission.begin();
            for search in divided(unit, |gathered| gathered.search) {
                self.search(search, &mut shown);
            }
        }
        self.shown += shown.len() as u64;
        shown.iter().for_each(|event| _ = self.hidden.remove(&event.event_number));
        shown
    }

    /// Whether what came after an event may be told: the event itself was.
    pub fn is_followed(&mut self, event_number: u64) -> bool {
        !self.hidden.remove(&event_number)
    }

    /// Takes note of events that something may follow, until they are shown.
    fn hide(&mut self, events: &[Event]) {
        if self.hidden.len() >= REMEMBERED {
            self.hidden.clear();
        }
        self.hidden.extend(events.iter().filter(|event| event.capture.is_some()).map(|event| event.event_number));
    }

    /// Adds what it counted to what workers did.
    pub fn count(&self, counters: &mut Counters) {
        counters.events = self.shown;
        counters.add_choice(&self.admission, &self.filters);
        let caps = [("search_engine.max_queue_events", self.dropped), ("rates tracked", self.rates.full)];
        counters::add(&mut counters.caps, caps);
    }

    /// Takes what one search has found.
    fn search(&mut self, events: Vec<Event>, shown: &mut Vec<Event>) {
        let mut found: Vec<(Event, Gathered)> =
            events.into_iter().filter_map(|mut event| event.gathered.take().map(|gathered| (event, *gathered))).collect();
        for (event, gathered) in &mut found {
            let told = |bytes: usize| self.told[bytes].get(&key(event)).copied().unwrap_or(false);
            gathered.again = [0, 1].map(|bytes| gathered.again[bytes] && told(bytes));
        }
        if found.iter().any(|(_, gathered)| gathered.doubtful) {
            self.settle(&mut found);
        }
        for (event, gathered) in found.into_iter().filter(|(_, gathered)| gathered.again == [false; 2]) {
            if self.admission.admits() && self.filters.shows(gathered.action, &gathered.happening) {
                shown.push(event);
            }
        }
    }

    /// Leaves of a doubtful search what counts, as a worker does with all others, and remembers what was told and what was not.
    fn settle(&mut self, found: &mut Vec<(Event, Gathered)>) {
        let all: Vec<_> = found.iter().map(|(event, gathered)| (key(event), is_raw(event), gathered.first)).collect();
        found.retain(|(_, gathered)| self.is_within_rate(gathered));
        self.dropped += self.selection.keep(found, |(_, gathered)| (gathered.action, gathered.place));
        self.selection.leave_counting(found, |(_, gathered)| gathered.action);
        for (key, raw, first) in all.into_iter().filter(|((flow, ..), ..)| *flow != 0) {
            let told = found.iter().any(|(event, _)| self::key(event) == key);
            let known = &mut self.told[usize::from(!raw)];
            if known.len() >= REMEMBERED {
                known.clear();
            }
            let before = known.entry(key).or_default();
            *before = told || (raw && !first && *before);
        }
    }

    fn is_within_rate(&mut self, gathered: &Gathered) -> bool {
        let Some((rule, rate)) = gathered.rate else { return true };
        let address = if rate.by_source { gathered.happening.source } else { gathered.happening.destination };
        self.rates.hit(rule, address, gathered.happening.now, rate.count, rate.seconds)
    }
}

fn key(event: &Event) -> (u64, u32, u32) {
    (event.flow.as_ref().map_or(0, |flow| flow.id), event.gid, event.sid)
}

fn is_raw(event: &Event) -> bool {
    event.generator == "raw"
}

/// Events that follow each other with the same number, together.
fn divided(events: Vec<Event>, number: impl Fn(&Gathered) -> u64) -> Vec<Vec<Event>> {
    let mut parts: Vec<Vec<Event>> = Vec::new();
    let mut last = None;
    for event in events {
        let this = event.gathered.as_deref().map(&number);
        match parts.last_mut() {
            Some(part) if last == Some(this) => part.push(event),
            _ => parts.push(vec![event]),
        }
        last = Some(this);
    }
    parts
}

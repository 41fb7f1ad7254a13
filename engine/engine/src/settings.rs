//! What people set, under Snort 3's names (Snort 3 manual, "basic modules"), and what holds where they do not: the stock values of Snort in
//! mode `exact`, no more limits than our own caps in mode `complete`.

use detect::{Action, Selection, Variables};
use flow::FlowLimits;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::filters::{EventFilter, RateFilter, Suppress};

/// Events of one unit of detection that are kept where nothing less is asked for.
const ALL_EVENTS: usize = 1024;

/// What is inspected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// What Snort 3 inspects, and nothing else: its verdicts on a capture.
    Exact,
    /// Also what Snort leaves out; what is found of a flow depends on nothing but the flow.
    #[default]
    Complete,
}

/// Whether checksums count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChecksumPolicy {
    /// Where the source says that they are filled in: live capture.
    #[serde(rename = "auto")]
    Auto,
    /// Always.
    #[serde(rename = "all")]
    Verify,
    /// Never.
    #[serde(rename = "none")]
    Ignore,
}

macro_rules! tables {
    ($($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $kind:ty,)* })*) => { $(
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$doc])* pub $field: $kind,)* }
    )* };
}

tables! {
    /// Everything that can be set.
    Settings {
        /// What is inspected.
        mode: Mode,
        /// How frames are taken.
        daq: Daq,
        /// What of a packet must be right.
        network: Network,
        /// What the search keeps.
        search_engine: SearchEngine,
        /// Events of one packet or PDU.
        event_queue: EventQueueSettings,
        /// Order of actions.
        alerts: Alerts,
        /// Events that are never shown.
        suppress: Vec<Suppress>,
        /// Events that are shown less often.
        event_filter: Vec<EventFilter>,
        /// Actions that change with the rate of events.
        rate_filter: Vec<RateFilter>,
        /// What rules refer to.
        ips: Ips,
        /// What `classtype` names, beside the classes that are known.
        classifications: Vec<Class>,
        /// What `reference` names, beside the schemes that are known.
        references: Vec<Reference>,
        /// HTTP.
        http_inspect: HttpInspect,
        /// The flow table.
        stream: Stream,
        /// TCP flows.
        stream_tcp: StreamTcp,
        /// UDP flows.
        stream_udp: SessionTimeout,
        /// ICMP flows.
        stream_icmp: SessionTimeout,
        /// Flows of other protocols.
        stream_ip: SessionTimeout,
    }
    /// `daq`.
    Daq {
        /// Bytes of a frame that are looked at; 0: all.
        snaplen: u32,
    }
    /// `network`.
    Network {
        /// Whether packets with wrong checksums are left out.
        checksum_eval: ChecksumPolicy,
    }
    /// `search_engine`.
    SearchEngine {
        /// Matches kept of one packet or PDU, for each action.
        max_queue_events: usize,
    }
    /// `event_queue`.
    EventQueueSettings {
        /// Events queued of one packet or PDU.
        max_queue: usize,
        /// Events logged of them.
        log: usize,
        /// What comes first.
        order_events: OrderEvents,
        /// All actions with a match count, not only the first.
        process_all_events: bool,
    }
    /// `alerts`.
    Alerts {
        /// Actions, separated by blanks; the first with a match counts.
        order: String,
    }
    /// `ips`.
    Ips {
        /// Values of variables.
        variables: VariableTables,
    }
    /// `ips.variables`.
    VariableTables {
        /// Addresses by name.
        nets: std::collections::BTreeMap<String, String>,
        /// Ports by name.
        ports: std::collections::BTreeMap<String, String>,
    }
    /// One entry of `classifications`.
    Class {
        /// As `classtype` names it.
        name: String,
        /// As alerts print it.
        text: String,
        /// 1 is the most severe.
        priority: u32,
    }
    /// One entry of `references`.
    Reference {
        /// As `reference` names it.
        name: String,
        /// What its ids are appended to.
        url: String,
    }
    /// `http_inspect`.
    HttpInspect {
        /// Bytes of a request's body that are looked at; -1: all.
        request_depth: i64,
        /// The same of a response.
        response_depth: i64,
    }
    /// `stream`.
    Stream {
        /// Flows at once.
        max_flows: usize,
    }
    /// `stream_tcp`.
    StreamTcp {
        /// Seconds without a packet after which a connection ends.
        session_timeout: u32,
        /// The same before its handshake is over.
        embryonic_timeout: u32,
        /// What waits for reassembly.
        queue_limit: QueueLimit,
    }
    /// `stream_tcp.queue_limit`.
    QueueLimit {
        /// Bytes of one direction.
        max_bytes: usize,
        /// Segments of one direction.
        max_segments: usize,
    }
    /// A table with a timeout and nothing else.
    SessionTimeout {
        /// Seconds without a packet after which a flow ends.
        session_timeout: u32,
    }
}

/// What comes first in the event queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvents {
    /// The more severe rule.
    Priority,
    /// The rule with the longer fast pattern content.
    ContentLength,
}

impl Settings {
    /// What holds where nothing is set.
    pub fn of(mode: Mode) -> Self {
        let exact = mode == Mode::Exact;
        let (events, queue, log) = if exact { (5, 8, 3) } else { (ALL_EVENTS, ALL_EVENTS, ALL_EVENTS) };
        let seconds = |session_timeout| SessionTimeout { session_timeout };
        let limits = FlowLimits::default();
        Self {
            mode,
            daq: Daq { snaplen: if exact { 1518 } else { 0 } },
            network: Network { checksum_eval: ChecksumPolicy::Auto },
            search_engine: SearchEngine { max_queue_events: events },
            event_queue: EventQueueSettings { max_queue: queue, log, order_events: OrderEvents::ContentLength, process_all_events: !exact },
            alerts: Alerts { order: Action::ALL.map(Action::name).join(" ") },
            suppress: Vec::new(),
            event_filter: Vec::new(),
            rate_filter: Vec::new(),
            ips: Ips { variables: VariableTables { nets: Variables::usual_nets(), ports: Variables::usual_ports() } },
            classifications: Vec::new(),
            references: Vec::new(),
            http_inspect: HttpInspect { request_depth: -1, response_depth: -1 },
            stream: Stream { max_flows: limits.flows },
            stream_tcp: StreamTcp {
                session_timeout: 180,
                embryonic_timeout: 30,
                queue_limit: QueueLimit { max_bytes: limits.queue_bytes, max_segments: limits.queue_segments },
            },
            stream_udp: seconds(30),
            stream_icmp: seconds(60),
            stream_ip: seconds(60),
        }
    }

    /// From JSON that says what differs from what holds in its `mode`, or in `mode` where it names none. `Err` says what is wrong.
    pub fn read(json: &[u8], mode: Mode) -> Result<Self, String> {
        let given: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let mode = match given.get("mode") {
            Some(mode) => serde_json::from_value(mode.clone()).map_err(|error| format!("mode: {error}"))?,
            None => mode,
        };
        let mut value = serde_json::to_value(Self::of(mode)).map_err(|error| error.to_string())?;
        lay_over(&mut value, given);
        let settings: Self = serde_json::from_value(value).map_err(|error| error.to_string())?;
        settings.selection()?;
        crate::filters::Filters::new(&settings, &settings.variables()?)?;
        Ok(settings)
    }

    /// What rules refer to.
    pub fn variables(&self) -> Result<Variables, String> {
        let mut variables = Variables::default();
        for (name, text) in &self.ips.variables.nets {
            variables.set_addresses(name, text).map_err(|error| format!("ips.variables.nets.{name}: {error}"))?;
        }
        for (name, text) in &self.ips.variables.ports {
            variables.set_ports(name, text).map_err(|error| format!("ips.variables.ports.{name}: {error}"))?;
        }
        variables.check().map_err(|error| format!("ips.variables: {error}"))?;
        for class in &self.classifications {
            variables.classes.set(&class.name, &class.text, class.priority);
        }
        variables.references = self.references.iter().map(|each| (each.name.clone(), each.url.clone())).collect();
        Ok(variables)
    }

    /// Which matches are kept.
    pub(crate) fn selection(&self) -> Result<Selection, String> {
        let order: Result<Vec<Action>, String> = self.alerts.order.split_whitespace().map(str::parse).collect();
        let order = order.map_err(|error| format!("alerts.order: {error}"))?;
        let queue = &self.event_queue;
        let by_priority = queue.order_events == OrderEvents::Priority;
        let selection = Selection::new(self.search_engine.max_queue_events, by_priority, queue.process_all_events);
        Ok(selection.ordered(&order))
    }

    /// Bytes of HTTP bodies that are looked at, by side.
    pub(crate) fn depths(&self) -> [Option<u64>; 2] {
        [self.http_inspect.request_depth, self.http_inspect.response_depth].map(|depth| u64::try_from(depth).ok())
    }

    /// What the flow table may hold.
    pub(crate) fn flow_limits(&self) -> FlowLimits {
        let nanoseconds = |seconds: u32| i64::from(seconds) * 1_000_000_000;
        let complete = self.mode == Mode::Complete;
        FlowLimits {
            flows: self.stream.max_flows,
            queue_bytes: self.stream_tcp.queue_limit.max_bytes,
            queue_segments: self.stream_tcp.queue_limit.max_segments,
            tcp_timeout: nanoseconds(self.stream_tcp.session_timeout),
            embryonic_timeout: nanoseconds(self.stream_tcp.embryonic_timeout),
            udp_timeout: nanoseconds(self.stream_udp.session_timeout),
            icmp_timeout: nanoseconds(self.stream_icmp.session_timeout),
            ip_timeout: nanoseconds(self.stream_ip.session_timeout),
            early_acknowledgement_ends: !complete,
            unacknowledged: complete,
            readings: complete,
            ..FlowLimits::default()
        }
    }
}

/// Lays `over` upon `base`: tables merge, everything else replaces.
fn lay_over(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                lay_over(base.entry(name).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

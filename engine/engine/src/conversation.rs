//! What rides on one flow: its service, the inspector or Atom splitting of each side, and what detection keeps of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use detect::{FlowState, Kind, Subject};
use flow::{Application, FlowInfo, Pdu, PduEnd, Scan, ScanAt, Side};
use inspect::registry;
use inspect::wizard::{Verdict, Wizard};
use inspect::{BufferId, Inspection, Inspector, Section, Service};
use wire::{L4, Packet, tcp_flags};

use crate::edge::Edge;
use crate::recent::Handle;
use crate::shedding::{self, Shed, Unseen};
use crate::told::Told;
use crate::world::{Home, Origin, World};

/// Largest PDU of a flow without a splitter of its own (Snort: `stream_tcp.max_pdu`).
const MAX_PDU: usize = 16_384;

/// The application side of a flow.
#[derive(Debug, Default)]
pub struct Conversation {
    bound: bool,
    service: Option<Service>,
    inspector: Option<Box<dyn Inspector>>,
    wizard: Option<Box<Wizard>>,
    sides: [Half; 2],
    state: FlowState,
    /// Where it was captured, if live.
    home: Option<Home>,
    /// Its last packets.
    recent: Handle,
    /// A fault of ours ended its inspection.
    given_up: bool,
    /// Some of it was shed.
    shed: bool,
    /// Some rule has matched.
    hit: bool,
}

/// One side.
#[derive(Debug, Default)]
struct Half {
    /// Flush point of Atom splitting: this side is split without regard to its contents.
    atom: Option<u32>,
    /// Rules that alerted on raw packets since the last flush.
    alerted: Vec<Told>,
    /// What the last piece of a body leaves for the next one.
    edge: Option<Box<Edge>>,
    /// Bytes that it has said since the other side did.
    run: u64,
    /// What of it was shed.
    unseen: Unseen,
}

/// Rules remembered of a side between two flushes.
const ALERTED: usize = 256;

impl Conversation {
    /// Binds the flow by what announced it or by its server port; what is not bound goes to the wizard.
    fn bind_first(&mut self, cx: &mut World<'_>, flow: &FlowInfo) {
        if std::mem::replace(&mut self.bound, true) {
            return;
        }
        self.home = cx.wire.and_then(|wire| wire.home());
        let service = cx.expected.take(flow.server.ip, flow.server.port).or_else(|| registry::bound(flow.protocol, flow.server.port));
        match service {
            Some(service) => self.bind(cx, service),
            None if flow.protocol == 6 => self.wizard = Some(Box::default()),
            None => {}
        }
    }

    fn bind(&mut self, cx: &World<'_>, service: Service) {
        self.service = Some(service);
        self.wizard = None;
        self.inspector = registry::inspector(service, cx.ring);
        for half in &mut self.sides {
            half.atom = self.inspector.is_none().then(|| cx.ring.draw());
        }
    }

    /// Gives up on a side: it is split as Atom from here on.
    fn fall_back(&mut self, cx: &World<'_>, side: Side) -> u32 {
        *self.sides[side as usize].atom.get_or_insert_with(|| cx.ring.draw())
    }

    fn scan_atom(&self, flush_at: u32, piece: &[u8], at: ScanAt) -> Scan {
        let total = at.pending + piece.len();
        let enough = at.segments >= 1 && total >= flush_at as usize && !at.more;
        if enough || total > MAX_PDU { Scan::Flush(piece.len()) } else { Scan::More }
    }

    /// Runs `work`, unless a fault ended this flow's inspection before; a panic in it is such a fault. The flow table goes on as if
    /// nothing had happened: it must not see a callback unwind.
    fn guarded<T>(&mut self, cx: &mut World<'_>, work: impl FnOnce(&mut Self, &mut World<'_>) -> T) -> Option<T> {
        if self.given_up {
            return None;
        }
        let done = catch_unwind(AssertUnwindSafe(|| work(self, cx))).ok();
        if done.is_none() {
            *self = Self { bound: true, given_up: true, recent: self.recent, ..Self::default() };
            *cx.faults += 1;
        }
        done
    }

    /// Inspects a packet as it came: one of a flow without inspector, or a datagram.
    pub fn packet(&mut self, cx: &mut World<'_>, flow: &FlowInfo, packet: &Packet<'_>, side: Side, time: i64) {
        self.guarded(cx, |this, cx| this.inspect_packet(cx, flow, packet, side, time));
    }

    /// Whether the flow was given up after a fault.
    pub fn given_up(&self) -> bool {
        self.given_up
    }

    /// Takes note of a packet's data; why it is shed under that much pressure, if it is. Then only its place in the stream is kept.
    #[inline]
    pub fn weigh(&mut self, level: u8, flow: &FlowInfo, packet: &Packet<'_>, side: Side) -> Option<Shed> {
        if packet.payload.is_empty() {
            return None;
        }
        self.sides[side.peer() as usize].run = 0;
        let half = &mut self.sides[side as usize];
        half.run += packet.payload.len() as u64;
        let reason = (level > 0).then(|| shedding::decide(level, flow, side, half.run, self.hit)).flatten();
        if self.shed || reason.is_some() {
            self.shed = true;
            if let L4::Tcp(tcp) = &packet.l4 {
                match reason {
                    Some(_) => half.unseen.add(tcp.seq, packet.payload.len() as u32),
                    None => half.unseen.pass(tcp.seq),
                }
            }
        }
        reason
    }

    /// Keeps a packet among the flow's last ones, after it was inspected.
    #[inline]
    pub fn note(&mut self, cx: &mut World<'_>, flow: &FlowInfo, packet: &Packet<'_>, side: Side) {
        if let (Some(recent), Some(wire)) = (cx.recent.as_deref_mut(), &cx.wire) {
            let control = tcp_flags::SYN | tcp_flags::FIN | tcp_flags::RST;
            let tells = !packet.payload.is_empty() || matches!(packet.l4, L4::Tcp(tcp) if tcp.flags & control != 0);
            recent.note(&mut self.recent, flow, side, wire, tells);
        }
    }

    fn inspect_packet(&mut self, cx: &mut World<'_>, flow: &FlowInfo, packet: &Packet<'_>, side: Side, time: i64) {
        cx.admission.begin();
        self.bind_first(cx, flow);
        if flow.protocol == 17 && self.service.is_none() && flow.packets[0] + flow.packets[1] == 1 {
            if let Some(service) = inspect::wizard::recognize_datagram(side, packet.payload) {
                self.bind(cx, service);
            }
        }
        let Self { inspector, service, sides, state, home, recent, shed, hit, .. } = self;
        let half = &mut sides[side as usize];
        let sequence = if let L4::Tcp(tcp) = packet.l4 { Some(tcp.seq) } else { None };
        let origin = Origin { home: *home, sequence, recent: *recent, shed: *shed };
        let unit = Unit { flow, side, time, service: *service, inspected: inspector.is_some(), packet: Some(packet), origin };
        match inspector {
            Some(inspector) if flow.protocol == 17 && !packet.payload.is_empty() => {
                inspector.datagram(side, packet.payload, &mut |inspection| *hit |= unit.detect(cx, inspection, state, half));
            }
            _ => *hit |= unit.detect(cx, &Inspection::plain(packet.payload), state, half),
        }
    }
}

/// What the subjects of one packet or PDU have in common.
struct Unit<'a> {
    flow: &'a FlowInfo,
    side: Side,
    time: i64,
    service: Option<Service>,
    inspected: bool,
    packet: Option<&'a Packet<'a>>,
    origin: Origin,
}

impl Unit<'_> {
    /// Whether some rule matched.
    fn detect(&self, cx: &mut World<'_>, inspection: &Inspection<'_>, state: &mut FlowState, half: &mut Half) -> bool {
        let cut;
        let inspection = match cx.depths[self.side as usize] {
            Some(depth) if inspection.section == Section::Body => match within(inspection, depth) {
                Some(within) => {
                    cut = within;
                    &cut
                }
                None => return false,
            },
            _ => inspection,
        };
        let rebuilt = self.packet.is_none();
        let kind = match self.flow.protocol {
            6 => Kind::Tcp,
            17 => Kind::Udp,
            1 | 58 => Kind::Icmp,
            _ => Kind::Ip,
        };
        let subject = Subject {
            kind,
            packet: self.packet,
            source: self.flow.sender(self.side),
            destination: self.flow.sender(self.side.peer()),
            service: self.service,
            side: Some(self.side),
            established: rebuilt || self.flow.answered || cx.complete && self.flow.established,
            flow: Some(self.flow),
            rebuilt,
            whole: rebuilt || kind != Kind::Tcp,
            defragmented: !rebuilt && cx.wire.is_some_and(|wire| wire.defragmented),
            inspected: self.inspected,
            searched: !inspection.encrypted,
            inspection,
            time: self.time,
        };
        let known = (kind == Kind::Tcp).then_some(&mut half.alerted);
        cx.detect(&subject, Some(state), known, self.origin);
        half.alerted.truncate(ALERTED);
        !cx.matches.is_empty()
    }
}

impl Unit<'_> {
    /// The same, and where a body goes on also what lies across the edge between its last piece and this one.
    fn detect_piece(&self, cx: &mut World<'_>, inspection: &Inspection<'_>, state: &mut FlowState, half: &mut Half) -> bool {
        let first = cx.raised.len();
        let mut hit = self.detect(cx, inspection, state, half);
        if !cx.complete || inspection.section != Section::Body {
            return hit;
        }
        let told = cx.raised.since(first, self.flow.id);
        let mut edge = half.edge.take().unwrap_or_default();
        if edge.join(inspection) {
            cx.silent.extend(edge.told().iter().chain(&told));
            hit |= self.detect(cx, &edge.across(inspection), state, half);
            cx.silent.clear();
        }
        edge.keep(inspection, told);
        half.edge = Some(edge);
        hit
    }
}

/// A piece of a body as far as it lies within the first `depth` bytes. `None`: it lies behind them.
fn within<'a>(inspection: &Inspection<'a>, depth: u64) -> Option<Inspection<'a>> {
    let left = depth.checked_sub(inspection.file_pos).filter(|left| *left > 0)? as usize;
    let mut within = *inspection;
    for buffer in [BufferId::PktData, BufferId::RawData, BufferId::FileData, BufferId::HttpClientBody] {
        let data = inspection.buffers.get(buffer);
        within.buffers.set(buffer, &data[..data.len().min(left)]);
    }
    Some(within)
}

impl Conversation {
    fn find_end(&mut self, cx: &mut World<'_>, flow: &FlowInfo, side: Side, piece: &[u8], at: ScanAt) -> Scan {
        self.bind_first(cx, flow);
        if let Some(flush_at) = self.sides[side as usize].atom {
            return self.scan_atom(flush_at, piece, at);
        }
        if let Some(inspector) = &mut self.inspector {
            if !inspector.splits(side) {
                return Scan::Flush(piece.len());
            }
            return match inspector.scan(side, piece, at) {
                Some(scan) => scan,
                None => {
                    let flush_at = self.fall_back(cx, side);
                    self.scan_atom(flush_at, piece, at)
                }
            };
        }
        match self.wizard.as_mut().map_or(Verdict::GaveUp, |wizard| wizard.scan(side, piece)) {
            Verdict::More => Scan::More,
            Verdict::Found(service) => {
                self.bind(cx, service);
                Scan::Restart
            }
            Verdict::GaveUp => {
                let flush_at = self.fall_back(cx, side);
                self.scan_atom(flush_at, piece, at)
            }
        }
    }

    fn inspect_pdu(&mut self, cx: &mut World<'_>, flow: &FlowInfo, side: Side, pdu: Pdu<'_>) {
        cx.admission.begin();
        let Self { inspector, service, sides, state, home, recent, shed, hit, .. } = self;
        let half = &mut sides[side as usize];
        let origin = Origin { home: *home, sequence: Some(pdu.sequence), recent: *recent, shed: *shed };
        // What was shed is parsed, so that the inspector knows where it is, and shown to no rule.
        let looked_at = !*shed || !half.unseen.holds(pdu.sequence, pdu.data.len());
        let unit = Unit { flow, side, time: pdu.time, service: *service, inspected: inspector.is_some(), packet: None, origin };
        match inspector {
            Some(inspector) if half.atom.is_none() && !inspector.splits(side) => {}
            Some(inspector) if half.atom.is_none() => {
                inspector.inspect(side, &pdu, &mut |inspection| {
                    if looked_at {
                        *hit |= unit.detect_piece(cx, inspection, state, half);
                    } else {
                        // Across its edge lies something that no rule is shown.
                        half.edge = None;
                    }
                });
                // After STARTTLS and its like the flow speaks something else.
                *service = Some(inspector.service());
                if let Some(expected) = inspector.expected() {
                    let ip = expected.ip.unwrap_or(flow.sender(expected.listener).ip);
                    cx.expected.add(ip, expected.port, expected.service, flow.last);
                }
            }
            _ if looked_at => *hit |= unit.detect(cx, &Inspection::plain(pdu.data), state, half),
            _ => {}
        }
        if pdu.end != PduEnd::Close {
            half.alerted.clear();
        }
    }

    /// Inspects other bytes that may have been read in the place of a PDU's: by an inspector that knows nothing of what went before, on a
    /// copy of the flow's state. Rules that alerted on the PDU itself are not told again.
    fn inspect_reading(&mut self, cx: &mut World<'_>, flow: &FlowInfo, side: Side, pdu: Pdu<'_>) {
        if self.shed && self.sides[side as usize].unseen.holds(pdu.sequence, pdu.data.len()) {
            return;
        }
        cx.silent = cx.raised.since(0, flow.id);
        let mut other = Self {
            bound: true,
            service: self.service,
            inspector: self.service.and_then(|service| registry::inspector(service, cx.ring)),
            wizard: self.service.is_none().then(Box::default),
            sides: Default::default(),
            state: self.state.clone(),
            home: self.home,
            recent: self.recent,
            given_up: false,
            // What of the reading was shed was decided above.
            shed: false,
            hit: false,
        };
        other.walk(cx, flow, side, pdu);
        if self.service == Some(Service::Http) {
            // It may be a piece of a body, which a new inspector cannot know.
            let inspection = body_of(side, pdu.data);
            let Self { service, sides, state, .. } = &mut other;
            let origin = Origin { home: self.home, sequence: Some(pdu.sequence), recent: self.recent, shed: self.shed };
            let unit = Unit { flow, side, time: pdu.time, service: *service, inspected: true, packet: None, origin };
            cx.admission.begin();
            other.hit |= unit.detect(cx, &inspection, state, &mut sides[side as usize]);
        }
        self.hit |= other.hit;
        cx.silent = Vec::new();
    }

    /// Splits and inspects the bytes of `pdu` as if the side began and ended with them.
    fn walk(&mut self, cx: &mut World<'_>, flow: &FlowInfo, side: Side, pdu: Pdu<'_>) {
        let (mut base, mut scanned, mut restarts) = (0, 0, 0);
        while scanned < pdu.data.len() {
            let rest = &pdu.data[scanned..];
            let at = ScanAt { pending: scanned - base, segments: usize::from(scanned > base), more: false };
            match self.find_end(cx, flow, side, rest, at) {
                Scan::Flush(n) => {
                    let end = scanned + n.clamp(1, rest.len());
                    self.inspect_pdu(cx, flow, side, part(&pdu, base, end, PduEnd::Splitter));
                    (base, scanned) = (end, end);
                }
                Scan::Restart if restarts < flow::limits::MAX_RESTARTS => (scanned, restarts) = (base, restarts + 1),
                _ => scanned = pdu.data.len(),
            }
        }
        if base < pdu.data.len() {
            self.inspect_pdu(cx, flow, side, part(&pdu, base, pdu.data.len(), PduEnd::Close));
        }
    }

    fn skip(&mut self, cx: &mut World<'_>, side: Side) {
        let goes_on = match &mut self.inspector {
            Some(inspector) if self.sides[side as usize].atom.is_none() => inspector.gap(side),
            _ => false,
        };
        if !goes_on {
            self.fall_back(cx, side);
        }
    }

    fn close_side(&mut self, cx: &mut World<'_>, flow: &FlowInfo, side: Side) {
        cx.admission.begin();
        let Self { inspector, service, sides, state, home, recent, shed, hit, .. } = self;
        let half = &mut sides[side as usize];
        let origin = Origin { home: *home, sequence: None, recent: *recent, shed: *shed };
        let unit = Unit { flow, side, time: flow.last, service: *service, inspected: true, packet: None, origin };
        if let Some(inspector) = inspector {
            inspector.drain(side, &mut |inspection| *hit |= unit.detect(cx, inspection, state, half));
            inspector.close(side);
        }
    }
}

/// The bytes of `pdu` from `start` to `end`.
fn part<'a>(pdu: &Pdu<'a>, start: usize, end: usize, why: PduEnd) -> Pdu<'a> {
    Pdu { data: &pdu.data[start..end], sequence: pdu.sequence.wrapping_add(start as u32), end: why, ..*pdu }
}

/// A piece of an HTTP body without any coding.
fn body_of(side: Side, data: &[u8]) -> Inspection<'_> {
    let mut inspection = Inspection::plain(data);
    inspection.section = Section::Body;
    inspection.buffers.set(BufferId::FileData, data);
    if side == Side::Client {
        inspection.buffers.set(BufferId::HttpClientBody, data);
    }
    inspection
}

/// What the flow table asks of a conversation, faults kept away from the table.
impl Application for Conversation {
    type Context<'c> = World<'c>;

    fn scan(&mut self, cx: &mut World<'_>, flow: &FlowInfo, side: Side, piece: &[u8], at: ScanAt) -> Scan {
        // Bytes of a flow that was given up are let go as they come.
        self.guarded(cx, |this, cx| this.find_end(cx, flow, side, piece, at)).unwrap_or(Scan::Flush(piece.len()))
    }

    fn pdu(&mut self, cx: &mut World<'_>, flow: &FlowInfo, side: Side, pdu: Pdu<'_>) {
        self.guarded(cx, |this, cx| this.inspect_pdu(cx, flow, side, pdu));
    }

    fn reading(&mut self, cx: &mut World<'_>, flow: &FlowInfo, side: Side, pdu: Pdu<'_>) {
        self.guarded(cx, |this, cx| this.inspect_reading(cx, flow, side, pdu));
    }

    fn gap(&mut self, cx: &mut World<'_>, _flow: &FlowInfo, side: Side, _lost: u32) {
        self.guarded(cx, |this, cx| this.skip(cx, side));
    }

    fn close(&mut self, cx: &mut World<'_>, flow: &FlowInfo, side: Side) {
        self.guarded(cx, |this, cx| this.close_side(cx, flow, side));
    }

    fn end(&mut self, cx: &mut World<'_>, flow: &FlowInfo) {
        if let Some(recent) = cx.recent.as_deref_mut() {
            recent.end(self.recent, flow.id);
        }
    }

    fn pdus_only(&self, side: Side) -> bool {
        self.inspector.as_ref().is_some_and(|inspector| inspector.splits(side)) && self.sides[side as usize].atom.is_none()
    }
}

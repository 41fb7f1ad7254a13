//! What is the same for every flow while one wire packet is processed: rules, working memory, and where events go.

use detect::{FlowState, Match, RuleSet, Scratch, Subject};
use inspect::flush_ring::FlushRing;
use wire::LinkType;

use crate::describe;
use crate::event::Event;
use crate::expectations::Expectations;

/// The wire packet that is being processed.
#[derive(Debug, Clone, Copy)]
pub struct WirePacket<'a> {
    /// From 1.
    pub number: u64,
    /// Nanoseconds since the epoch.
    pub time: i64,
    /// The whole frame.
    pub frame: &'a [u8],
    /// Its link type.
    pub link: LinkType,
    /// Interface, where captured live.
    pub ifindex: Option<u32>,
    /// Direction at the interface, where captured live.
    pub outgoing: Option<bool>,
    /// What is processed is the datagram that this packet's fragment completed.
    pub defragmented: bool,
}

/// Events waiting to be taken, bounded.
#[derive(Debug, Default)]
pub struct EventQueue {
    events: Vec<Event>,
    /// Events ever queued.
    pub queued: u64,
    /// Events dropped because the queue was full.
    pub dropped: u64,
}

impl EventQueue {
    /// Events that wait at most.
    pub const CAP: usize = 65_536;

    fn push(&mut self, event: Event) {
        if self.events.len() >= Self::CAP {
            self.dropped += 1;
            return;
        }
        self.queued += 1;
        self.events.push(event);
    }

    /// Takes what waits.
    pub fn take(&mut self) -> Vec<Event> {
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
    /// Flush points of Atom splitting.
    pub ring: &'c FlushRing,
    /// Flows that others announced (FTP data).
    pub expected: &'c mut Expectations,
    /// The packet being processed; `None` while flows end by themselves.
    pub wire: Option<WirePacket<'c>>,
}

impl World<'_> {
    /// Runs detection on `subject`. `known` holds the rules that already alerted on these bytes: they are left out on a PDU and noted
    /// on a raw packet (Snort notes 3.5).
    pub fn detect(&mut self, subject: &Subject<'_>, state: Option<&mut FlowState>, mut known: Option<&mut Vec<u32>>) {
        self.matches.clear();
        self.rules.detect(subject, state, self.scratch, self.matches);
        for matched in self.matches.iter() {
            if let Some(known) = known.as_deref_mut() {
                let repeated = known.contains(&matched.rule);
                if repeated && subject.rebuilt {
                    continue;
                }
                if !repeated && !subject.rebuilt {
                    known.push(matched.rule);
                }
            }
            let nothing = WirePacket {
                number: 0,
                time: subject.time,
                frame: &[],
                link: LinkType::RAW,
                ifindex: None,
                outgoing: None,
                defragmented: false,
            };
            let wire = self.wire.unwrap_or(nothing);
            if let Some(event) = describe::event(self.rules, matched, subject, &wire) {
                self.queue.push(event);
            }
        }
    }
}

//! Alerts that wait for the packets after them.

use serde::Serialize;

use super::slabs::SNAP;
use crate::event::CapturedPacket;
use crate::world::WirePacket;

/// Flows with alerts that wait.
const FLOWS: usize = 1024;
/// Alerts of one flow that wait together.
const EVENTS: usize = 64;
/// Aftermaths that wait to be taken.
const UNTAKEN: usize = 8192;

/// What came after an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aftermath {
    /// Number of the alert ([`crate::Event::event_number`]).
    pub event_number: u64,
    /// Link type of the packets (DLT number).
    pub link_type: u16,
    /// Oldest first.
    pub packets: Vec<CapturedPacket>,
}

impl Aftermath {
    /// Appends it as one line of JSON.
    pub fn write_line(&self, out: &mut Vec<u8>) {
        // A Vec takes every write and there is no map: serialisation cannot fail.
        if serde_json::to_writer(&mut *out, self).is_ok() {
            out.push(b'\n');
        }
    }
}

/// One flow's.
#[derive(Debug)]
struct Wait {
    /// Alerts, and how many packets were there before each.
    events: Vec<(u64, usize)>,
    packets: Vec<CapturedPacket>,
    slab: u32,
    link: u16,
    until: i64,
}

/// All of them. A wait's number is its place, from 1.
#[derive(Debug)]
pub(super) struct Waiting {
    waits: Vec<Option<Wait>>,
    free: Vec<u32>,
    done: Vec<Aftermath>,
    after: usize,
    wait: i64,
    /// Alerts that could not wait.
    pub full: u64,
    /// Aftermaths dropped because nobody took them.
    pub dropped: u64,
}

impl Waiting {
    pub(super) fn new(after: usize, wait: i64) -> Self {
        Self { waits: Vec::new(), free: Vec::new(), done: Vec::new(), after, wait, full: 0, dropped: 0 }
    }

    /// An alert begins to wait, with those of its flow that do (`number`) or by itself; answers the number.
    pub(super) fn begin(&mut self, number: u32, event: u64, slab: u32, link: u16, now: i64) -> u32 {
        if let Some(wait) = self.get(number) {
            if wait.events.len() < EVENTS {
                let seen = wait.packets.len();
                wait.events.push((event, seen));
            } else {
                self.full += 1;
            }
            return number;
        }
        let wait = Wait { events: vec![(event, 0)], packets: Vec::new(), slab, link, until: now.saturating_add(self.wait) };
        if let Some(number) = self.free.pop() {
            self.waits[number as usize - 1] = Some(wait);
            return number;
        }
        if self.waits.len() >= FLOWS {
            self.full += 1;
            return 0;
        }
        self.waits.push(Some(wait));
        self.waits.len() as u32
    }

    /// A packet of the flow; `room`: the budgets allow to keep it. Answers whether the wait is over.
    pub(super) fn follow(&mut self, number: u32, wire: &WirePacket<'_>, room: bool) -> bool {
        let after = self.after;
        let Some(wait) = self.get(number) else { return true };
        let late = wire.time > wait.until;
        if !late && room {
            let bytes = wire.frame[..wire.frame.len().min(SNAP)].to_vec();
            wait.packets.push(CapturedPacket { time: wire.time, length: wire.length, bytes });
        }
        let over = late || !room || wait.packets.len() >= after;
        if over {
            self.close(number);
        }
        over
    }

    /// Ends the wait of that number.
    pub(super) fn close(&mut self, number: u32) {
        let Some(wait) = number.checked_sub(1).and_then(|place| self.waits.get_mut(place as usize)?.take()) else { return };
        self.free.push(number);
        for (event, seen) in wait.events {
            let packets = &wait.packets[seen..];
            if packets.is_empty() {
                continue;
            }
            if self.done.len() >= UNTAKEN {
                self.dropped += 1;
                continue;
            }
            self.done.push(Aftermath { event_number: event, link_type: wait.link, packets: packets.to_vec() });
        }
    }

    /// Ends waits whose time is over; answers the slabs that they were of.
    pub(super) fn settle(&mut self, now: i64) -> Vec<u32> {
        if self.waits.len() == self.free.len() {
            return Vec::new();
        }
        let over = |(place, wait): (usize, &Option<Wait>)| {
            let wait = wait.as_ref().filter(|wait| wait.until < now)?;
            Some((place as u32 + 1, wait.slab))
        };
        let over: Vec<(u32, u32)> = self.waits.iter().enumerate().filter_map(over).collect();
        over.iter().for_each(|(number, _)| self.close(*number));
        over.into_iter().map(|(_, slab)| slab).collect()
    }

    /// Takes what is done.
    pub(super) fn take(&mut self) -> Vec<Aftermath> {
        std::mem::take(&mut self.done)
    }

    fn get(&mut self, number: u32) -> Option<&mut Wait> {
        self.waits.get_mut(number.checked_sub(1)? as usize)?.as_mut()
    }
}

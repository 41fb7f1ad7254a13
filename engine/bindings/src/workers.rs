//! A capture's packets through one engine or several.

use capture::{CaptureError, Direction, Frame, PacketSource};
use engine::{Counters, Engine, Event, Gather, lane};
use wire::LinkType;

/// Bytes of frames that are read ahead for all workers together.
const AHEAD: usize = 8 << 20;

/// A frame without its bytes, and where those are.
struct Place {
    start: usize,
    length: usize,
    number: u64,
    time: i64,
    link: LinkType,
    lengths: (u32, u32),
    interface: u32,
    direction: Option<Direction>,
}

/// Frames that were read, by the worker that looks at them.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    places: Vec<Vec<Place>>,
}

impl Batch {
    /// Reads up to `most` frames. Whether there are more; after trouble there are none.
    fn fill(&mut self, source: &mut impl PacketSource, lanes: usize, read: &mut u64, most: usize) -> Result<bool, CaptureError> {
        self.bytes.clear();
        self.places.resize_with(lanes, Vec::new);
        self.places.iter_mut().for_each(Vec::clear);
        for _ in 0..most {
            let Some(frame) = source.next()? else { return Ok(false) };
            *read += 1;
            let place = Place {
                start: self.bytes.len(),
                length: frame.data.len(),
                number: *read,
                time: frame.time,
                link: frame.link,
                lengths: (frame.original_len, frame.counted_len),
                interface: frame.interface,
                direction: frame.direction,
            };
            self.bytes.extend_from_slice(frame.data);
            self.places[lane(frame.link, frame.data, lanes)].push(place);
            if self.bytes.len() >= AHEAD {
                break;
            }
        }
        Ok(true)
    }

    fn show(&self, worker: usize, engine: &mut Engine) {
        for place in &self.places[worker] {
            let frame = Frame {
                time: place.time,
                link: place.link,
                data: &self.bytes[place.start..place.start + place.length],
                original_len: place.lengths.0,
                counted_len: place.lengths.1,
                ifindex: 0,
                interface: place.interface,
                direction: place.direction,
                checksums_ready: true,
            };
            engine.process_as(place.number, &frame);
        }
    }
}

/// The engines.
pub struct Workers {
    pub engines: Vec<Engine>,
    gather: Gather,
    /// Read, and being looked at next.
    ahead: Batch,
    looked_at: Batch,
    read: u64,
}

impl Workers {
    pub fn new(engines: Vec<Engine>, gather: Gather) -> Self {
        Self { engines, gather, ahead: Batch::default(), looked_at: Batch::default(), read: 0 }
    }

    /// Takes up to `most` packets of `source`. Whether there are more; what was read before trouble is inspected.
    pub fn step(&mut self, source: &mut (impl PacketSource + Send), most: usize) -> Result<bool, CaptureError> {
        let lanes = self.engines.len();
        if let [only] = self.engines.as_mut_slice() {
            for _ in 0..most {
                match source.next()? {
                    Some(frame) => only.process(&frame),
                    None => return Ok(false),
                }
            }
            return Ok(true);
        }
        // While the engines look at what was read in the last step, the next is read.
        std::mem::swap(&mut self.ahead, &mut self.looked_at);
        let Self { engines, ahead, looked_at, read, .. } = self;
        let looked_at = &*looked_at;
        let more = std::thread::scope(|threads| {
            if !looked_at.places.is_empty() {
                for (worker, engine) in engines.iter_mut().enumerate() {
                    threads.spawn(move || looked_at.show(worker, engine));
                }
            }
            ahead.fill(source, lanes, read, most)
        });
        if !matches!(more, Ok(true)) {
            let ahead = &self.ahead;
            std::thread::scope(|threads| {
                for (worker, engine) in self.engines.iter_mut().enumerate() {
                    threads.spawn(move || ahead.show(worker, engine));
                }
            });
        }
        more
    }

    /// The only one, where somebody looks on.
    pub fn first(&mut self) -> Option<&mut Engine> {
        self.engines.first_mut()
    }

    /// Ends every flow.
    pub fn finish(&mut self) {
        self.engines.iter_mut().for_each(Engine::finish);
    }

    /// Takes the events that wait, in the order of the packets.
    pub fn events(&mut self) -> Vec<Event> {
        let events = self.engines.iter_mut().flat_map(Engine::events).collect();
        if self.engines.len() > 1 { self.gather.turn(events) } else { events }
    }

    /// What came after events that were shown, as JSON lines.
    pub fn aftermaths(&mut self) -> Vec<u8> {
        let Self { engines, gather, .. } = self;
        engines.iter_mut().flat_map(|engine| crate::aftermaths(engine, gather)).collect()
    }

    /// Everything counted.
    pub fn counters(&self) -> Counters {
        let mut counters = self.engines.iter().map(Engine::counters).reduce(|all, one| all.plus(&one)).unwrap_or_default();
        if self.engines.len() > 1 {
            self.gather.count(&mut counters);
        }
        counters
    }
}

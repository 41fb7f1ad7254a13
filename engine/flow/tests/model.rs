//! The assembler against a slow and obvious model: an array of bytes, each of which remembers the segment that owns it.
//!
//! Random segments (lost, repeated, reordered, overlapping with other bytes in them), random acknowledgements, random flushes; what comes
//! out must be what the model holds. Every run has its seed in the message.

#![allow(clippy::unwrap_used, reason = "the model panics where it is wrong")]

mod script;

use flow::{FlowLimits, Scan};
use script::{HELLO, Random, Stage};
use wire::{Tcp, tcp_flags};

/// Bytes of the stream in a run.
const LENGTH: usize = 120;

/// One piece of a segment: where it begins now, and its bytes.
#[derive(Debug, Clone)]
struct Piece {
    at: usize,
    bytes: Vec<u8>,
}

impl Piece {
    fn end(&self) -> usize {
        self.at + self.bytes.len()
    }
}

/// All pieces ever kept, sorted and without overlaps, and how far they were given out.
#[derive(Debug, Default)]
struct Model {
    pieces: Vec<Piece>,
    acked: usize,
    out: Vec<String>,
    given: usize,
}

impl Model {
    /// BSD: the earlier neighbour keeps its bytes, those that begin later lose what is covered.
    fn segment(&mut self, at: usize, bytes: &[u8]) {
        let low = self.acked.min(self.next());
        let from = self.pieces.iter().filter(|piece| piece.at <= at.max(low)).map(Piece::end).max().unwrap_or(0).max(at).max(low);
        let end = at + bytes.len();
        if from >= end {
            return self.give();
        }
        self.pieces.retain(|piece| piece.at < from || piece.end() > end);
        for piece in self.pieces.iter_mut().filter(|piece| piece.at >= from && piece.at < end) {
            piece.bytes.drain(..end - piece.at);
            piece.at = end;
        }
        self.pieces.push(Piece { at: from, bytes: bytes[from - at..].to_vec() });
        self.pieces.sort_by_key(|piece| piece.at);
        self.give();
    }

    /// End of the bytes without a hole from where we are.
    fn next(&self) -> usize {
        let mut next = self.given;
        for piece in &self.pieces {
            if piece.at <= next && piece.end() > next {
                next = piece.end();
            }
        }
        next
    }

    fn ack(&mut self, ack: usize) {
        self.acked = self.acked.max(ack);
        self.give();
    }

    /// Gives out acknowledged bytes one by one, and skips acknowledged holes.
    fn give(&mut self) {
        loop {
            let end = self.acked.min(self.next());
            for at in self.given..end {
                let piece = self.pieces.iter().find(|piece| piece.at <= at && at < piece.end()).unwrap();
                self.out.push((piece.bytes[at - piece.at] as char).to_string());
            }
            self.given = self.given.max(end);
            let behind = self.pieces.iter().map(|piece| piece.at).filter(|&at| at > self.next()).min();
            let Some(behind) = behind.filter(|&behind| behind <= self.acked) else { return };
            self.out.push(format!("gap {}", behind - self.given));
            self.given = behind;
        }
    }
}

/// What the log says, byte by byte.
fn bytes_of(log: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for line in log {
        let words: Vec<_> = line.split_whitespace().collect();
        match words.iter().position(|word| *word == "c").map(|at| words[at + 1]) {
            Some("gap") => out.push(format!("gap {}", words.last().unwrap())),
            Some(text) if text.starts_with('"') => out.extend(text.trim_matches('"').chars().map(|c| c.to_string())),
            _ => {}
        }
    }
    out
}

fn run(seed: u64) {
    let mut random = Random(seed);
    let mut flushes = Random(seed ^ 0x5555_5555);
    let splitter = Box::new(move |_, piece: &[u8], _| match flushes.below(3) {
        0 => Scan::Flush(1 + flushes.below(piece.len() as u64) as usize),
        1 => Scan::Flush(piece.len()),
        _ => Scan::More,
    });
    let mut stage = Stage::with(splitter, FlowLimits { seed: Some(1), ..FlowLimits::default() });
    stage.isn[0] = (u32::MAX - LENGTH as u32 / 2).wrapping_add(random.below(80) as u32);
    stage.play(HELLO);
    let mut model = Model::default();
    let (mut front, mut log) = (0, Vec::new());
    while front < LENGTH {
        let at = front.saturating_sub(random.below(25) as usize) + random.below(12) as usize;
        let bytes: Vec<u8> = (0..1 + random.below(15)).map(|_| b'a' + random.below(26) as u8).collect();
        front = front.max(at + bytes.len());
        let tcp = |seq: u32, ack: u32| Tcp { seq, ack, flags: tcp_flags::ACK, window: 8192, ..Tcp::default() };
        let client = Tcp { src_port: 40_000, dst_port: 80, ..tcp(stage.isn[0].wrapping_add(1 + at as u32), 9001) };
        stage.send(0, client, &bytes);
        model.segment(at, &bytes);
        if random.below(3) == 0 {
            let ack = random.below(front as u64 + 1) as usize;
            let server = Tcp { src_port: 80, dst_port: 40_000, ..tcp(9001, stage.isn[0].wrapping_add(1 + ack as u32)) };
            stage.send(1, server, b"");
            model.ack(ack);
        }
        log.extend(stage.log());
    }
    log.extend(stage.finish());
    assert_eq!(bytes_of(&log).join(" "), model.out.join(" "), "seed {seed}");
}

#[test]
fn what_comes_out_is_what_the_model_holds() {
    for seed in 1..3000 {
        run(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed) | 1);
    }
}

/// Loss-free streams: whatever the order, everything comes out once and in order.
#[test]
fn any_order_of_all_segments_gives_the_stream() {
    for seed in 1..300 {
        let mut random = Random(seed * 77 + 1);
        let mut stage = Stage::new(script::never());
        stage.play(HELLO);
        let text: String = (0..200).map(|_| (b'a' + random.below(26) as u8) as char).collect();
        let mut cuts: Vec<usize> = (0..20).map(|_| random.below(200) as usize).chain([0, 200]).collect();
        cuts.sort_unstable();
        let mut order: Vec<_> = cuts.windows(2).map(|cut| (cut[0], cut[1])).filter(|(a, b)| a < b).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, random.below(i as u64 + 1) as usize);
        }
        for (a, b) in order {
            stage.play(&format!("c A seq={} \"{}\"", a + 1, &text[a..b]));
        }
        stage.play("s A ack=201");
        assert_eq!(stage.finish()[0], format!("c {text:?} Close"), "seed {seed}");
    }
}

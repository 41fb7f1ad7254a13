//! Both streams of one connection: what a segment acknowledges goes out first, then its own bytes are queued.

use wire::{Tcp, tcp_flags};

use super::seq::Seq;
use super::stream::Stream;
use super::{Stage, has};
use crate::limits::FlowLimits;
use crate::splitter::{Application, Side};

/// Reassembly of one flow.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    /// By [`Side`].
    pub(super) streams: [Stream; 2],
    /// How often both were scanned again.
    pub(super) restarts: u8,
    /// A SYN that did not fit the connection: its side, and what its acknowledgement would be.
    pub(super) stray_syn: Option<(Side, Seq)>,
}

impl Assembler {
    /// Handles a segment of `side` whose effect on the connection was observed. Answers whether its payload was queued, at least in part.
    pub(crate) fn segment<A: Application>(
        &mut self,
        stage: &mut Stage<'_, '_, A>,
        side: Side,
        tcp: &Tcp,
        payload: &[u8],
        now: i64,
    ) -> bool {
        if self.is_stray(side, tcp) {
            return false;
        }
        let reset = has(tcp, tcp_flags::RST) && self.takes_reset(stage, side, tcp);
        if has(tcp, tcp_flags::ACK) && (reset || !has(tcp, tcp_flags::RST)) {
            self.acknowledge(side, tcp);
            self.drain(stage, side.peer());
            self.close_if_finished(stage, side.peer());
        }
        let queued = !payload.is_empty() && !has(tcp, tcp_flags::RST) && self.take_payload(stage, side, tcp, payload, now);
        if has(tcp, tcp_flags::FIN) && has(tcp, tcp_flags::ACK) && !reset {
            self.take_fin(side, tcp, payload.len());
            self.close_if_finished(stage, side);
        }
        if reset {
            self.close_both(stage);
        }
        queued
    }

    /// Ends both sides.
    pub(crate) fn close_both<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>) {
        self.close(stage, Side::Client);
        self.close(stage, Side::Server);
    }

    /// Whether both sides ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.streams.iter().all(|stream| stream.closed)
    }

    /// Memory taken by both queues, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.streams.iter().map(Stream::memory).sum()
    }

    /// Takes the acknowledgement and the window of a segment of `side`.
    fn acknowledge(&mut self, side: Side, tcp: &Tcp) {
        let ack = Seq(tcp.ack);
        let shift = if has(tcp, tcp_flags::SYN) { Some(0) } else { self.shift_of(side) };
        let peer = &mut self.streams[side.peer() as usize];
        if !peer.known {
            peer.begin(ack.minus_one(), ack);
        }
        if peer.acknowledge(ack) {
            peer.edge = shift.map(|shift| ack.plus(usize::from(tcp.window) << shift));
        }
    }

    /// Queues a segment's payload and scans what of it is acknowledged already.
    fn take_payload<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side, tcp: &Tcp, payload: &[u8], now: i64) -> bool {
        stage.counters.segments += 1;
        let seq = Seq(tcp.seq).plus(usize::from(has(tcp, tcp_flags::SYN)));
        if self.refuses(stage, side, tcp, seq, payload.len()) || self.insert(stage, side, seq, payload, now) == 0 {
            return false;
        }
        stage.counters.segments_queued += 1;
        self.drain(stage, side);
        let one_way = stage.info.packets[side.peer() as usize] == 0;
        let total = self.streams[side as usize].queue.as_ref().map_or(0, |queue| queue.total());
        if one_way && total > stage.limits.one_way_bytes {
            self.empty_one_way(stage, side);
        }
        true
    }

    /// Whether the receiver would not take a segment, or the queue has no place for it; counts why.
    fn refuses<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side, tcp: &Tcp, seq: Seq, len: usize) -> bool {
        let stream = &mut self.streams[side as usize];
        let counter = if stream.closed || !stream.known {
            &mut stage.counters.segments_after_close
        } else if !has(tcp, tcp_flags::ACK | tcp_flags::SYN) {
            &mut stage.counters.segments_without_ack
        } else if stream.beyond_window(seq, len) || stage.limits.early_acknowledgement_ends && stream.taken_before(seq, len) {
            &mut stage.counters.segments_beyond_window
        } else {
            match full(stream, stage.limits, len) {
                Some(Full::Bytes) => &mut stage.counters.queue_bytes_exceeded,
                Some(Full::Segments) => &mut stage.counters.queue_segments_exceeded,
                None => return false,
            }
        };
        *counter += 1;
        true
    }

    /// Queues `payload`; answers how many of its bytes are new.
    fn insert<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side, seq: Seq, payload: &[u8], now: i64) -> usize {
        let stream = &mut self.streams[side as usize];
        let low = stream.ready();
        let cut = if seq.before(low) { low.since(seq) } else { 0 };
        let Some(fresh) = payload.get(cut..).filter(|fresh| !fresh.is_empty()) else {
            stage.counters.segments_repeated += 1;
            return 0;
        };
        let at = seq.plus(cut);
        stage.counters.readings_exceeded += u64::from(stage.limits.readings && !stream.note_arrival(at, fresh));
        stage.counters.segments_out_of_order += u64::from(stream.next().before(at));
        let new = stream.queue.get_or_insert_with(|| stage.pool.take()).insert(stream.base, at, fresh, now);
        stage.counters.segments_repeated += u64::from(new == 0);
        new
    }

    fn take_fin(&mut self, side: Side, tcp: &Tcp, len: usize) {
        let stream = &mut self.streams[side as usize];
        let fin = Seq(tcp.seq).plus(len);
        let within = stream.edge.map_or(fin.near(stream.next()), |edge| !edge.before(fin));
        if !stream.closed && within && !fin.before(stream.ready()) {
            stream.fin = Some(fin);
        }
    }

    /// Ends `side` where its FIN was acknowledged.
    fn close_if_finished<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side) {
        if self.streams[side as usize].fin_acked() {
            self.close(stage, side);
        }
    }

    /// A reset counts only where the receiver takes it without asking back: at the next byte it expects (RFC 5961, 3.2), or as the
    /// answer to a SYN (RFC 9293, 3.10.7.3). One elsewhere ends nothing, so a forged one cannot blind the inspection.
    fn takes_reset<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side, tcp: &Tcp) -> bool {
        let (stream, peer) = (&self.streams[side as usize], &self.streams[side.peer() as usize]);
        let expected = if stream.heard { stream.acked } else { stream.next() };
        let refusal = has(tcp, tcp_flags::ACK) && Seq(tcp.ack) == peer.top;
        let taken = if stream.known { Seq(tcp.seq) == expected } else { refusal };
        stage.counters.resets += u64::from(taken);
        stage.counters.resets_ignored += u64::from(!taken);
        taken
    }
}

enum Full {
    Bytes,
    Segments,
}

/// Which cap keeps a queue from taking `len` more bytes. Where segments started that were scanned already is forgotten first.
fn full(stream: &mut Stream, limits: &FlowLimits, len: usize) -> Option<Full> {
    let queue = stream.queue.as_mut()?;
    if queue.total() + len > limits.queue_bytes {
        return Some(Full::Bytes);
    }
    if queue.segments() >= limits.queue_segments {
        queue.forget_marks(stream.base, stream.scanned);
    }
    (queue.segments() >= limits.queue_segments).then_some(Full::Segments)
}

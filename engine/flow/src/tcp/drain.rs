//! From acknowledged bytes to PDUs: shows them to the splitter, flushes where it says, goes on after acknowledged holes.

use super::assembler::Assembler;
use super::seq::Seq;
use super::{Pool, Stage};
use crate::limits::{MAX_PDU, MAX_RESTARTS};
use crate::splitter::{Application, Pdu, PduEnd, Scan, ScanAt, Side};

impl Assembler {
    /// Scans and flushes everything of `side` that is acknowledged.
    pub(super) fn drain<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side) {
        loop {
            let ready = self.streams[side as usize].ready();
            while self.streams[side as usize].scanned.before(ready) {
                self.scan_piece(stage, side, ready);
            }
            let Some(after) = self.streams[side as usize].passed_hole() else { return };
            self.skip_to(stage, side, after);
        }
    }

    /// Shows the splitter the rest of one segment, as far as it is acknowledged.
    fn scan_piece<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side, ready: Seq) {
        let stream = &self.streams[side as usize];
        let Some(queue) = &stream.queue else { return };
        let end = queue.segment_end(stream.base, stream.scanned).min(ready);
        let pending = stream.scanned.since(stream.base);
        let piece = queue.slice(pending, end.since(stream.scanned));
        let at = ScanAt { pending, segments: stream.pieces, more: end.before(ready) };
        match stage.app.scan(stage.cx, stage.info, side, piece, at) {
            Scan::Flush(n) => {
                let end = stream.scanned.plus(n.clamp(1, piece.len().max(1)));
                self.flush(stage, side, end, PduEnd::Splitter);
            }
            Scan::Restart if self.restarts < MAX_RESTARTS => self.restart(),
            answer => {
                stage.counters.restarts_exceeded += u64::from(answer == Scan::Restart);
                self.advance(side, end);
            }
        }
    }

    fn advance(&mut self, side: Side, end: Seq) {
        let stream = &mut self.streams[side as usize];
        stream.scanned = end;
        stream.pieces += 1;
    }

    /// Both sides are scanned again from their first unflushed byte.
    fn restart(&mut self) {
        self.restarts += 1;
        for stream in &mut self.streams {
            stream.scanned = stream.base;
            stream.pieces = 0;
        }
    }

    /// Gives out the bytes of `side` before `end` as one PDU.
    pub(super) fn flush<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side, end: Seq, why: PduEnd) {
        let stream = &mut self.streams[side as usize];
        let Some(queue) = stream.queue.as_mut().filter(|_| stream.base.before(end)) else { return };
        let len = end.since(stream.base);
        stage.counters.pdu(len);
        let pdu = Pdu { data: queue.slice(0, len), time: queue.time(), sequence: stream.base.0, end: why };
        stage.app.pdu(stage.cx, stage.info, side, pdu);
        for data in stream.arrivals.iter().flat_map(|arrivals| arrivals.readings(stream.base, pdu.data)) {
            stage.counters.readings += 1;
            stage.app.reading(stage.cx, stage.info, side, Pdu { data: &data, ..pdu });
        }
        queue.consume(stream.base, len);
        stream.restart_at(end);
    }

    /// Flushes what precedes a hole and goes on at `after`, behind it.
    fn skip_to<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side, after: Seq) {
        let next = self.streams[side as usize].next();
        self.flush(stage, side, next, PduEnd::Gap);
        let lost = after.since(next) as u32;
        stage.counters.gaps += 1;
        stage.counters.gap_bytes += u64::from(lost);
        let stream = &mut self.streams[side as usize];
        if let Some(queue) = &mut stream.queue {
            queue.skip_hole();
        }
        stream.restart_at(after);
        stage.app.gap(stage.cx, stage.info, side, lost);
    }

    /// Ends `side`: what is left of it goes out as the last PDU. Of a flow with both directions that is the acknowledged in-order part;
    /// of one whose peer was never seen, all in-order bytes, which no splitter looked at. With [`crate::FlowLimits::unacknowledged`]
    /// everything that is left goes by the splitter before that, or after it where the peer was never seen.
    pub(super) fn close<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side) {
        if self.streams[side as usize].closed {
            return;
        }
        self.drain(stage, side);
        if stage.limits.unacknowledged {
            self.take_unacknowledged(stage, side);
        }
        self.flush_rest(stage, side, PduEnd::Close);
        let stream = &mut self.streams[side as usize];
        stream.closed = true;
        stream.release(stage.pool);
        stage.app.close(stage.cx, stage.info, side);
    }

    /// Lets the rest of `side` count as acknowledged. Of a flow whose peer was never seen it is shown without a splitter first.
    fn take_unacknowledged<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side) {
        let stream = &mut self.streams[side as usize];
        let Some(queue) = stream.queue.as_ref().filter(|queue| !queue.is_empty()) else { return };
        if stage.info.packets[side.peer() as usize] == 0 {
            for (place, data) in queue.slice(0, queue.in_order()).chunks(MAX_PDU).enumerate() {
                let sequence = stream.base.plus(place * MAX_PDU).0;
                let pdu = Pdu { data, time: queue.time(), sequence, end: PduEnd::Close };
                stage.app.pdu(stage.cx, stage.info, side, pdu);
            }
        }
        (stream.acked, stream.heard) = (queue.end(stream.base), true);
        self.drain(stage, side);
    }

    /// Gives out everything that may be looked at.
    fn flush_rest<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side, why: PduEnd) {
        let stream = &self.streams[side as usize];
        if stage.info.packets[side.peer() as usize] > 0 {
            return self.flush(stage, side, stream.ready(), why);
        }
        let next = stream.next();
        while self.streams[side as usize].base.before(next) {
            let end = self.streams[side as usize].base.plus(MAX_PDU).min(next);
            self.flush(stage, side, end, why);
        }
    }

    /// Empties the queue of a flow whose peer was never seen, before it grows too large: holes will not be filled any more.
    pub(super) fn empty_one_way<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side) {
        stage.counters.one_way_exceeded += 1;
        while let Some(after) = self.streams[side as usize].queue.as_ref().and_then(|queue| queue.after_hole()) {
            self.flush_rest(stage, side, PduEnd::Gap);
            self.skip_to(stage, side, after);
        }
        self.drop_queue(stage, side);
    }

    /// Gives up both queues: what may be looked at goes out first, the rest is lost as in a hole. Answers the bytes dropped.
    pub(crate) fn shed<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>) -> usize {
        [Side::Client, Side::Server].into_iter().map(|side| self.drop_queue(stage, side)).sum()
    }

    fn drop_queue<A: Application>(&mut self, stage: &mut Stage<'_, '_, A>, side: Side) -> usize {
        self.flush_rest(stage, side, PduEnd::Gap);
        let stream = &mut self.streams[side as usize];
        let Some(mut queue) = stream.queue.take() else { return 0 };
        let end = queue.end(stream.base);
        let lost = end.since(stream.base) as u32;
        let dropped = queue.clear();
        stage.pool.give(queue);
        stream.restart_at(end);
        stage.app.gap(stage.cx, stage.info, side, lost);
        dropped
    }

    /// Gives queues back that hold nothing.
    pub(crate) fn release(&mut self, pool: &mut Pool) {
        self.streams.iter_mut().for_each(|stream| stream.release(pool));
    }
}

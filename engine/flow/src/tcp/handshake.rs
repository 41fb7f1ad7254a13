//! Who opened a connection, where its streams start, and when the same ports carry a new one.

use wire::{Tcp, tcp_flags};

use super::assembler::Assembler;
use super::has;
use super::seq::Seq;
use super::stream::Offer;
use crate::info::FlowInfo;
use crate::splitter::Side;

/// Largest window scale (RFC 7323, 2.3).
const MAX_SHIFT: u8 = 14;

/// Whether a segment outside every flow opens one, as Snort does it: a bare SYN only with an option that a real stack sends.
pub(crate) fn opens_flow(tcp: &Tcp, payload: &[u8]) -> bool {
    let options = tcp.mss.is_some() || tcp.timestamp.is_some() || tcp.window_scale.is_some();
    !payload.is_empty() || has(tcp, tcp_flags::SYN) && (has(tcp, tcp_flags::ACK) || options)
}

/// Whether the sender of a flow's first segment is its client: it sent the SYN, or not the SYN-ACK, or has the higher port.
pub(crate) fn sender_is_client(tcp: &Tcp) -> bool {
    if has(tcp, tcp_flags::SYN) { !has(tcp, tcp_flags::ACK) } else { tcp.src_port > tcp.dst_port }
}

impl Assembler {
    /// Whether `tcp` belongs to a new connection on the ports of this one: a SYN after both sides ended, or the SYN-ACK to a SYN that
    /// did not fit. Neither a forged SYN nor a forged SYN-ACK alone ends a live flow.
    pub(crate) fn superseded_by(&mut self, side: Side, tcp: &Tcp, established: bool) -> bool {
        if !has(tcp, tcp_flags::SYN) {
            return false;
        }
        let stream = &self.streams[side as usize];
        let fits = stream.known && stream.start == Seq(tcp.seq);
        if has(tcp, tcp_flags::ACK) {
            return established && !fits && self.stray_syn == Some((side.peer(), Seq(tcp.ack)));
        }
        let over = self.streams.iter().all(|stream| stream.closed || stream.fin.is_some());
        if !over && established && !fits {
            self.stray_syn = Some((side, Seq(tcp.seq).plus(1)));
        }
        over
    }

    /// Takes note of what a segment says about the connection, before its bytes are looked at.
    pub(crate) fn observe(&mut self, info: &mut FlowInfo, side: Side, tcp: &Tcp, len: usize) {
        let syn = has(tcp, tcp_flags::SYN);
        if syn {
            self.take_syn(info.established, side, tcp);
        } else if !has(tcp, tcp_flags::RST) {
            if !self.streams[side as usize].known {
                self.streams[side as usize].begin(Seq(tcp.seq), Seq(tcp.seq));
            }
            info.established |= has(tcp, tcp_flags::ACK) || info.midstream;
            info.answered |= info.established && (!info.midstream || info.packets[side.peer() as usize] > 0);
        }
        let stream = &mut self.streams[side as usize];
        if stream.known {
            let end = Seq(tcp.seq).plus(len + usize::from(syn) + usize::from(has(tcp, tcp_flags::FIN)));
            info.sent[side as usize] = stream.sent(end);
        }
    }

    /// Until the connection stands, the latest SYN counts, and of several SYNs the one that the peer's SYN-ACK names.
    fn take_syn(&mut self, established: bool, side: Side, tcp: &Tcp) {
        let isn = Seq(tcp.seq);
        let stream = &mut self.streams[side as usize];
        if !stream.known || !established && stream.start != isn {
            stream.begin(isn, isn.plus(1));
        }
        if !established {
            stream.offer = tcp.window_scale.map_or(Offer::Absent, |shift| Offer::Shift(shift.min(MAX_SHIFT)));
        }
        let peer = &mut self.streams[side.peer() as usize];
        let named = Seq(tcp.ack);
        if has(tcp, tcp_flags::ACK) && !established && peer.queue.is_none() && (!peer.known || peer.base != named) {
            peer.begin(named.minus_one(), named);
        }
    }

    /// Whether `tcp` is a SYN that does not fit the connection: no receiver takes anything of it (RFC 9293, 3.10.7.4).
    pub(super) fn is_stray(&self, side: Side, tcp: &Tcp) -> bool {
        has(tcp, tcp_flags::SYN) && self.streams[side as usize].start != Seq(tcp.seq)
    }

    /// How far the windows that `side` offers are scaled. `None`: the handshake does not tell.
    pub(super) fn shift_of(&self, side: Side) -> Option<u8> {
        let (own, peer) = (self.streams[side as usize].offer, self.streams[side.peer() as usize].offer);
        match (own, peer) {
            (Offer::Absent, _) | (_, Offer::Absent) => Some(0),
            (Offer::Shift(shift), Offer::Shift(_)) => Some(shift),
            // A SYN-ACK has the option only where the SYN had it.
            (Offer::Shift(shift), Offer::Unseen) if side == Side::Server => Some(shift),
            _ => None,
        }
    }
}

//! TCP: handshake and end of a connection, and what each segment does to the streams (RFC 9293).

mod assembler;
mod drain;
mod handshake;
mod pool;
mod queue;
mod readings;
mod seq;
mod stream;

pub(crate) use assembler::Assembler;
pub(crate) use handshake::{opens_flow, sender_is_client};
pub(crate) use pool::Pool;
use wire::Tcp;

use crate::counters::FlowCounters;
use crate::info::FlowInfo;
use crate::limits::FlowLimits;
use crate::splitter::Application;

/// Everything beside the streams that handling a segment needs.
pub(crate) struct Stage<'s, 'c, A: Application> {
    pub app: &'s mut A,
    pub cx: &'s mut A::Context<'c>,
    pub info: &'s FlowInfo,
    pub limits: &'s FlowLimits,
    pub counters: &'s mut FlowCounters,
    pub pool: &'s mut Pool,
}

/// Whether any of `bits` (see [`wire::tcp_flags`]) is set.
pub(crate) fn has(tcp: &Tcp, bits: u8) -> bool {
    tcp.flags & bits != 0
}

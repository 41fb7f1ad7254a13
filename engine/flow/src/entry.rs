//! One flow as the table keeps it.

use wire::{Ip, L4, Packet};

use crate::counters::FlowCounters;
use crate::info::{Endpoint, FlowInfo};
use crate::key::{FlowKey, Kind, protocol};
use crate::limits::FlowLimits;
use crate::splitter::{Application, Side};
use crate::tcp::{Assembler, Pool, Stage, sender_is_client};

/// Lists by which flows are aged: those of one list end after the same idle time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    /// Established TCP.
    Tcp,
    /// TCP before its handshake or after its end.
    Embryonic,
    Udp,
    Icmp,
    Ip,
}

/// Number of [`Class`]es.
pub(crate) const CLASSES: usize = 5;

impl Class {
    pub(crate) const ALL: [Self; CLASSES] = [Self::Tcp, Self::Embryonic, Self::Udp, Self::Icmp, Self::Ip];

    /// Nanoseconds without a packet after which a flow ends.
    pub(crate) fn timeout(self, limits: &FlowLimits) -> i64 {
        match self {
            Self::Tcp => limits.tcp_timeout,
            Self::Embryonic => limits.embryonic_timeout,
            Self::Udp => limits.udp_timeout,
            Self::Icmp => limits.icmp_timeout,
            Self::Ip => limits.ip_timeout,
        }
    }
}

/// A flow, its application and, for TCP, its streams.
#[derive(Debug)]
pub(crate) struct Entry<A> {
    pub key: FlowKey,
    /// The client is the end that stands first in the key.
    client_first: bool,
    pub info: FlowInfo,
    pub app: A,
    pub tcp: Assembler,
    /// When it last moved within its list, nanoseconds since the epoch.
    pub touched: i64,
    /// The list it stands in.
    pub listed: Option<Class>,
}

impl<A: Application> Entry<A> {
    /// A flow opened by `packet`, whose sender stands first in `key` where `forward`.
    pub(crate) fn new(id: u64, key: FlowKey, forward: bool, packet: &Packet<'_>, ip: &Ip<'_>, now: i64) -> Self {
        let (src_port, dst_port) = packet.ports();
        let (src, dst) = (Endpoint { ip: ip.src, port: src_port }, Endpoint { ip: ip.dst, port: dst_port });
        let (by_client, midstream) = match &packet.l4 {
            L4::Tcp(tcp) => (sender_is_client(tcp), tcp.flags & wire::tcp_flags::SYN == 0),
            _ => (true, false),
        };
        let (client, server) = if by_client { (src, dst) } else { (dst, src) };
        let info = FlowInfo {
            id,
            protocol: protocol(packet.l4, ip),
            vlan: packet.vlan,
            client,
            server,
            start: now,
            last: now,
            established: false,
            packets: [0; 2],
            bytes: [0; 2],
            sent: [0; 2],
            midstream,
            answered: false,
        };
        Self { key, client_first: forward == by_client, info, app: A::default(), tcp: Assembler::default(), touched: now, listed: None }
    }

    /// The side that sent a packet, whose sender stands first in the key where `forward`.
    pub(crate) fn side(&self, forward: bool) -> Side {
        if forward == self.client_first { Side::Client } else { Side::Server }
    }

    /// Counts a packet of `side`.
    pub(crate) fn count(&mut self, side: Side, ip: &Ip<'_>, now: i64) {
        let info = &mut self.info;
        info.last = info.last.max(now);
        info.packets[side as usize] += 1;
        info.bytes[side as usize] += u64::from(ip.total_len);
        if self.key.kind() != Kind::Tcp {
            info.established = info.packets[0] > 0 && info.packets[1] > 0;
            info.answered = info.established;
        }
    }

    /// How it is aged.
    pub(crate) fn class(&self) -> Class {
        match self.key.kind() {
            Kind::Tcp if self.info.established && !self.tcp.is_closed() => Class::Tcp,
            Kind::Tcp => Class::Embryonic,
            Kind::Udp => Class::Udp,
            Kind::Icmp => Class::Icmp,
            Kind::Ip => Class::Ip,
        }
    }

    /// Whether it was idle too long at `now`.
    pub(crate) fn is_idle(&self, limits: &FlowLimits, now: i64) -> bool {
        now.saturating_sub(self.info.last) > self.class().timeout(limits)
    }

    /// Its streams, and what they need to go on.
    pub(crate) fn parts<'s, 'c>(
        &'s mut self,
        cx: &'s mut A::Context<'c>,
        limits: &'s FlowLimits,
        counters: &'s mut FlowCounters,
        pool: &'s mut Pool,
    ) -> (&'s mut Assembler, Stage<'s, 'c, A>) {
        (&mut self.tcp, Stage { app: &mut self.app, cx, info: &self.info, limits, counters, pool })
    }
}

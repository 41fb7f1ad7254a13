//! Addresses, ports and services of a rule header, and when they fit (Snort notes 3.1, 3.2).

use std::net::IpAddr;
use std::sync::Arc;

use flow::Side;
use inspect::Service;

use crate::subject::{Kind, Subject};

/// A set of ports.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ports {
    /// All of them.
    Any,
    /// One bit a port; shared between rules with the same set.
    Some(Arc<PortBits>),
}

/// One bit a port.
pub type PortBits = [u64; 1024];

impl Ports {
    /// Ports in the set.
    pub fn count(&self) -> u32 {
        match self {
            Self::Any => 65_536,
            Self::Some(bits) => bits.iter().map(|word| word.count_ones()).sum(),
        }
    }

    /// Whether `port` is in the set.
    pub fn contains(&self, port: u16) -> bool {
        match self {
            Self::Any => true,
            Self::Some(bits) => bits[usize::from(port >> 6)] & (1 << (port & 63)) != 0,
        }
    }
}

/// A set of addresses: inside one of the networks (or any) and in none of the excluded ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Empty: any.
    pub inside: Vec<Network>,
    /// All exclusions are honoured before any inclusion.
    pub outside: Vec<Network>,
}

/// An address and the number of its leading bits that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(pub IpAddr, pub u8);

impl Network {
    /// Whether `address` is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.0, address) {
            (IpAddr::V4(net), IpAddr::V4(a)) => (u32::from(net) ^ u32::from(a)).leading_zeros() >= u32::from(self.1.min(32)),
            (IpAddr::V6(net), IpAddr::V6(a)) => (u128::from(net) ^ u128::from(a)).leading_zeros() >= u32::from(self.1.min(128)),
            _ => false,
        }
    }
}

impl Addresses {
    /// Whether `address` is in the set.
    pub fn contains(&self, address: IpAddr) -> bool {
        (self.inside.is_empty() || self.inside.iter().any(|net| net.contains(address)))
            && !self.outside.iter().any(|net| net.contains(address))
    }

    /// Whether every address is in it.
    pub fn is_any(&self) -> bool {
        self.inside.is_empty() && self.outside.is_empty()
    }
}

/// The services of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Services {
    bits: u32,
    /// The rule names a service, maybe one that can never be identified.
    pub named: bool,
}

/// Services whose inspectors find files (Snort 3 rule guide, "File Rules").
const FILES: [&str; 6] = ["http", "smtp", "imap", "pop3", "ftp-data", "netbios-ssn"];

impl Services {
    /// Adds a service by name; extensions come along (http also means http2, netbios-ssn also dcerpc; file means all that carry files).
    pub fn add(&mut self, name: &str) {
        self.named = true;
        if name == "file" {
            FILES.into_iter().for_each(|name| self.add(name));
        }
        let Some(service) = Service::named(name) else { return };
        self.bits |= 1 << service as u8;
        match service {
            Service::Http => self.bits |= 1 << Service::Http2 as u8,
            Service::NetbiosSsn => self.bits |= 1 << Service::Dcerpc as u8,
            _ => {}
        }
    }

    /// Whether the rule is for `service`.
    pub fn has(self, service: Service) -> bool {
        self.bits & (1 << service as u8) != 0
    }
}

/// Protocol of a rule header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// TCP packets and PDUs.
    Tcp,
    /// UDP datagrams.
    Udp,
    /// ICMP messages.
    Icmp,
    /// Anything with an IP header.
    Ip,
}

/// A compiled header.
#[derive(Debug, Clone)]
pub struct Header {
    /// Protocol.
    pub protocol: Protocol,
    /// Left addresses.
    pub src: Addresses,
    /// Left ports.
    pub src_ports: Ports,
    /// Right addresses.
    pub dst: Addresses,
    /// Right ports.
    pub dst_ports: Ports,
    /// `<>`.
    pub both_ways: bool,
    /// Services of the `service` option, of the header word, or implied by a buffer.
    pub services: Services,
    /// The header names a service itself (`alert http`): ports are checked whatever the flow's service.
    pub ports_always: bool,
}

impl Header {
    /// Whether a packet or PDU of that kind can match on a flow of that service. A header that names a service itself (`alert dns`) is for
    /// whatever carries it.
    pub fn fits_kind(&self, kind: Kind, service: Option<Service>) -> bool {
        let carried = self.ports_always && service.is_some_and(|service| self.services.has(service));
        match self.protocol {
            Protocol::Ip => true,
            Protocol::Tcp => kind == Kind::Tcp || (carried && kind == Kind::Udp),
            Protocol::Udp => kind == Kind::Udp,
            Protocol::Icmp => kind == Kind::Icmp,
        }
    }

    /// Whether ports count on a flow of this service; `None`: the rule cannot match there.
    pub fn checks_ports(&self, service: Option<Service>) -> Option<bool> {
        match service {
            Some(service) if self.services.has(service) => Some(self.ports_always),
            Some(_) if self.services.named => None,
            _ => Some(true),
        }
    }

    /// The rule is for few ports: what is searched for it differs from port to port.
    pub fn is_narrow(&self) -> bool {
        const FEW: u32 = 32;
        self.src_ports.count().min(self.dst_ports.count()) < FEW
    }

    /// Whether the ports fit in the order of the arrow (or either way round for `<>`).
    pub fn fits_ports(&self, source: u16, destination: u16) -> bool {
        (self.src_ports.contains(source) && self.dst_ports.contains(destination))
            || (self.both_ways && self.src_ports.contains(destination) && self.dst_ports.contains(source))
    }

    /// The whole header check.
    pub fn fits(&self, subject: &Subject<'_>) -> bool {
        let Some(ports) = self.checks_ports(subject.service) else { return false };
        // On a flow of the rule's service neither its ports nor its transport count: a udp rule for dns holds on TCP too.
        if ports && !self.fits_kind(subject.kind, subject.service) {
            return false;
        }
        let ports = ports && self.protocol != Protocol::Ip && self.protocol != Protocol::Icmp;
        let (s, d) = (subject.source, subject.destination);
        let fits = |s: flow::Endpoint, d: flow::Endpoint| {
            (!ports || (self.src_ports.contains(s.port) && self.dst_ports.contains(d.port)))
                && self.src.contains(s.ip)
                && self.dst.contains(d.ip)
        };
        fits(s, d) || (self.both_ways && fits(d, s))
    }
}

/// The `flow` option.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FlowSpec {
    /// established
    pub established: bool,
    /// not_established
    pub not_established: bool,
    /// to_server / to_client
    pub side: Option<Side>,
    /// no_stream
    pub no_stream: bool,
    /// only_stream
    pub only_stream: bool,
    /// stateless
    pub stateless: bool,
    /// no_frag
    pub no_frag: bool,
    /// only_frag
    pub only_frag: bool,
}

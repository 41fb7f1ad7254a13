//! The walk from the outermost header of a frame to its innermost: one step a layer.

use crate::anomaly::Anomaly;
use crate::layers::{ah, cooked, ethernet, geneve, gre, gtp, icmp, ipv4, ipv6, loopback, mpls, ppp, tcp, teredo, udp, vlan, vxlan};
use crate::link::LinkType;
use crate::packet::{Ip, L4, Packet};
use crate::{Anomalies, Checksums};

/// Headers decoded per frame; the rest stays payload and is named [`Anomaly::TooManyLayers`].
pub const MAX_LAYERS: u8 = 40;

/// What the bytes after a header are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Ethernet,
    Llc,
    Vlan,
    Mpls,
    Pppoe,
    Ppp,
    /// IP of the version that its first four bits say.
    Ip,
    Ipv4,
    Ipv6,
    Ah,
    Gre,
    Tcp,
    Udp,
    Icmp,
    Icmp6,
    Vxlan,
    Geneve,
    Gtp,
    Teredo,
    /// Payload.
    Stop,
}

/// A frame half decoded.
///
/// The packet's payload and transport header change only where a header was accepted. So a tunnel that holds
/// nothing decodable leaves what carried it as the innermost packet, as if it were no tunnel.
pub(crate) struct Walk<'a> {
    pub packet: Packet<'a>,
    /// Bytes not decoded yet.
    pub rest: &'a [u8],
    checksums: Checksums,
}

impl<'a> Walk<'a> {
    #[inline]
    pub fn new(frame: &'a [u8], checksums: Checksums) -> Self {
        let packet = Packet {
            frame,
            ethernet: None,
            vlan: None,
            ip: None,
            tunnel_ports: None,
            ip_layers: 0,
            l4: L4::None,
            payload: frame,
            anomalies: Anomalies::default(),
        };
        Walk { packet, rest: frame, checksums }
    }

    #[inline]
    pub fn run(self, link: LinkType) -> Packet<'a> {
        self.run_until(link, |_| false)
    }

    /// Goes no further once `enough`.
    #[inline]
    pub fn run_until(mut self, link: LinkType, enough: impl Fn(&Packet<'a>) -> bool) -> Packet<'a> {
        if !link.is_snorts() {
            self.packet.anomalies.add(Anomaly::BeyondSnort);
        }
        let mut next = match link {
            LinkType::ETHERNET => Next::Ethernet,
            LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => Next::Ip,
            LinkType::IPV4 => Next::Ipv4,
            LinkType::IPV6 => Next::Ipv6,
            LinkType::PPP | LinkType::PPP_HDLC => Next::Ppp,
            LinkType::PPPOE => Next::Pppoe,
            LinkType::NULL | LinkType::LOOP => loopback::decode(&mut self),
            LinkType::LINUX_SLL => cooked::decode(&mut self),
            LinkType::LINUX_SLL2 => cooked::decode_v2(&mut self),
            LinkType::CISCO_HDLC => ppp::decode_cisco(&mut self),
            _ => self.stop(Anomaly::UnknownLinkType),
        };
        let mut layers = 0;
        while next != Next::Stop && !enough(&self.packet) {
            if layers == MAX_LAYERS {
                self.packet.anomalies.add(Anomaly::TooManyLayers);
                break;
            }
            layers += 1;
            next = self.step(next);
        }
        self.packet
    }

    #[inline]
    fn step(&mut self, next: Next) -> Next {
        match next {
            Next::Ethernet => ethernet::decode(self),
            Next::Ipv4 => ipv4::decode(self),
            Next::Tcp => tcp::decode(self),
            Next::Udp => udp::decode(self),
            Next::Ip => self.ip_of_its_version(),
            Next::Ipv6 => ipv6::decode(self),
            Next::Icmp => icmp::decode(self),
            Next::Icmp6 => icmp::decode_v6(self),
            Next::Llc => ethernet::decode_llc(self),
            Next::Vlan => vlan::decode(self),
            Next::Mpls => mpls::decode(self),
            Next::Pppoe => ppp::decode_pppoe(self),
            Next::Ppp => ppp::decode(self),
            Next::Ah => ah::decode(self),
            Next::Gre => gre::decode(self),
            Next::Vxlan => vxlan::decode(self),
            Next::Geneve => geneve::decode(self),
            Next::Gtp => gtp::decode(self),
            Next::Teredo => teredo::decode(self),
            Next::Stop => Next::Stop,
        }
    }

    fn ip_of_its_version(&mut self) -> Next {
        match self.rest.first().map(|byte| byte >> 4) {
            Some(4) => ipv4::decode(self),
            Some(6) => ipv6::decode(self),
            Some(_) => self.stop(Anomaly::IpVersion),
            None => self.stop(Anomaly::Truncated),
        }
    }

    /// Takes a header of `N` bytes off the rest; `None` where it ends before.
    #[inline]
    pub fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (header, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(header)
    }

    /// Takes `length` bytes off the rest; `None` where it ends before.
    pub fn skip(&mut self, length: usize) -> Option<&'a [u8]> {
        let (header, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(header)
    }

    /// Makes `ip` the innermost IP header.
    #[inline]
    pub fn enter(&mut self, ip: Ip<'a>) {
        self.rest = ip.payload;
        self.packet.payload = ip.payload;
        if let L4::Udp(carrier) = self.packet.l4 {
            self.packet.tunnel_ports = Some((carrier.src_port, carrier.dst_port));
        }
        self.packet.l4 = L4::None;
        self.packet.ip_layers += 1;
        self.packet.ip = Some(ip);
    }

    /// Makes `l4` the innermost transport header, the rest its payload.
    #[inline]
    pub fn transport(&mut self, l4: L4) {
        self.packet.l4 = l4;
        self.packet.payload = self.rest;
    }

    /// Ends the walk for a reason.
    #[cold]
    pub fn stop(&mut self, anomaly: Anomaly) -> Next {
        self.packet.anomalies.add(anomaly);
        Next::Stop
    }

    /// Whether checksums are to be verified.
    #[inline]
    pub fn verifies(&self) -> bool {
        self.checksums == Checksums::Verify
    }

    /// What an EtherType announces (IEEE 802 numbers), lengths of 802.3 frames included.
    #[inline]
    pub fn ethertype(&mut self, ethertype: u16) -> Next {
        match ethertype {
            0x0800 => Next::Ipv4,
            0x86dd => Next::Ipv6,
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => Next::Vlan,
            0x8847 | 0x8848 => Next::Mpls,
            0x8864 => Next::Pppoe,
            0x6558 => Next::Ethernet,
            0..=1500 => Next::Llc,
            _ => self.stop(Anomaly::NotIp),
        }
    }

    /// What an IP protocol number announces. Protocols that are not decoded stay payload of IP.
    #[inline]
    pub fn protocol(&mut self, protocol: u8) -> Next {
        match protocol {
            6 => Next::Tcp,
            17 => Next::Udp,
            1 => Next::Icmp,
            58 => Next::Icmp6,
            4 => Next::Ipv4,
            41 => Next::Ipv6,
            47 => Next::Gre,
            51 => Next::Ah,
            50 => self.stop(Anomaly::Encrypted),
            _ => Next::Stop,
        }
    }
}

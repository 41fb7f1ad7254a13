//! What lies under IP in a capture: the link types of `tcpdump.org/linktypes.html`.

use std::fmt;

/// Link type number as pcap and pcapng files carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: address family in the byte order of the host, then IP.
    pub const NULL: LinkType = LinkType(0);
    /// Ethernet II and IEEE 802.3.
    pub const ETHERNET: LinkType = LinkType(1);
    /// PPP, with or without its HDLC address and control bytes.
    pub const PPP: LinkType = LinkType(9);
    /// Raw IP as some systems number it in files.
    pub const RAW_BSD: LinkType = LinkType(12);
    /// Raw IP as OpenBSD numbers it.
    pub const RAW_OPENBSD: LinkType = LinkType(14);
    /// PPP in HDLC-like framing.
    pub const PPP_HDLC: LinkType = LinkType(50);
    /// PPPoE session header, then PPP.
    pub const PPPOE: LinkType = LinkType(51);
    /// Raw IP: the first four bits say which version.
    pub const RAW: LinkType = LinkType(101);
    /// Cisco HDLC: address, control, EtherType.
    pub const CISCO_HDLC: LinkType = LinkType(104);
    /// OpenBSD loopback: address family in network byte order, then IP.
    pub const LOOP: LinkType = LinkType(108);
    /// Linux cooked capture.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// Raw IPv4.
    pub const IPV4: LinkType = LinkType(228);
    /// Raw IPv6.
    pub const IPV6: LinkType = LinkType(229);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);

    /// The names of those that can be decoded.
    const NAMES: &[(LinkType, &str)] = &[
        (Self::NULL, "BSD loopback"),
        (Self::ETHERNET, "Ethernet"),
        (Self::PPP, "PPP"),
        (Self::RAW_BSD, "raw IP"),
        (Self::RAW_OPENBSD, "raw IP"),
        (Self::PPP_HDLC, "PPP in HDLC"),
        (Self::PPPOE, "PPPoE"),
        (Self::RAW, "raw IP"),
        (Self::CISCO_HDLC, "Cisco HDLC"),
        (Self::LOOP, "OpenBSD loopback"),
        (Self::LINUX_SLL, "Linux cooked"),
        (Self::IPV4, "raw IPv4"),
        (Self::IPV6, "raw IPv6"),
        (Self::LINUX_SLL2, "Linux cooked v2"),
    ];

    /// The link type in the last word of a pcap header, whose upper bits speak of the frame check sequence
    /// (draft-ietf-opsawg-pcap, section 4).
    pub fn from_header(word: u32) -> LinkType {
        LinkType((word & 0xffff) as u16)
    }

    /// Whether frames of this type can be decoded.
    pub fn is_known(self) -> bool {
        self.name().is_some()
    }

    /// Whether Snort 3.12 as it comes decodes it too, as its recorded verdicts show.
    #[inline]
    pub fn is_snorts(self) -> bool {
        matches!(self, Self::ETHERNET | Self::RAW | Self::RAW_BSD | Self::RAW_OPENBSD | Self::IPV4 | Self::IPV6)
    }

    /// A name for people, of a type that can be decoded.
    pub fn name(self) -> Option<&'static str> {
        Self::NAMES.iter().find(|(link, _)| *link == self).map(|(_, name)| *name)
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "link type {}", self.0),
        }
    }
}

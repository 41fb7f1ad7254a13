//! Names for what is odd about a frame. A decode fault is never just "error": it says which.

/// A set of [`Anomaly`], as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Anomalies(u64);

/// One oddity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Anomaly {
    /// The frame ends inside a header.
    Truncated,
    /// Link type that is not decoded.
    UnknownLinkType,
    /// Nothing with an IP header: ARP, spanning tree, LLDP and the like.
    NotIp,
    /// An IP header was due, but its version is not the one that was announced.
    IpVersion,
    /// IPv4 header length under 20 bytes or beyond the end.
    IpHeaderLength,
    /// IPv4 total length of 0.
    IpLengthZero,
    /// IPv4 total length shorter than the header.
    IpLengthShort,
    /// IP length longer than what was captured.
    IpLengthLong,
    /// More than [`MAX_LAYERS`](crate::MAX_LAYERS) headers: those above were not decoded.
    TooManyLayers,
    /// IPv4 header checksum is wrong.
    BadIpChecksum,
    /// TCP checksum is wrong.
    BadTcpChecksum,
    /// UDP checksum is wrong, or 0 over IPv6.
    BadUdpChecksum,
    /// ICMP checksum is wrong.
    BadIcmpChecksum,
    /// IPv6 extension header that does not fit.
    ExtensionTruncated,
    /// Fewer than 20 bytes of TCP.
    TcpTruncated,
    /// TCP data offset under 5 words or beyond the end.
    TcpOffset,
    /// TCP option of a length that does not fit; those before it count.
    TcpOptions,
    /// Fewer than 8 bytes of UDP.
    UdpTruncated,
    /// UDP length field differs from the length of the IP payload.
    UdpLength,
    /// ICMP message shorter than its type demands.
    IcmpTruncated,
    /// Tunnel header that is malformed or of a version that is not decoded.
    TunnelHeader,
    /// ESP: what it carries cannot be seen.
    Encrypted,
    /// Link type or tunnel that is decoded here, and not by Snort 3.12 as it comes.
    BeyondSnort,
}

/// Every anomaly with its name, in the order of its bits.
const NAMES: [(Anomaly, &str); 23] = [
    (Anomaly::Truncated, "header cut short"),
    (Anomaly::UnknownLinkType, "unknown link type"),
    (Anomaly::NotIp, "no IP"),
    (Anomaly::IpVersion, "wrong IP version"),
    (Anomaly::IpHeaderLength, "bad IPv4 header length"),
    (Anomaly::IpLengthZero, "IPv4 length is 0"),
    (Anomaly::IpLengthShort, "IPv4 length shorter than its header"),
    (Anomaly::IpLengthLong, "IP length longer than the captured bytes"),
    (Anomaly::TooManyLayers, "too many layers"),
    (Anomaly::BadIpChecksum, "bad IPv4 checksum"),
    (Anomaly::BadTcpChecksum, "bad TCP checksum"),
    (Anomaly::BadUdpChecksum, "bad UDP checksum"),
    (Anomaly::BadIcmpChecksum, "bad ICMP checksum"),
    (Anomaly::ExtensionTruncated, "IPv6 extension header cut short"),
    (Anomaly::TcpTruncated, "TCP header cut short"),
    (Anomaly::TcpOffset, "bad TCP data offset"),
    (Anomaly::TcpOptions, "bad TCP options"),
    (Anomaly::UdpTruncated, "UDP header cut short"),
    (Anomaly::UdpLength, "UDP length differs from the IP payload"),
    (Anomaly::IcmpTruncated, "ICMP message cut short"),
    (Anomaly::TunnelHeader, "bad tunnel header"),
    (Anomaly::Encrypted, "encrypted (ESP)"),
    (Anomaly::BeyondSnort, "link type or tunnel that Snort does not decode"),
];

impl Anomaly {
    /// Every anomaly there is.
    pub fn all() -> impl Iterator<Item = Anomaly> {
        NAMES.iter().map(|(anomaly, _)| *anomaly)
    }

    /// Short name for people and counters, as in "not inspected: bad TCP checksum".
    pub fn name(self) -> &'static str {
        NAMES[self as usize].1
    }
}

impl std::fmt::Display for Anomaly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Anomalies {
    const CHECKSUMS: u64 = 1 << Anomaly::BadIpChecksum as u8
        | 1 << Anomaly::BadTcpChecksum as u8
        | 1 << Anomaly::BadUdpChecksum as u8
        | 1 << Anomaly::BadIcmpChecksum as u8;

    /// Adds one.
    pub fn add(&mut self, anomaly: Anomaly) {
        self.0 |= 1 << anomaly as u8;
    }

    /// Whether it is there.
    pub fn has(self, anomaly: Anomaly) -> bool {
        self.0 & (1 << anomaly as u8) != 0
    }

    /// Whether nothing is odd.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are there.
    pub fn iter(self) -> impl Iterator<Item = Anomaly> {
        Anomaly::all().filter(move |&anomaly| self.has(anomaly))
    }

    /// The wrong checksums among them.
    pub(crate) fn checksums(self) -> Anomalies {
        Anomalies(self.0 & Self::CHECKSUMS)
    }

    /// The first of them.
    pub(crate) fn first(self) -> Option<Anomaly> {
        NAMES.get(self.0.trailing_zeros() as usize).map(|(anomaly, _)| *anomaly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_the_bits() {
        for (place, (anomaly, name)) in NAMES.iter().enumerate() {
            assert_eq!((*anomaly as usize, anomaly.name()), (place, *name));
        }
    }
}

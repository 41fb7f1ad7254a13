//! Frames, fragments and segments: the way from the wire to the stream.

use flow::{Application, DefragLimits, Defragmenter, FlowInfo, FlowLimits, FlowTable, Pdu, Scan, ScanAt, Side};
use wire::{Checksums, LinkType, Packet};

use crate::Bytes;

const LINKS: [LinkType; 8] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::NULL,
    LinkType::PPP,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::CISCO_HDLC,
    LinkType::PPPOE,
];
const SECOND: i64 = 1_000_000_000;

/// A frame of a link type that its first byte says, with and without checksums looked at.
pub fn frame(data: &[u8]) {
    let Some((link, frame)) = data.split_first() else { return };
    let link = LINKS[usize::from(*link) % LINKS.len()];
    for checksums in [Checksums::Verify, Checksums::Ignore] {
        let packet = wire::decode(link, frame, checksums);
        assert!(packet.payload.len() <= frame.len());
        std::hint::black_box((packet.ports(), packet.not_inspected()));
    }
}

/// An IPv4 packet of `protocol` from host `from` to host `to` (last bytes of 10.0.0.x); `fragment`: bits and offset.
pub fn ipv4(from: u8, to: u8, protocol: u8, id: u16, fragment: u16, inside: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + inside.len()).unwrap_or(u16::MAX).to_be_bytes();
    let [fragment, offset] = fragment.to_be_bytes();
    let [high, low] = id.to_be_bytes();
    let header = [0x45, 0, length[0], length[1], high, low, fragment, offset, 64, protocol, 0, 0, 10, 0, 0, from, 10, 0, 0, to];
    [&header[..], inside].concat()
}

/// A TCP segment without options, but for a SYN, which has an MSS.
pub fn segment(ports: [u16; 2], flags: u8, seq: u32, ack: u32, payload: &[u8]) -> Vec<u8> {
    let options: &[u8] = if flags & wire::tcp_flags::SYN != 0 { &[2, 4, 5, 0xb4] } else { &[] };
    let offset = if options.is_empty() { 0x50 } else { 0x60 };
    let (source, destination) = (ports[0].to_be_bytes(), ports[1].to_be_bytes());
    let rest = [offset, flags, 0xff, 0xff, 0, 0, 0, 0];
    [&source[..], &destination, &seq.to_be_bytes(), &ack.to_be_bytes(), &rest, options, payload].concat()
}

/// Fragments of a few datagrams: each five bytes (datagram, bits and offset, seconds, length) and its octets.
pub fn fragment(data: &[u8]) {
    let limits = DefragLimits { datagrams: 4, bytes: 64 << 10, seed: Some(1), ..DefragLimits::default() };
    let (mut fragments, mut rest, mut now) = (Defragmenter::new(limits), Bytes(data), 0);
    while !rest.is_empty() {
        let (which, word, seconds) = (rest.byte(), rest.word(), rest.byte());
        let inside = rest.sized(8);
        now += i64::from(seconds) * SECOND / 8;
        let packet = if which & 0x80 == 0 { ipv4(1, 2, 17, u16::from(which & 7), word, inside) } else { ipv6(which & 7, word, inside) };
        let packet = wire::decode(LinkType::RAW, &packet, Checksums::Ignore);
        if let Some(datagram) = fragments.push(&packet, now) {
            assert!(datagram.len() <= 65_535 + 40 + 65_535, "a datagram of {} octets", datagram.len());
            std::hint::black_box(wire::decode_ip(datagram).payload);
        }
        assert!(fragments.len() <= 4);
        assert!(fragments.memory() < 1 << 20, "{} octets held", fragments.memory());
    }
}

/// A fragment of an IPv6 datagram (RFC 8200, 4.5).
fn ipv6(id: u8, word: u16, inside: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + inside.len()).unwrap_or(u16::MAX).to_be_bytes();
    let addresses = [[0x20_u8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]].concat();
    let word = word.to_be_bytes();
    [&[0x60, 0, 0, 0, length[0], length[1], 44, 64][..], &addresses, &[17, 0, word[0], word[1], 0, 0, 0, id], inside].concat()
}

/// Cuts a stream where its octets say so.
#[derive(Debug, Default)]
struct Cutter {
    open: [bool; 2],
}

impl Application for Cutter {
    type Context<'c> = [usize; 2];

    fn scan(&mut self, _: &mut Self::Context<'_>, _: &FlowInfo, _: Side, piece: &[u8], at: ScanAt) -> Scan {
        assert!(!piece.is_empty() && (at.pending == 0) == (at.segments == 0), "{at:?}");
        match piece.iter().position(|octet| matches!(octet, b'\n' | b'!')) {
            Some(at) if piece[at] == b'!' => Scan::Restart,
            Some(at) => Scan::Flush(at + 1),
            None => Scan::More,
        }
    }

    fn pdu(&mut self, given: &mut Self::Context<'_>, _: &FlowInfo, side: Side, pdu: Pdu<'_>) {
        given[side as usize] += pdu.data.len();
    }

    fn gap(&mut self, _: &mut Self::Context<'_>, _: &FlowInfo, _: Side, _: u32) {}

    fn close(&mut self, _: &mut Self::Context<'_>, _: &FlowInfo, side: Side) {
        assert!(!std::mem::replace(&mut self.open[side as usize], true), "a side is closed once");
    }

    fn end(&mut self, _: &mut Self::Context<'_>, _: &FlowInfo) {
        assert_eq!(self.open, [true; 2], "a flow ends after both sides");
    }

    fn pdus_only(&self, side: Side) -> bool {
        side == Side::Client
    }
}

/// Segments of a few connections: each nine bytes (who and which, flags, sequence and acknowledgement near the first, time) and its
/// octets, under caps that are soon reached.
pub fn tcp(data: &[u8]) {
    let limits = FlowLimits {
        flows: 3,
        queue_bytes: 600,
        queue_segments: 16,
        one_way_bytes: 400,
        memory: 2_000,
        seed: Some(1),
        ..FlowLimits::default()
    };
    let mut table: FlowTable<Cutter> = FlowTable::new(limits);
    let (mut given, mut rest, mut now, mut sent) = ([0; 2], Bytes(data), 0, 0);
    while !rest.is_empty() {
        let (who, flags) = (rest.byte(), rest.byte());
        let (seq, ack, seconds) = (rest.word(), rest.word(), rest.byte());
        let octets = rest.sized(1);
        now += i64::from(seconds) * SECOND;
        sent += octets.len();
        // Sequence numbers wrap in the middle of what can be reached.
        let (seq, ack) = (u32::from(seq).wrapping_sub(0x4000), u32::from(ack).wrapping_sub(0x4000));
        let port = 40_000 + u16::from(who >> 1 & 3);
        let (ends, ports) = if who & 1 == 0 { ((1, 2), [port, 80]) } else { ((2, 1), [80, port]) };
        let frame = ipv4(ends.0, ends.1, 6, 0, 0, &segment(ports, flags, seq, ack, octets));
        let packet: Packet<'_> = wire::decode(LinkType::RAW, &frame, Checksums::Ignore);
        table.process(&packet, now, &mut given);
        assert!(table.len() <= 3);
        assert!(table.memory() < 1 << 20, "{} octets held", table.memory());
    }
    table.finish(&mut given);
    assert!(table.is_empty());
    assert!(given[0] + given[1] <= sent, "no octet is given twice");
}

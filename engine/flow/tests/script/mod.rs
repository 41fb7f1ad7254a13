//! Conversations as text, and an application that writes down what it is given.
//!
//! One line a packet: side (`c`, `s`), flags (`S`, `A`, `F`, `R`, `P`, in any order, `-` for none), then any of `seq=N` and `ack=N`
//! (relative to the initial sequence number, so that the first byte has 1), `win=N`, `scale=N`, `bare` (a SYN without options), `at=S`
//! (seconds), and the payload in quotes. What is left out goes on from the packet before: `seq` where that side stopped, `ack` where the
//! peer did.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a script that does not parse is a mistake in the test")]

use std::net::IpAddr;

use flow::{Application, FlowInfo, FlowLimits, FlowTable, Pdu, Scan, ScanAt, Side};
use wire::{Fragment, Ip, L4, Packet, Tcp, Udp, tcp_flags};

pub const SECOND: i64 = 1_000_000_000;

/// The addresses of client and server.
pub const HOSTS: [&str; 2] = ["10.0.0.1", "10.0.0.2"];

/// What a test's splitter answers.
pub type Splitter = Box<dyn FnMut(Side, &[u8], ScanAt) -> Scan>;

/// Where everything is written down.
pub struct World {
    pub log: Vec<String>,
    pub splitter: Splitter,
}

#[derive(Debug, Default)]
pub struct Recorder;

impl Application for Recorder {
    type Context<'c> = World;

    fn scan(&mut self, cx: &mut World, _: &FlowInfo, side: Side, piece: &[u8], at: ScanAt) -> Scan {
        (cx.splitter)(side, piece, at)
    }

    fn pdu(&mut self, cx: &mut World, _: &FlowInfo, side: Side, pdu: Pdu<'_>) {
        let line = format!("{} {:?} {:?}", letter(side), String::from_utf8_lossy(pdu.data), pdu.end);
        cx.log.push(line);
    }

    fn gap(&mut self, cx: &mut World, _: &FlowInfo, side: Side, lost: u32) {
        cx.log.push(format!("{} gap {lost}", letter(side)));
    }

    fn close(&mut self, cx: &mut World, _: &FlowInfo, side: Side) {
        cx.log.push(format!("{} close", letter(side)));
    }

    fn end(&mut self, cx: &mut World, flow: &FlowInfo) {
        cx.log.push(format!("end {}", flow.id));
    }

    fn pdus_only(&self, _: Side) -> bool {
        false
    }
}

pub fn letter(side: Side) -> char {
    match side {
        Side::Client => 'c',
        Side::Server => 's',
    }
}

/// Flushes after each line feed.
pub fn lines() -> Splitter {
    Box::new(|_, piece, _| piece.iter().position(|&b| b == b'\n').map_or(Scan::More, |at| Scan::Flush(at + 1)))
}

/// Never flushes.
pub fn never() -> Splitter {
    Box::new(|_, _, _| Scan::More)
}

/// Flushes each piece.
pub fn pieces() -> Splitter {
    Box::new(|_, piece, _| Scan::Flush(piece.len()))
}

/// A table, and two hosts that talk through it.
pub struct Stage {
    pub table: FlowTable<Recorder>,
    pub world: World,
    pub ports: (u16, u16),
    /// Initial sequence numbers of client and server.
    pub isn: [u32; 2],
    /// Next relative sequence number of each.
    pub next: [u32; 2],
    pub now: i64,
    pub packets: u32,
    flow: Option<FlowInfo>,
}

impl Stage {
    pub fn new(splitter: Splitter) -> Self {
        Self::with(splitter, FlowLimits { seed: Some(1), ..FlowLimits::default() })
    }

    pub fn with(splitter: Splitter, limits: FlowLimits) -> Self {
        let world = World { log: Vec::new(), splitter };
        Self { table: FlowTable::new(limits), world, ports: (40_000, 80), isn: [1000, 9000], next: [0; 2], now: 0, packets: 0, flow: None }
    }

    /// Plays `script`; what each packet brought about is logged under its number, `queued` and `no flow` included.
    pub fn play(&mut self, script: &str) -> &mut Self {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            self.line(line);
        }
        self
    }

    fn line(&mut self, line: &str) {
        let (head, data) = line.split_once('"').map_or((line, ""), |(head, data)| (head, data.trim_end_matches('"')));
        let data = data.replace("\\n", "\n");
        let mut words = head.split_whitespace();
        let me = usize::from(words.next() == Some("s"));
        let flags = words.next().unwrap_or("-").chars().fold(0, |flags, letter| flags | flag(letter));
        let mut tcp = Tcp { flags, window: 8192, mss: Some(1460).filter(|_| flags & tcp_flags::SYN != 0), ..Tcp::default() };
        (tcp.src_port, tcp.dst_port) = if me == 0 { self.ports } else { (self.ports.1, self.ports.0) };
        let (mut seq, mut ack) = (self.next[me], self.next[1 - me]);
        for word in words {
            match word.split_once('=').map(|(name, value)| (name, value.parse::<i64>().unwrap())) {
                Some(("seq", value)) => seq = value as u32,
                Some(("ack", value)) => ack = value as u32,
                Some(("win", value)) => tcp.window = value as u16,
                Some(("scale", value)) => tcp.window_scale = Some(value as u8),
                Some(("at", value)) => self.now = value * SECOND,
                None if word == "bare" => tcp.mss = None,
                _ => panic!("{word}?"),
            }
        }
        tcp.seq = self.isn[me].wrapping_add(seq);
        tcp.ack = if flags & tcp_flags::ACK != 0 { self.isn[1 - me].wrapping_add(ack) } else { 0 };
        let length = data.len() as u32 + u32::from(flags & tcp_flags::SYN != 0) + u32::from(flags & tcp_flags::FIN != 0);
        self.next[me] = self.next[me].max(seq + length);
        self.send(me, tcp, data.as_bytes());
    }

    /// Sends one segment from the client (0) or the server (1).
    pub fn send(&mut self, me: usize, tcp: Tcp, data: &[u8]) -> bool {
        let (src, dst) = (HOSTS[me], HOSTS[1 - me]);
        self.now += 1000;
        self.packets += 1;
        let before = self.world.log.len();
        let packet = packet(src, dst, 6, L4::Tcp(tcp), data);
        let tracked = self.table.process(&packet, self.now, &mut self.world);
        self.flow = tracked.as_ref().map(|tracked| tracked.info.clone());
        let tracked = tracked.map(|tracked| tracked.queued);
        let number = self.packets;
        self.world.log[before..].iter_mut().for_each(|line| *line = format!("{number} {line}"));
        match tracked {
            None => self.world.log.push(format!("{number} no flow")),
            Some(false) if !data.is_empty() => self.world.log.push(format!("{number} not queued")),
            Some(_) => {}
        }
        tracked == Some(true)
    }

    /// The flow of the last packet.
    pub fn flow(&self) -> Option<&FlowInfo> {
        self.flow.as_ref()
    }

    /// The log so far, emptied.
    pub fn log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.world.log)
    }

    /// Ends the capture and gives the log.
    pub fn finish(&mut self) -> Vec<String> {
        self.table.finish(&mut self.world);
        self.log()
    }
}

fn flag(letter: char) -> u8 {
    match letter {
        'S' => tcp_flags::SYN,
        'A' => tcp_flags::ACK,
        'F' => tcp_flags::FIN,
        'R' => tcp_flags::RST,
        'P' => tcp_flags::PSH,
        _ => 0,
    }
}

/// A decoded packet.
pub fn packet<'a>(src: &str, dst: &str, protocol: u8, l4: L4, payload: &'a [u8]) -> Packet<'a> {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let header = Ip {
        version: if src.contains(':') { 6 } else { 4 },
        src: ip(src),
        dst: ip(dst),
        ttl: 64,
        tos: 0,
        id: 0,
        total_len: payload.len() as u32 + 40,
        header_len: 20,
        protocol,
        fragment: Fragment::default(),
        options: &[],
        payload,
    };
    Packet {
        frame: payload,
        ethernet: None,
        vlan: None,
        ip: Some(header),
        tunnel_ports: None,
        ip_layers: 1,
        l4,
        payload,
        anomalies: Default::default(),
    }
}

/// A UDP packet.
pub fn udp<'a>(src: &str, src_port: u16, dst: &str, dst_port: u16, payload: &'a [u8]) -> Packet<'a> {
    packet(src, dst, 17, L4::Udp(Udp { src_port, dst_port, len: 8 + payload.len() as u16 }), payload)
}

/// Plays a script with a splitter and ends the capture.
#[track_caller]
pub fn check(splitter: Splitter, script: &str, expected: &str) {
    let mut stage = Stage::new(splitter);
    let mut log = stage.play(script).log();
    log.extend(stage.finish());
    let expected: Vec<_> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(log, expected, "\n{}", log.join("\n"));
}

/// A handshake: three packets.
pub const HELLO: &str = "c S\ns SA\nc A\n";

/// Deterministic random numbers (xorshift64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

//! The kernel's filter: a classic BPF program that lets through what one of some interfaces sees, and of that, where
//! ports are given, what has one of them at either end (linux/filter.h, packet(7)).
//!
//! A conditional jump reaches 255 instructions, so values are compared in a tree whose long ways go by
//! unconditional jumps, which reach everywhere.

/// One instruction, as the kernel wants it: struct sock_filter.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub code: u16,
    pub jump_true: u8,
    pub jump_false: u8,
    pub value: u32,
}

/// Instructions the kernel takes (BPF_MAXINSNS).
pub(crate) const MAX_INSTRUCTIONS: usize = 4096;

/// Bytes of a packet to keep.
const SNAP: u32 = crate::source::MAX_FRAME as u32;

const XOR_X: u16 = 0xac;
const MULTIPLY: u16 = 0x24;
const SHIFT_RIGHT: u16 = 0x74;
const COPY_TO_X: u16 = 0x07;
const RETURN_ACCUMULATOR: u16 = 0x16;
const LOAD_WORD: u16 = 0x20;
const LOAD_HALF: u16 = 0x28;
const LOAD_BYTE: u16 = 0x30;
const LOAD_HALF_AT_X: u16 = 0x48;
const LOAD_MEMORY: u16 = 0x60;
const LOAD_X_HEADER_LENGTH: u16 = 0xb1;
const STORE: u16 = 0x02;
const JUMP: u16 = 0x05;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_GREATER: u16 = 0x25;
const JUMP_ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

/// Where the kernel keeps what it knows beside a packet's bytes (SKF_AD_OFF and SKF_AD_*).
const PROTOCOL: u32 = ancillary(0);
const PACKET_TYPE: u32 = ancillary(4);
const INTERFACE: u32 = ancillary(8);
const HARDWARE: u32 = ancillary(28);

/// Start of the network header, whatever the link (SKF_NET_OFF).
const NETWORK: u32 = (-0x10_0000i32) as u32;

/// ARPHRD_LOOPBACK.
const LOOPBACK: u32 = 772;
/// PACKET_OUTGOING.
const OUTGOING: u32 = 4;

const fn ancillary(what: i32) -> u32 {
    (-0x1000 + what) as u32
}

/// Lets nothing through.
pub(crate) fn nothing() -> Vec<Instruction> {
    vec![instruction(RETURN, 0)]
}

/// Lets through what `interfaces` (kernel indexes) see; of that only `ports`, where there are any.
///
/// What cannot be told apart by port passes: later fragments, IPv6 extension headers, tags that the kernel has not
/// taken off. On loopback each packet is seen going out and coming in: only the latter passes.
pub(crate) fn program(interfaces: &[u32], ports: &[u16]) -> Vec<Instruction> {
    let mut program = Assembler::default();
    program.on(LOAD_WORD, INTERFACE);
    program.member(interfaces, Label::Seen, Label::Reject);
    program.place(Label::Seen);
    program.on(LOAD_WORD, HARDWARE);
    program.unless(LOOPBACK, Label::Wanted);
    program.on(LOAD_WORD, PACKET_TYPE);
    program.when(OUTGOING, Label::Reject);
    program.place(Label::Wanted);
    if !ports.is_empty() {
        filter_ports(&mut program, ports);
    }
    program.place(Label::Accept);
    program.on(RETURN, SNAP);
    program.place(Label::Reject);
    program.on(RETURN, 0);
    program.finish()
}

/// Lets through what any interface sees but loopback.
pub(crate) fn all_but_loopback() -> Vec<Instruction> {
    let mut program = Assembler::default();
    program.on(LOAD_WORD, HARDWARE);
    program.when(LOOPBACK, Label::Reject);
    program.on(RETURN, SNAP);
    program.place(Label::Reject);
    program.on(RETURN, 0);
    program.finish()
}

/// The same for both directions between two addresses, given all their 32-bit words under exclusive or (Knuth, TAOCP 3, 6.4: multiplicative
/// hashing).
pub fn spread(addresses: u32) -> u32 {
    addresses.wrapping_mul(SPREAD) >> 16
}

const SPREAD: u32 = 0x9e37_79b1;

/// Answers [`spread`] of a packet's addresses, 0 where it is not IP: which socket of a fanout group gets it, modulo their number
/// (packet(7), PACKET_FANOUT_CBPF).
pub(crate) fn fanout() -> Vec<Instruction> {
    let mut program = Assembler::default();
    program.on(LOAD_WORD, PROTOCOL);
    program.when(0x0800, Label::Ipv4);
    program.when(0x86dd, Label::Ipv6);
    program.on(RETURN, 0);
    for (label, words) in [(Label::Ipv4, [12, 16].as_slice()), (Label::Ipv6, [8, 12, 16, 20, 24, 28, 32, 36].as_slice())] {
        program.place(label);
        program.on(LOAD_WORD, NETWORK + words[0]);
        for word in &words[1..] {
            program.on(COPY_TO_X, 0);
            program.on(LOAD_WORD, NETWORK + word);
            program.on(XOR_X, 0);
        }
        program.on(MULTIPLY, SPREAD);
        program.on(SHIFT_RIGHT, 16);
        program.on(RETURN_ACCUMULATOR, 0);
    }
    program.finish()
}

fn filter_ports(program: &mut Assembler, ports: &[u16]) {
    let ports: Vec<u32> = ports.iter().map(|port| u32::from(*port)).collect();
    program.on(LOAD_WORD, PROTOCOL);
    program.when(0x0800, Label::Ipv4);
    program.when(0x86dd, Label::Ipv6);
    for tag in [0x8100, 0x88a8] {
        program.when(tag, Label::Accept);
    }
    program.jump(Label::Reject);
    load_ipv4_ports(program);
    load_ipv6_ports(program);
    program.place(Label::Ports);
    program.on(LOAD_MEMORY, 0);
    program.member(&ports, Label::Accept, Label::OtherPort);
    program.place(Label::OtherPort);
    program.on(LOAD_MEMORY, 1);
    program.member(&ports, Label::Accept, Label::Reject);
}

/// Puts the ports into memory 0 and 1.
fn load_ipv4_ports(program: &mut Assembler) {
    program.place(Label::Ipv4);
    program.on(LOAD_HALF, NETWORK + 6);
    program.when_any_bit(0x1fff, Label::Accept);
    program.on(LOAD_BYTE, NETWORK + 9);
    program.when(6, Label::Ipv4Ports);
    program.unless(17, Label::Reject);
    program.place(Label::Ipv4Ports);
    program.on(LOAD_X_HEADER_LENGTH, NETWORK);
    program.on(LOAD_HALF_AT_X, NETWORK);
    program.on(STORE, 0);
    program.on(LOAD_HALF_AT_X, NETWORK + 2);
    program.on(STORE, 1);
    program.jump(Label::Ports);
}

fn load_ipv6_ports(program: &mut Assembler) {
    program.place(Label::Ipv6);
    program.on(LOAD_BYTE, NETWORK + 6);
    for extension in [0, 43, 44, 51, 60] {
        program.when(extension, Label::Accept);
    }
    program.when(6, Label::Ipv6Ports);
    program.unless(17, Label::Reject);
    program.place(Label::Ipv6Ports);
    program.on(LOAD_HALF, NETWORK + 40);
    program.on(STORE, 0);
    program.on(LOAD_HALF, NETWORK + 42);
    program.on(STORE, 1);
}

fn instruction(code: u16, value: u32) -> Instruction {
    Instruction { code, jump_true: 0, jump_false: 0, value }
}

/// Places to jump to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Seen,
    Wanted,
    Ipv4,
    Ipv4Ports,
    Ipv6,
    Ipv6Ports,
    Ports,
    OtherPort,
    Accept,
    Reject,
}

/// Instructions with jumps to places that are not known yet.
#[derive(Default)]
struct Assembler {
    code: Vec<Instruction>,
    jumps: Vec<(usize, Label)>,
    places: Vec<(Label, usize)>,
}

impl Assembler {
    fn on(&mut self, code: u16, value: u32) {
        self.code.push(instruction(code, value));
    }

    fn place(&mut self, label: Label) {
        self.places.push((label, self.code.len()));
    }

    fn jump(&mut self, to: Label) {
        self.jumps.push((self.code.len(), to));
        self.on(JUMP, 0);
    }

    /// Jumps where the accumulator is `value`.
    fn when(&mut self, value: u32, to: Label) {
        self.code.push(Instruction { code: JUMP_EQUAL, jump_true: 0, jump_false: 1, value });
        self.jump(to);
    }

    /// Jumps where the accumulator is not `value`.
    fn unless(&mut self, value: u32, to: Label) {
        self.code.push(Instruction { code: JUMP_EQUAL, jump_true: 1, jump_false: 0, value });
        self.jump(to);
    }

    fn when_any_bit(&mut self, bits: u32, to: Label) {
        self.code.push(Instruction { code: JUMP_ANY_BIT, jump_true: 0, jump_false: 1, value: bits });
        self.jump(to);
    }

    /// Jumps to `yes` where the accumulator is one of `values`, else to `no`.
    fn member(&mut self, values: &[u32], yes: Label, no: Label) {
        let mut values = values.to_vec();
        values.sort_unstable();
        values.dedup();
        self.tree(&values, yes, no);
    }

    fn tree(&mut self, sorted: &[u32], yes: Label, no: Label) {
        let (low, high) = sorted.split_at(sorted.len() / 2);
        let Some(greatest) = low.last().filter(|_| sorted.len() > 4) else {
            return self.leaf(sorted, yes, no);
        };
        self.code.push(Instruction { code: JUMP_GREATER, jump_true: 0, jump_false: 1, value: *greatest });
        let far = self.code.len();
        self.on(JUMP, 0);
        self.tree(low, yes, no);
        self.code[far].value = (self.code.len() - far - 1) as u32;
        self.tree(high, yes, no);
    }

    fn leaf(&mut self, few: &[u32], yes: Label, no: Label) {
        for (place, value) in few.iter().enumerate() {
            // Over the other comparisons and the jump to `no`.
            self.code.push(Instruction { code: JUMP_EQUAL, jump_true: (few.len() - place) as u8, jump_false: 0, value: *value });
        }
        self.jump(no);
        if !few.is_empty() {
            self.jump(yes);
        }
    }

    fn finish(mut self) -> Vec<Instruction> {
        for (at, label) in self.jumps {
            // Every label above is placed after the jumps to it.
            let place = self.places.iter().find(|(placed, _)| *placed == label).map_or(at + 1, |(_, place)| *place);
            self.code[at].value = (place - at - 1) as u32;
        }
        self.code
    }
}

#[cfg(test)]
mod tests;

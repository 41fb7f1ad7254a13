//! The filter program, run by a small obvious machine.

use super::*;

/// What the kernel knows of a packet.
struct Seen {
    interface: u32,
    hardware: u32,
    packet_type: u32,
    protocol: u32,
    network: Vec<u8>,
}

fn seen(interface: u32) -> Seen {
    Seen { interface, hardware: 1, packet_type: 0, protocol: 0x0806, network: vec![0; 28] }
}

fn tcp4(src: u16, dst: u16) -> Seen {
    let mut network = vec![0x46, 0, 0, 44, 0, 0, 0, 0, 64, 6, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0];
    network.extend(src.to_be_bytes());
    network.extend(dst.to_be_bytes());
    Seen { protocol: 0x0800, network, ..seen(1) }
}

fn udp6(src: u16, dst: u16) -> Seen {
    let mut network = vec![0x60, 0, 0, 0, 0, 8, 17, 64];
    network.resize(40, 1);
    network.extend(src.to_be_bytes());
    network.extend(dst.to_be_bytes());
    Seen { protocol: 0x86dd, network, ..seen(1) }
}

/// Runs `program`, counting steps; whether the packet passes.
fn passes(program: &[Instruction], seen: &Seen) -> bool {
    let (mut at, mut a, mut x, mut memory) = (0, 0u32, 0u32, [0u32; 2]);
    loop {
        let Instruction { code, jump_true, jump_false, value } = program[at];
        at += 1;
        let jump = |condition: bool| usize::from(if condition { jump_true } else { jump_false });
        match code {
            LOAD_WORD => {
                a = match value {
                    PROTOCOL => seen.protocol,
                    PACKET_TYPE => seen.packet_type,
                    INTERFACE => seen.interface,
                    HARDWARE => seen.hardware,
                    _ => panic!("loads {value:x}"),
                }
            }
            LOAD_BYTE => a = u32::from(seen.network[value.wrapping_sub(NETWORK) as usize]),
            LOAD_HALF => a = half(seen, value.wrapping_sub(NETWORK)),
            LOAD_HALF_AT_X => a = half(seen, value.wrapping_sub(NETWORK) + x),
            LOAD_X_HEADER_LENGTH => x = 4 * u32::from(seen.network[value.wrapping_sub(NETWORK) as usize] & 15),
            LOAD_MEMORY => a = memory[value as usize],
            STORE => memory[value as usize] = a,
            JUMP => at += value as usize,
            JUMP_EQUAL => at += jump(a == value),
            JUMP_GREATER => at += jump(a > value),
            JUMP_ANY_BIT => at += jump(a & value != 0),
            RETURN => return value != 0,
            _ => panic!("runs {code:x}"),
        }
    }
}

fn half(seen: &Seen, at: u32) -> u32 {
    u32::from(u16::from_be_bytes([seen.network[at as usize], seen.network[at as usize + 1]]))
}

#[test]
fn passes_the_interfaces_named_and_no_other() {
    for count in [0, 1, 2, 4, 5, 9, 64, 200, 1500] {
        let named: Vec<u32> = (0..count).map(|number| number * 3 + 2).collect();
        let program = program(&named, &[]);
        assert!(program.len() <= MAX_INSTRUCTIONS, "{count}");
        for interface in 0..count * 3 + 4 {
            assert_eq!(passes(&program, &seen(interface)), named.contains(&interface), "{interface} of {count}");
        }
    }
}

#[test]
fn passes_the_ports_named_at_either_end() {
    for ports in [vec![80], vec![80, 443, 8080, 53, 9000, 9001, 9002], (1..300).map(|port| port * 7).collect()] {
        let program = program(&[1], &ports);
        for (src, dst) in [(80, 1), (1, 80), (1, 2), (443, 53), (9003, 9004), (2093, 1), (1, 2100)] {
            let wanted = ports.contains(&src) || ports.contains(&dst);
            assert_eq!(passes(&program, &tcp4(src, dst)), wanted, "{src} {dst}");
            assert_eq!(passes(&program, &udp6(src, dst)), wanted, "{src} {dst}");
        }
        assert!(!passes(&program, &seen(1)), "ARP has no port");
        assert!(!passes(&program, &Seen { interface: 2, ..tcp4(80, 80) }));
    }
}

#[test]
fn passes_what_has_no_port_to_tell_it_by() {
    let program = program(&[1], &[80]);
    let mut later_fragment = tcp4(1, 2);
    later_fragment.network[7] = 9;
    let mut extension = udp6(1, 2);
    extension.network[6] = 0;
    let tagged = Seen { protocol: 0x8100, ..seen(1) };
    let mut icmp = tcp4(80, 80);
    icmp.network[9] = 1;
    assert_eq!([&later_fragment, &extension, &tagged, &icmp].map(|seen| passes(&program, seen)), [true, true, true, false]);
}

#[test]
fn passes_loopback_once() {
    let program = program(&[1], &[]);
    let on = |hardware, packet_type| passes(&program, &Seen { hardware, packet_type, ..tcp4(1, 2) });
    assert_eq!((on(LOOPBACK, 0), on(LOOPBACK, OUTGOING), on(1, OUTGOING), on(1, 0)), (true, false, true, true));
}

#[test]
fn nothing_is_nothing() {
    assert!(!passes(&nothing(), &tcp4(80, 80)));
}

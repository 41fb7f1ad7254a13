//! Whatever is on the wire: no inspector panics, loses octets, or holds more than its caps.

mod support;

use flow::Side;
use inspect::wizard::{SEARCH_DEPTH, Verdict, Wizard, recognize_datagram};
use inspect::{Service, registry};
use support::conversations::CONVERSATIONS;
use support::{Dice, Stream};

const ROUNDS: usize = 400;

fn side(dice: &mut Dice) -> Side {
    if dice.below(2) == 0 { Side::Client } else { Side::Server }
}

/// Sends `octets` in segments of random length.
fn send(stream: &mut Stream, dice: &mut Dice, by: Side, octets: &[u8]) {
    let mut rest = octets;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at((1 + dice.below(64)).min(rest.len()));
        stream.send(by, piece);
        rest = after;
    }
}

fn mutate(dice: &mut Dice, turn: &[u8]) -> Vec<u8> {
    let mut octets = turn.to_vec();
    for _ in 0..=dice.below(4) {
        if octets.is_empty() {
            break;
        }
        let at = dice.below(octets.len());
        match dice.below(5) {
            0 => octets[at] ^= 1 << dice.below(8),
            1 => octets.truncate(at),
            2 => octets[at] = [0, 0xff, 0x7f, 0x80, b'\n', b'\r'][dice.below(6)],
            3 => octets.extend_from_within(at..),
            _ => drop(octets.splice(at..at, dice.octets(4))),
        }
    }
    octets
}

#[test]
fn noise_in_any_protocol_does_no_harm() {
    let mut dice = Dice(0x5eed);
    for (service, _) in Service::NAMES {
        for _ in 0..ROUNDS {
            let Some(mut stream) = Stream::new(service) else { continue };
            for _ in 0..4 {
                let (by, length) = (side(&mut dice), dice.below(200));
                let noise = dice.octets(length);
                send(&mut stream, &mut dice, by, &noise);
            }
            stream.close();
        }
    }
}

#[test]
fn broken_conversations_do_no_harm() {
    let mut dice = Dice(0xbad);
    for conversation in CONVERSATIONS {
        for _ in 0..ROUNDS {
            let mut stream = Stream::new(conversation.service).expect("an inspector");
            for (by, turn) in conversation.turns {
                let by = if dice.below(16) == 0 { by.peer() } else { *by };
                let octets = mutate(&mut dice, turn);
                send(&mut stream, &mut dice, by, &octets);
                if dice.below(32) == 0 && !stream.inspector.gap(by) {
                    stream.given_up[by as usize] = true;
                }
            }
            stream.close();
        }
    }
}

#[test]
fn datagrams_of_noise_do_no_harm() {
    let mut dice = Dice(0xda7a);
    for (service, _) in Service::NAMES {
        let Some(mut inspector) = registry::inspector(service, &inspect::flush_ring::FlushRing::default()) else { continue };
        for _ in 0..ROUNDS {
            let (by, length) = (side(&mut dice), 1 + dice.below(200));
            let noise = dice.octets(length);
            let _ = recognize_datagram(by, &noise);
            inspector.datagram(by, &noise, &mut |_| {});
        }
    }
}

/// [`Stream`] fails on a PDU beyond 16,384 octets.
#[test]
fn a_message_without_end_is_cut_at_the_limit() {
    for conversation in CONVERSATIONS {
        for filler in [b'a', b' ', b'=', 0xff, 0] {
            let mut stream = Stream::new(conversation.service).expect("an inspector");
            for (by, turn) in conversation.turns {
                stream.send(*by, turn);
                for _ in 0..12 {
                    stream.send(*by, &[filler; 4000]);
                }
            }
            stream.close();
        }
    }
}

#[test]
fn the_wizard_ends_within_its_depth() {
    let mut dice = Dice(0x3a91c);
    for _ in 0..ROUNDS {
        let (mut wizard, by) = (Wizard::new(), side(&mut dice));
        let mut shown = 0;
        loop {
            let length = 1 + dice.below(900);
            let noise = dice.octets(length);
            if wizard.scan(by, &noise) != Verdict::More {
                break;
            }
            shown += length;
            assert!(shown < SEARCH_DEPTH, "undecided after {shown} octets");
        }
    }
}

//! `flags`: TCP flag bits (Snort 3 manual "flags"; notes 2.9).

use rules::RuleOption;
use wire::{L4, tcp_flags};

use crate::arguments::value;
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault};
use crate::draft::{Around, Draft};
use crate::options::bits::Bits;
use crate::step::{Evaluation, Step};

/// Wanted flags.
#[derive(Debug, Clone, Copy)]
pub struct Flags {
    bits: Bits,
    /// Cleared in the packet before the comparison.
    mask: u8,
}

impl Flags {
    /// Whether a packet's flags fit.
    pub fn fits(self, flags: u8) -> bool {
        self.bits.fits(flags & !self.mask)
    }
}

impl Step for Flags {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        match on.subject.packet.map(|packet| packet.l4) {
            Some(L4::Tcp(tcp)) => self.fits(tcp.flags),
            _ => false,
        }
    }

    fn tell(&self, on: &Evaluation<'_, '_>, _cursor: &Cursor<'_>) -> Option<String> {
        match on.subject.packet.map(|packet| packet.l4) {
            Some(L4::Tcp(tcp)) => Some(format!("the packet's flags are 0x{:02x}", tcp.flags)),
            _ => Some("no TCP packet".into()),
        }
    }
}

fn letter(c: char) -> Option<u8> {
    Some(match c {
        'F' => tcp_flags::FIN,
        'S' => tcp_flags::SYN,
        'R' => tcp_flags::RST,
        'P' => tcp_flags::PSH,
        'A' => tcp_flags::ACK,
        'U' => tcp_flags::URG,
        'E' | '2' => tcp_flags::ECE,
        'C' | '1' => tcp_flags::CWR,
        '0' => 0,
        _ => return None,
    })
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let word = value(option)?;
    let (bits, mask) = word.text.split_once(',').unwrap_or((&word.text, ""));
    let parse = |text| {
        Bits::parse(text, letter)
            .map_err(|c| fault("D050", word.span, format!("`{c}` is no TCP flag"), "use F S R P A U E C, 1 for C, 2 for E, 0 for none"))
    };
    let flags = Flags { bits: parse(bits)?, mask: parse(mask)?.bits };
    draft.flags = Some(flags);
    draft.push(flags, option, around);
    Ok(())
}

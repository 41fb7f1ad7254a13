//! `fragbits`: reserved, don't-fragment and more-fragments bits of the IP header (Snort 3 manual "fragbits"; notes 2.9).

use rules::RuleOption;

use crate::arguments::value;
use crate::cursor::Cursor;
use crate::diagnose::{Compiled, fault};
use crate::draft::{Around, Draft};
use crate::options::bits::Bits;
use crate::step::{Evaluation, Step};

#[derive(Debug)]
struct FragBits(Bits);

const MORE: u8 = 1;
const DONT: u8 = 2;
const RESERVED: u8 = 4;

impl Step for FragBits {
    fn run<'a>(&self, on: &mut Evaluation<'a, '_>, _cursor: &mut Cursor<'a>) -> bool {
        let Some(ip) = on.subject.packet.and_then(|packet| packet.ip.as_ref()) else { return false };
        let bit = |set, bit| if set { bit } else { 0 };
        self.0.fits(bit(ip.fragment.more, MORE) | bit(ip.fragment.dont, DONT) | bit(ip.fragment.reserved, RESERVED))
    }
}

/// Reads the option.
pub fn compile(option: &RuleOption, draft: &mut Draft, around: &mut Around<'_>) -> Compiled {
    let word = value(option)?;
    let letter = |c| match c {
        'M' => Some(MORE),
        'D' => Some(DONT),
        'R' => Some(RESERVED),
        _ => None,
    };
    let bits = Bits::parse(&word.text, letter)
        .map_err(|c| fault("D051", word.span, format!("`{c}` is no fragment bit"), "use R, D, M with + * or !"))?;
    draft.push(FragBits(bits), option, around);
    Ok(())
}

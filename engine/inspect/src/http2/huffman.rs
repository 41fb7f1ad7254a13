//! The Huffman code of HPACK (RFC 7541 appendix B). The code is canonical, so the lengths alone give it.

/// Bits of the code of each octet, and last of the end-of-string symbol.
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, 6, 10,
    10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6,
    7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23,
    21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22,
    22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28,
    27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27,
    26, 30,
];

/// Longest code in bits.
const LONGEST: usize = 30;

/// The code in canonical order.
struct Code {
    /// First code of each length.
    first: [u32; LONGEST + 2],
    /// Where the symbols of each length begin in `symbols`.
    start: [u16; LONGEST + 2],
    /// Symbols by length, then by value.
    symbols: [u16; 257],
    /// For the next eight bits: the symbol whose code they begin with and its length, 0 where that is longer.
    short: [(u8, u8); 256],
}

const CODE: Code = build();

const fn build() -> Code {
    let mut code = Code { first: [0; LONGEST + 2], start: [0; LONGEST + 2], symbols: [0; 257], short: [(0, 0); 256] };
    let (mut next, mut placed, mut length) = (0u32, 0usize, 1usize);
    while length <= LONGEST {
        code.first[length] = next;
        code.start[length] = placed as u16;
        let mut symbol = 0;
        while symbol < 257 {
            if LENGTHS[symbol] as usize == length {
                code.symbols[placed] = symbol as u16;
                if length <= 8 {
                    let mut fill = 0;
                    while fill < 1 << (8 - length) {
                        code.short[((next as usize) << (8 - length)) + fill] = (symbol as u8, length as u8);
                        fill += 1;
                    }
                }
                placed += 1;
                next += 1;
            }
            symbol += 1;
        }
        next <<= 1;
        length += 1;
    }
    code.first[LONGEST + 1] = u32::MAX;
    code.start[LONGEST + 1] = placed as u16;
    code
}

/// Appends the decoded `coded` to `out`. `None`: the end-of-string symbol is in it, or its padding is no prefix of that.
pub(crate) fn decode(coded: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (mut bits, mut held, mut rest) = (0u64, 0u32, coded.iter());
    loop {
        while held <= 56 {
            let Some(&octet) = rest.next() else { break };
            bits |= u64::from(octet) << (56 - held);
            held += 8;
        }
        let (symbol, length) = match CODE.short[(bits >> 56) as usize] {
            (_, 0) => long(bits)?,
            short => short,
        };
        if u32::from(length) > held {
            break;
        }
        out.push(symbol);
        bits <<= length;
        held -= u32::from(length);
    }
    // What is left is padding: fewer than eight ones.
    (held < 8 && bits >> (64 - held.max(1)) == (1u64 << held) - 1 || held == 0).then_some(())
}

/// A symbol whose code is longer than eight bits, from the top of `bits`.
fn long(bits: u64) -> Option<(u8, u8)> {
    (9..=LONGEST)
        .find_map(|length| {
            let offset = ((bits >> (64 - length)) as u32).checked_sub(CODE.first[length])?;
            let symbol = CODE.start[length] as usize + offset as usize;
            (symbol < CODE.start[length + 1] as usize).then(|| (CODE.symbols[symbol], length as u8))
        })
        .and_then(|(symbol, length)| u8::try_from(symbol).ok().map(|symbol| (symbol, length)))
        // Padding of all ones looks like the beginning of the end-of-string symbol, which is longer than any padding.
        .or((bits >> 56 == 0xFF).then_some((0, u8::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encodes the slow and obvious way.
    fn encode(text: &[u8]) -> Vec<u8> {
        let mut bits = Vec::new();
        for &octet in text {
            let length = LENGTHS[octet as usize] as usize;
            let earlier = (0..octet as usize).filter(|s| LENGTHS[*s] as usize == length).count();
            let code = CODE.first[length] as usize + earlier;
            (0..length).rev().for_each(|bit| bits.push(code >> bit & 1));
        }
        while bits.len() % 8 != 0 {
            bits.push(1);
        }
        bits.chunks(8).map(|octet| octet.iter().fold(0, |n, bit| n << 1 | *bit as u8)).collect()
    }

    #[test]
    fn the_examples_of_the_standard() {
        let cases: [(&[u8], &str); 4] = [
            (&[0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff], "www.example.com"),
            (&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf], "no-cache"),
            (&[0x64, 0x02], "302"),
            (&[], ""),
        ];
        for (coded, text) in cases {
            let mut out = Vec::new();
            assert_eq!(decode(coded, &mut out), Some(()), "{text}");
            assert_eq!(out, text.as_bytes());
        }
    }

    #[test]
    fn every_octet_round_trips() {
        for octet in 0..=255u8 {
            for text in [vec![octet], vec![octet, b'a', octet], vec![octet; 9]] {
                let mut out = Vec::new();
                assert_eq!(decode(&encode(&text), &mut out), Some(()), "{text:?}");
                assert_eq!(out, text);
            }
        }
    }

    #[test]
    fn wrong_padding_and_end_of_string_are_refused() {
        for coded in [&[0xff, 0xff, 0xff, 0xff][..], &[0x00], &[0x1f, 0xff], &[0xff]] {
            assert_eq!(decode(coded, &mut Vec::new()), None, "{coded:?}");
        }
    }
}

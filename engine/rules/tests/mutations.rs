//! Mutated rules: whatever comes in, the parser comes back, and what it says can be shown.

use rules::{parse, render};

const SEEDS: [&str; 4] = [
    include_str!("syntax/headers.rules"),
    include_str!("syntax/line_breaks.rules"),
    include_str!("syntax/options.rules"),
    "alert tcp $A [1,!2:3] -> [::1,!10.0.0.0/8] any ( msg:\"m\\\"x\"; pcre:!\"/a\\;/R\"; content:!\"|00|\",depth 5; sid:1; )\n",
];
const TOKENS: [&str; 16] = ["\"", ";", "\\", "(", ")", "[", "]", "!", "\n", "/*", "#begin", "->", "$", ":", "\0", "alert "];

/// xorshift: the same mutations on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }
}

fn mutate(source: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.roll(source.len());
    match dice.roll(5) {
        0 => source.truncate(at),
        1 => drop(source.drain(at..(at + dice.roll(9)).min(source.len()))),
        2 => source[at] = dice.roll(256) as u8,
        3 => drop(source.splice(at..at, TOKENS[dice.roll(TOKENS.len())].bytes())),
        _ => source.extend_from_within(at..(at + dice.roll(60)).min(source.len())),
    }
    source.push(b' ');
}

#[test]
fn no_mutation_stops_the_parser() {
    let mut dice = Dice(0x5eed_0f9a_71c3_0001);
    for round in 0..20_000 {
        let mut source = SEEDS[round % SEEDS.len()].as_bytes().to_vec();
        (0..=dice.roll(6)).for_each(|_| mutate(&mut source, &mut dice));
        let file = parse(&source);
        for diagnostic in &file.diagnostics {
            assert!(
                diagnostic.span.start < source.len() && diagnostic.span.start < diagnostic.span.end,
                "{diagnostic:?} of {}",
                source.escape_ascii()
            );
            assert!(render(diagnostic, "mutated.rules", &source).lines().count() == 6);
        }
        for rule in &file.rules {
            assert!(rule.options.iter().all(|option| option.span.start >= rule.span.start && option.span.end <= rule.span.end));
        }
    }
}

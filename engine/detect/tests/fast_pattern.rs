//! What the prefilter searches, and that it never misses: with it, without it and by a slow obvious search the alerts are the same.
#![allow(clippy::unwrap_used)]

mod support;

use detect::Scratch;
use inspect::{BufferId, Section};
use support::{Given, load, run, run_with};

/// options -> the fast pattern, its buffer, and whether the search alone looks for it.
fn chosen(options: &str) -> Option<(String, &'static str, bool)> {
    let set = load(&format!("alert tcp any any -> any 80 ({options} sid:1;)"), true);
    let pattern = set.rules()[0].fast_pattern.clone()?;
    Some((String::from_utf8_lossy(&pattern.bytes).into_owned(), pattern.buffer.name(), pattern.only.is_some()))
}

#[test]
fn the_longest_positive_content_is_searched_unless_one_is_marked() {
    let rows = [
        (r#"content:"ab"; content:"abcd"; content:"wxyz";"#, Some(("abcd", "pkt_data", false))),
        (r#"content:"abcd"; content:"ab",fast_pattern;"#, Some(("ab", "pkt_data", false))),
        (r#"content:"a",fast_pattern; content:"b",fast_pattern;"#, Some(("a", "pkt_data", false))),
        (r#"content:!"abcdef"; content:"ab";"#, Some(("ab", "pkt_data", false))),
        (r#"http_uri; content:"/a"; http_header; content:"abc";"#, Some(("abc", "http_header", false))),
        (r#"content:"abcd",fast_pattern_offset 1,fast_pattern_length 2;"#, Some(("bc", "pkt_data", false))),
        (r#"http_raw_cookie; content:"abcdef"; http_uri; content:"ab";"#, Some(("ab", "http_uri", false))),
        (r#"http_raw_cookie; content:"abcdef";"#, None),
        (r#"content:!"abcdef";"#, None),
        (r#"pcre:"/abc/";"#, None),
        // Looked for by the search alone: case does not count, no position, and nothing behind it is relative.
        (r#"content:"abcd",nocase;"#, Some(("abcd", "pkt_data", true))),
        (r#"content:"|01 02|";"#, Some(("\u{1}\u{2}", "pkt_data", true))),
        (r#"content:"abcd",nocase,depth 9;"#, Some(("abcd", "pkt_data", false))),
        (r#"content:"abcd",nocase,distance 0;"#, Some(("abcd", "pkt_data", false))),
        (r#"content:"abcd",nocase; content:"b",within 4;"#, Some(("abcd", "pkt_data", false))),
        (r#"content:"abcd",nocase; isdataat:1,relative;"#, Some(("abcd", "pkt_data", false))),
        (r#"content:"abcd",nocase; content:"b";"#, Some(("abcd", "pkt_data", true))),
        (r#"http_header:field host; content:"abcd",nocase;"#, Some(("abcd", "http_header", false))),
        (r#"content:"abcd",nocase,fast_pattern_length 2;"#, Some(("ab", "pkt_data", false))),
    ];
    for (options, expected) in rows {
        let got = chosen(options);
        let got = got.as_ref().map(|(text, buffer, only)| (text.as_str(), *buffer, *only));
        assert_eq!(got, expected, "{options}");
    }
}

/// xorshift: the same cases on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }

    fn bytes(&mut self, alphabet: &[u8], most: usize) -> Vec<u8> {
        (0..1 + self.roll(most)).map(|_| alphabet[self.roll(alphabet.len())]).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x} ")).collect()
}

/// The slow obvious search.
fn holds(data: &[u8], literal: &[u8], nocase: bool) -> bool {
    let same = |window: &[u8]| if nocase { window.eq_ignore_ascii_case(literal) } else { window == literal };
    data.windows(literal.len()).any(same)
}

#[test]
fn no_literal_is_ever_missed() {
    let alphabets: [&[u8]; 5] = [b"ab", b"aAbB", b"\0a", b"\0\xff\x01 ", b"eEtT/=%x\r\n\0\x80"];
    let mut dice = Dice(0x5eed);
    for round in 0..60 {
        let alphabet = alphabets[round % alphabets.len()];
        let literals: Vec<(Vec<u8>, bool)> = (0..12).map(|_| (dice.bytes(alphabet, [3, 12, 40][round % 3]), dice.roll(2) == 0)).collect();
        let rule = |(i, (literal, nocase)): (usize, &(Vec<u8>, bool))| {
            let nocase = if *nocase { ",nocase" } else { "" };
            format!("alert tcp any any -> any 80 (content:\"|{}|\"{nocase}; sid:{};)\n", hex(literal), i + 1)
        };
        let rules: String = literals.iter().enumerate().map(rule).collect();
        let (with_it, without) = (load(&rules, true), load(&rules, false));
        for _ in 0..12 {
            let mut data = dice.bytes(alphabet, 60);
            let inside = &literals[dice.roll(literals.len())].0;
            let at = dice.roll(data.len());
            data.splice(at..at, inside.iter().copied());
            let given = [Given::payload(&data)];
            let sorted = |mut sids: Vec<u32>| {
                sids.sort_unstable();
                sids
            };
            let naive: Vec<u32> =
                (1..).zip(&literals).filter(|(_, (literal, nocase))| holds(&data, literal, *nocase)).map(|(sid, _)| sid).collect();
            assert_eq!(sorted(run(&with_it, &given).concat()), naive, "searched: {data:?} {rules}");
            assert_eq!(sorted(run(&without, &given).concat()), naive, "evaluated: {data:?} {rules}");
        }
    }
}

#[test]
fn what_can_only_stand_in_front_is_found_wherever_its_options_allow() {
    let mut dice = Dice(0xf407);
    for round in 0..200 {
        let (offset, depth) = (dice.roll(130), 4 + dice.roll(30));
        let near = format!("distance {},within {}", dice.roll(40) as i64 - 8, 8 + dice.roll(60));
        let rules: String = [
            format!("content:\"abcd\",offset {offset},depth {depth};"),
            format!("content:\"ab\",depth {depth}; content:\"longest!\",{near};"),
            format!("content:\"ab\"; content:\"longest!\",{near};"),
            format!("content:\"ab\",offset {offset},depth {depth}; content:!\"cd\",within 9; content:\"longest!\",{near},nocase;"),
            format!("content:\"ab\",depth {depth}; byte_jump:1,0,relative; content:\"longest!\",{near};"),
            format!("file_data; content:\"ab\",offset {offset},depth {depth}; content:\"longest!\",{near};"),
        ]
        .iter()
        .zip(1..)
        .map(|(options, sid)| format!("alert tcp any any -> any 80 ({options} sid:{sid};)\n"))
        .collect();
        let (with_it, without) = (load(&rules, true), load(&rules, false));
        for _ in 0..8 {
            let mut data = vec![b'.'; 100 + dice.roll(160)];
            for piece in [&b"abcd"[..], b"ab", b"ab\x01", b"longest!", b"LONGEST!", b"cd"] {
                let at = [dice.roll(data.len()), offset + dice.roll(depth), dice.roll(40)][dice.roll(3)];
                data.splice(at.min(data.len()).., [piece, &vec![b'.'; 60 + dice.roll(60)]].concat());
            }
            let buffers = [(BufferId::PktData, &data[..]), (BufferId::FileData, &data[..])];
            let plain = Given::payload(&data);
            let later = Given { buffers: &buffers, file_pos: 50, ..plain.clone() };
            let first = Given { buffers: &buffers, ..plain.clone() };
            let given = [plain, first, later];
            assert_eq!(run(&with_it, &given), run(&without, &given), "round {round}: {data:?} {rules}");
        }
    }
}

#[test]
fn bytes_with_several_names_are_searched_once_for_the_rules_of_all() {
    let rules = "alert http (file_data; content:\"needle\"; sid:1;)\nalert http (http_client_body; content:\"needle\"; sid:2;)\n\
                 alert tcp any any -> any any (content:\"needle\"; sid:3;)\n";
    let (body, copy) = (b"one needle".to_vec(), b"one needle".to_vec());
    let same = [(BufferId::PktData, &body[..]), (BufferId::FileData, &body[..]), (BufferId::HttpClientBody, &body[..])];
    let apart = [(BufferId::PktData, &body[..]), (BufferId::FileData, &copy[..]), (BufferId::HttpClientBody, &body[..3])];
    let set = load(rules, true);
    let searched = |buffers: &[(BufferId, &[u8])]| {
        let mut scratch = Scratch::default();
        let mut alerts = run_with(&set, &[Given::http(Section::Body, buffers)], &mut scratch).concat();
        alerts.sort_unstable();
        (alerts, scratch.counters.searched)
    };
    assert_eq!(searched(&same), (vec![1, 2, 3], 10));
    assert_eq!(searched(&apart), (vec![1, 3], 23));
}

#[test]
fn rules_behind_a_flowbit_are_searched_once_the_flow_holds_one() {
    // In the order of the file: a rule that waits for a bit sees what rules without a wait set in the same unit, and what earlier ones that wait set.
    let rules = "alert tcp any any -> any any (content:\"after\"; flowbits:isset,b; sid:1;)\n\
                 alert tcp any any -> any any (content:\"mark-a\"; flowbits:set,a; sid:2;)\n\
                 alert tcp any any -> any any (content:\"mark-b\"; flowbits:isnotset,b; flowbits:set,b; sid:3;)\n\
                 alert tcp any any -> any any (content:\"after\"; flowbits:isset,b; sid:4;)\n\
                 alert tcp any any -> any any (content:\"after\"; flowbits:isset,a; sid:5;)\n";
    /// Payloads of one flow, and who alerts on each.
    type Case = (&'static [&'static [u8]], &'static [&'static [u32]]);
    let cases: [Case; 5] = [
        (&[b"after"], &[&[]]),
        (&[b"after mark-a"], &[&[2, 5]]),
        (&[b"mark-a", b"after"], &[&[2], &[5]]),
        (&[b"after mark-b"], &[&[3, 4]]),
        (&[b"after mark-b", b"after"], &[&[3, 4], &[1, 4]]),
    ];
    for (payloads, expected) in cases {
        for prefilter in [true, false] {
            let set = load(rules, prefilter);
            let given: Vec<Given<'_>> = payloads.iter().map(|payload| Given::payload(payload)).collect();
            let mut alerts = run(&set, &given);
            alerts.iter_mut().for_each(|unit| unit.sort_unstable());
            assert_eq!(alerts, expected, "{payloads:?}, prefilter {prefilter}");
        }
    }
    let mut scratch = Scratch::default();
    let set = load("alert tcp any any -> any any (content:\"after\"; flowbits:isset,b; sid:1;)", true);
    run_with(&set, &[Given::payload(b"after")], &mut scratch);
    assert_eq!(scratch.counters.searched, 0, "no flow holds a bit that nobody sets");
}

#[test]
fn busy_contexts_get_one_database_for_all_their_rules() {
    let rules = "alert tcp any any -> any 80 (content:\"narrow\"; sid:1;)\nalert tcp any any -> any any (content:\"wide\"; sid:2;)\n";
    let set = load(rules, true);
    let mut data = vec![b'.'; 1 << 20];
    data[1000..1011].copy_from_slice(b"narrow wide");
    let mut scratch = Scratch::default();
    let mut searched = || {
        let before = scratch.counters.searched;
        let mut alerts = run_with(&set, &[Given::payload(&data)], &mut scratch).concat();
        alerts.sort_unstable();
        assert_eq!(alerts, [1, 2]);
        (scratch.counters.searched - before) >> 20
    };
    let passes: Vec<u64> = (0..8).map(|_| searched()).collect();
    assert_eq!(passes, [2, 2, 2, 2, 1, 1, 1, 1]);
}

/// A chain of single bytes, each within so many of the last: every way through, tried one by one.
fn chain_holds(data: &[u8], from: usize, chain: &[(u8, usize)]) -> bool {
    let Some(((byte, within), rest)) = chain.split_first() else { return true };
    (from..data.len().min(from + within)).any(|at| data[at] == *byte && chain_holds(data, at + 1, rest))
}

#[test]
fn chains_of_relative_contents_go_back_through_every_position() {
    let mut dice = Dice(0xc4a1);
    for _ in 0..300 {
        let chain: Vec<(u8, usize)> = (0..2 + dice.roll(3)).map(|_| (b"abc"[dice.roll(3)], 1 + dice.roll(3))).collect();
        let first = format!("content:\"{}\";", chain[0].0 as char);
        let rest: String = chain[1..].iter().map(|(byte, within)| format!(" content:\"{}\",within {within};", *byte as char)).collect();
        let rule = format!("alert tcp any any -> any 80 ({first}{rest} sid:1;)");
        let set = load(&rule, true);
        let mut anywhere = chain.clone();
        anywhere[0].1 = usize::MAX / 2;
        for _ in 0..6 {
            let data = dice.bytes(b"abc.", 14);
            let alerted = run(&set, &[Given::payload(&data)]) == [[1]];
            assert_eq!(alerted, chain_holds(&data, 0, &anywhere), "{rule} on {:?}", String::from_utf8_lossy(&data));
        }
    }
}

#[test]
fn long_and_monotonous_literals_are_found() {
    for (byte, length) in [(b'A', 65), (b'A', 3000), (0, 3000), (0x90, 64), (b'\0', 4)] {
        let literal = vec![byte; length];
        let rule = format!("alert tcp any any -> any 80 (content:\"|{}|\"; sid:1;)", hex(&literal));
        let set = load(&rule, true);
        let exact = [b"x", &literal[..], b"y"].concat();
        let short = [b"x", &literal[1..], b"y"].concat();
        assert_eq!(run(&set, &[Given::payload(&exact), Given::payload(&short)]), [vec![1], vec![]], "{length} of {byte}");
    }
}

#[test]
fn contexts_are_shared_and_have_a_cap() {
    let rules: String =
        (0..120).map(|i| format!("alert tcp any {} -> any {} (content:\"x{i}\"; sid:{};)\n", 1000 + i, 2000 + i, i + 1)).collect();
    let set = load(&rules, true);
    let at = |from, to| Given { client: ([10, 0, 0, 1].into(), from), server: ([10, 0, 0, 2].into(), to), ..Given::payload(b"x7.") };
    let same: Vec<Given<'_>> = (0..50).map(|port| at(30_000 + port, 40_000 + port)).collect();
    run(&set, &same);
    assert_eq!(set.derived().0, 1, "ports that no rule tells apart have one context");
    let all: Vec<Given<'_>> = (0..120 * 120).map(|i| at(1000 + i % 120, 2000 + i / 120)).collect();
    let alerts = run(&set, &all).concat();
    assert_eq!(alerts, [8], "beyond the cap too");
    assert_eq!(set.derived().0, detect::RuleSet::CONTEXTS);
}

#[test]
fn a_kept_cache_gives_the_same_alerts() {
    let rules = "alert tcp any any -> any 80 (content:\"needle\"; sid:1;)\nalert tcp any any -> any 80 (content:\"|00 00 01|\"; sid:2;)\n";
    let units = [Given::payload(b"a needle"), Given::payload(b"\0\0\x01")];
    let first = load(rules, true);
    assert_eq!(run(&first, &units), [[1], [2]]);
    let kept = first.cache().unwrap();
    let again = |bytes: &[u8]| {
        let cache = detect::prefilter::Cache::read(bytes);
        let set = detect::load(&[("test.rules", rules.as_bytes())], &detect::Variables::default(), true, cache).rules;
        (run(&set, &units), set.cache().is_none())
    };
    assert_eq!(again(&kept), (vec![vec![1], vec![2]], true), "nothing was compiled anew");
    assert_eq!(again(b"something else").0, [[1], [2]]);
}

//! What a rule file may hold at most, and that nothing in one stops the parser.

use rules::{limits, parse};

const FINE: &str = "alert tcp any any -> any 80 ( content:\"fine\"; sid:9; )\n";

fn codes(source: &[u8]) -> (usize, Vec<&'static str>) {
    let file = parse(source);
    (file.rules.len(), file.diagnostics.iter().map(|it| it.code).collect())
}

#[test]
fn a_long_rule_is_refused_and_the_next_one_loads() {
    let long = format!("alert tcp any any -> any 80 ( msg:\"{}\"; sid:1; )\n{FINE}", "x".repeat(limits::RULE_BYTES));
    assert_eq!(codes(long.as_bytes()), (1, vec!["R027"]));
    let longest = format!("alert tcp any any -> any 80 ( msg:\"{}\"; sid:1; )\n{FINE}", "x".repeat(limits::RULE_BYTES - 100));
    assert_eq!(codes(longest.as_bytes()), (2, vec![]));
}

#[test]
fn too_many_options_are_refused() {
    let with = |count: usize| format!("alert tcp any any -> any 80 ( {} sid:1; )\n{FINE}", "content:\"a\"; ".repeat(count - 1));
    assert_eq!(codes(with(limits::RULE_OPTIONS).as_bytes()), (2, vec![]));
    assert_eq!(codes(with(limits::RULE_OPTIONS + 1).as_bytes()), (1, vec!["R028"]));
}

#[test]
fn a_huge_file_is_not_read() {
    assert_eq!(codes(&vec![b' '; limits::FILE_BYTES + 1]), (0, vec!["R001"]));
}

#[test]
fn a_nul_byte_behind_the_beginning_costs_one_rule() {
    let mut source = FINE.repeat(limits::SNIFFED_BYTES / FINE.len() + 1).into_bytes();
    let rules = parse(&source).rules.len();
    source.extend_from_slice(b"alert tcp any any -> any 80 ( content:\"\0\"; sid:1; )\n");
    source.extend_from_slice(FINE.as_bytes());
    assert_eq!(codes(&source), (rules + 1, vec!["R024"]));
}

#[test]
fn diagnostics_beyond_the_cap_are_counted() {
    let file = parse("alert tcp any any -> any x ( sid:1; )\n".repeat(limits::DIAGNOSTICS + 7).as_bytes());
    assert_eq!((file.diagnostics.len(), file.diagnostics_dropped), (limits::DIAGNOSTICS, 7));
}

#[test]
fn hostile_shapes_take_linear_time() {
    let megabyte = |piece: &str| piece.repeat((1 << 20) / piece.len());
    let shapes = [
        "alert x\n",
        "alert tcp any any -> any 80 (sid:1;) ",
        "alert tcp any any -> any 80 ( msg:\"",
        "/*",
        "#begin\n",
        "(",
        "\\\n",
        "alert ",
        "[",
        "\n/* ",
        "a -> b (\n",
        "include x\n",
    ];
    for shape in shapes {
        let started = std::time::Instant::now();
        parse(megabyte(shape).as_bytes());
        assert!(started.elapsed().as_secs() < 10, "{shape:?} took {:?}", started.elapsed());
    }
}

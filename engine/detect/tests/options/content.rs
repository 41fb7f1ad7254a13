//! `content` (notes 2.3 and 2.5).

use crate::support::{Given, alerts, check};

const DIGITS: &[u8] = b"0123456789abcdef";

#[test]
fn depth_counts_from_the_start_and_the_window_holds_the_whole_pattern() {
    check(&[
        ("depth bounds the end", r#"content:"0123",depth 4;"#, DIGITS, true),
        ("one byte short", r#"content:"1234",depth 4;"#, DIGITS, false),
        ("just enough", r#"content:"1234",depth 5;"#, DIGITS, true),
        ("offset and depth", r#"content:"9ab",offset 9,depth 3;"#, DIGITS, true),
        ("offset past it", r#"content:"9ab",offset 10;"#, DIGITS, false),
        ("at the very end", r#"content:"def",offset 13;"#, DIGITS, true),
        ("over the end", r#"content:"def0",offset 13;"#, DIGITS, false),
        ("offset behind the buffer", r#"content:"f",offset 16;"#, DIGITS, false),
        ("a negative offset shortens depth", r#"content:"01",offset -2,depth 3;"#, DIGITS, false),
        ("to what is left of it", r#"content:"01",offset -2,depth 4;"#, DIGITS, true),
        ("longer than the buffer", r#"content:"0123456789";"#, b"012345678", false),
        ("the buffer itself", r#"content:"0123";"#, b"0123", true),
        ("empty payload", r#"content:"0";"#, b"", false),
    ]);
}

#[test]
fn text_may_hold_hex_escapes_and_either_case() {
    check(&[
        ("hex", r#"content:"|30 31|2";"#, DIGITS, true),
        ("hex without blanks", r#"content:"|303132|";"#, DIGITS, true),
        ("a lone digit is a byte", r#"content:"|4|";"#, b"a\x04b", true),
        ("a lone digit before a blank", r#"content:"|4 41|";"#, b"\x04A", true),
        ("NUL", r#"content:"|00|";"#, b"a\0", true),
        ("escaped quote, semicolon and backslash", r#"content:"\"\;\\";"#, b"x\";\\x", true),
        ("nocase", r#"content:"ABC",nocase;"#, b"xaBcx", true),
        ("nocase folds ASCII only", r#"content:"|C4|",nocase;"#, b"\xe4", false),
        ("case counts", r#"content:"ABC";"#, b"xabcx", false),
        ("case counts although the search ignores it", r#"content:"ABC";"#, b"abc ABC", true),
    ]);
}

#[test]
fn relative_content_counts_from_the_end_of_the_last_match() {
    check(&[
        ("within", r#"content:"012"; content:"345",within 3;"#, DIGITS, true),
        ("within too short", r#"content:"012"; content:"456",within 3;"#, DIGITS, false),
        ("distance and within", r#"content:"012"; content:"456",distance 1,within 3;"#, DIGITS, true),
        ("distance past it", r#"content:"012"; content:"456",distance 2;"#, DIGITS, false),
        ("distance 0", r#"content:"012"; content:"def",distance 0;"#, DIGITS, true),
        ("nothing before the cursor", r#"content:"345"; content:"012",distance 0;"#, DIGITS, false),
        ("negative distance", r#"content:"456"; content:"234",distance -5,within 5;"#, DIGITS, true),
        ("before the buffer", r#"content:"456"; content:"012",distance -20;"#, DIGITS, true),
        ("before the buffer, within shortened", r#"content:"456"; content:"012",distance -10,within 5;"#, DIGITS, false),
        ("before the buffer, within left", r#"content:"456"; content:"012",distance -10,within 6;"#, DIGITS, true),
        ("from the start where nothing matched before", r#"content:"234",distance 2,within 3;"#, DIGITS, true),
        ("an absolute content moves the cursor back", r#"content:"def"; content:"012"; content:"3",within 1;"#, DIGITS, true),
    ]);
}

#[test]
fn an_earlier_content_is_tried_again_where_the_next_one_is_relative() {
    check(&[
        ("second A fits", r#"content:"A"; content:"B",within 1;"#, b"A..AB", true),
        ("chains go back two steps", r#"content:"A"; content:"B",within 2; content:"C",within 1;"#, b"A.B.AB.ABC", true),
        ("not over a step that is not relative", r#"content:"A"; content:"Z"; content:"C",distance 0,within 1;"#, b"AZ..ZC.Z", true),
        ("nor over flow", r#"content:"A"; flow:established; content:"B",within 1;"#, b"A..AB", false),
        ("nor where the absolute one comes between", r#"content:"A"; content:"x"; content:"B",within 1;"#, b"A.x.AB.xA", false),
        ("byte_test relative is tried again", r#"content:"A"; byte_test:1,=,0x42,0,relative;"#, b"A.AB", true),
        ("isdataat relative too", r#"content:"A"; isdataat:!0,relative;"#, b"A.A", true),
        ("overlapping occurrences", r#"content:"aa"; content:"b",within 1;"#, b"aaab", true),
        ("depth bounds retries", r#"content:"A",depth 2; content:"B",within 1;"#, b"A..AB", false),
        ("depth allows a retry", r#"content:"A",depth 4; content:"B",within 1;"#, b"A..AB", true),
        ("a negated one lets it go on", r#"content:"A"; content:!"B",within 1;"#, b"AB.AC", true),
        ("a retry moves past the overlap of the pattern with itself", r#"content:"ABAB"; content:"C",within 1;"#, b"ABABABC", true),
        ("which one pass finds", r#"content:"AABAAA"; content:"C",within 1;"#, b"AABAAABAAAC", false),
    ]);
}

#[test]
fn negated_content_holds_where_nothing_is_found() {
    check(&[
        ("absent", r#"content:"x"; content:!"y";"#, b"x", true),
        ("present", r#"content:"x"; content:!"y";"#, b"xy", false),
        ("behind the window", r#"content:"x"; content:!"y",within 1;"#, b"x.y", true),
        ("past the end", r#"content:"x"; content:!"yy",within 2;"#, b"x", true),
        ("a window behind the buffer", r#"content:"x"; content:!"y",offset 50;"#, b"xy", true),
        ("the cursor stays", r#"content:"x"; content:!"q"; content:"y",within 1;"#, b"xy", true),
        ("nocase", r#"content:"x"; content:!"Y",nocase;"#, b"xy", false),
        ("empty payload", r#"content:!"y"; dsize:0;"#, b"", true),
        ("alone", r#"content:!"y";"#, b"abc", true),
    ]);
}

#[test]
fn the_fast_pattern_only_finds_and_positions_still_hold() {
    check(&[
        ("mark on a positioned content", r#"content:"abc",offset 4,fast_pattern; content:"x";"#, b"abc x", false),
        ("and where it fits", r#"content:"abc",offset 4,fast_pattern; content:"x";"#, b"x...abc", true),
        ("a slice", r#"content:"GET /index",fast_pattern,fast_pattern_offset 4,fast_pattern_length 6;"#, b"GET /index", true),
        ("a slice alone is not enough", r#"content:"GET /index",fast_pattern_offset 4,fast_pattern_length 6;"#, b"PUT /index", false),
        ("case of the found pattern counts", r#"content:"AbC",fast_pattern;"#, b"abc", false),
        ("a mark on a negated content", r#"content:!"zz",fast_pattern; content:"a";"#, b"a", true),
    ]);
}

#[test]
fn a_file_offset_counts_from_the_start_of_the_file() {
    let body: &[(inspect::BufferId, &[u8])] = &[(inspect::BufferId::FileData, b"PK at the second piece")];
    let piece = |file_pos| Given { file_pos, ..Given::http(inspect::Section::Body, body) };
    let rule = r#"file_data; content:"PK",offset 100,depth 2; service:http;"#;
    assert!(alerts(rule, &piece(100)));
    assert!(!alerts(rule, &piece(0)));
    assert!(!alerts(rule, &piece(101)), "passed already");
}

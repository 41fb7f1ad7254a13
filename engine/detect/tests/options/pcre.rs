//! `pcre` (notes 2.7).

use crate::support::{Given, alerts, check};

#[test]
fn flags_change_what_matches() {
    check(&[
        ("whole buffer", r#"pcre:"/b+c/";"#, b"abbbc", true),
        ("case", r#"pcre:"/ABC/";"#, b"xabcx", false),
        ("i", r#"pcre:"/ABC/i";"#, b"xabcx", true),
        ("dot and newline", r#"pcre:"/a.b/";"#, b"a\nb", false),
        ("s", r#"pcre:"/a.b/s";"#, b"a\nb", true),
        ("^ is the start", r#"pcre:"/^b/";"#, b"a\nb", false),
        ("m: ^ is a line's start", r#"pcre:"/^b/m";"#, b"a\nb", true),
        ("x: blanks do not count", r#"pcre:"/a b # c/x";"#, b"ab", true),
        ("A: only at the start", r#"pcre:"/b/A";"#, b"ab", false),
        ("A where it fits", r#"pcre:"/a/A";"#, b"ab", true),
        ("$ before a final newline", r#"pcre:"/b$/";"#, b"ab\n", true),
        ("G turns greed round", r#"pcre:"/a.*b/G"; isdataat:2,relative;"#, b"a.b.b", false),
        ("bytes, not characters", r#"pcre:"/^.{2}$/s";"#, b"\xc3\xa4", true),
        ("another delimiter", r#"pcre:"m|a/b|";"#, b"a/b", true),
    ]);
}

#[test]
fn end_only_dollar_is_the_very_end() {
    check(&[
        ("E", r#"pcre:"/b$/E";"#, b"ab\n", false),
        ("E at the end", r#"pcre:"/b$/E";"#, b"ab", true),
        ("an escaped dollar stays", r#"pcre:"/b\$/E";"#, b"b$x", true),
        ("a dollar in a class stays", r#"pcre:"/b[$]/E";"#, b"b$x", true),
    ]);
}

#[test]
fn a_relative_expression_begins_at_the_cursor() {
    check(&[
        ("^ is the cursor", r#"content:"ab"; pcre:"/^cd/R";"#, b"abcd", true),
        ("and not later", r#"content:"ab"; pcre:"/^d/R";"#, b"abcd", false),
        ("no look behind it", r#"content:"ab"; pcre:"/(?<=b)c/R";"#, b"abc", false),
        ("the cursor moves to its end", r#"pcre:"/a+/"; content:"b",within 1;"#, b"aaab", true),
        ("the content before it is tried again", r#"content:"a"; pcre:"/^c/R";"#, b"ab.ac", true),
        ("it is tried again itself", r#"pcre:"/a/"; content:"c",within 1;"#, b"ab.ac", true),
        ("from the end of the last match", r#"pcre:"/a./"; content:"c",within 1;"#, b"aaac", false),
        ("negated and relative", r#"content:"ab"; pcre:!"/^cd/R";"#, b"abxd", true),
    ]);
}

#[test]
fn the_text_is_taken_as_it_stands() {
    check(&[
        ("a semicolon behind a backslash", r#"pcre:"/a\;b/";"#, b"a;b", true),
        ("a slash", r#"pcre:"/path\/a/";"#, b"/path/a", true),
        ("a backslash", r#"pcre:"/b\\c/";"#, b"b\\c", true),
        ("hex", r#"pcre:"/a\x3bb/";"#, b"a;b", true),
        ("a quote", r#"pcre:"/a\"b/";"#, b"a\"b", true),
        ("an inline flag", r#"pcre:"/(?i)ABC/";"#, b"abc", true),
        ("a backreference", r#"pcre:"/(..)-\1/";"#, b"xyab-ab", true),
        ("a lookahead", r#"pcre:"/a(?!b)/";"#, b"abac", true),
        ("a possessive quantifier", r#"pcre:"/a++b/";"#, b"aab", true),
    ]);
}

#[test]
fn a_negated_expression_holds_where_nothing_is_found() {
    check(&[
        ("absent", r#"content:"a"; pcre:!"/b/";"#, b"ac", true),
        ("present", r#"content:"a"; pcre:!"/b/";"#, b"ab", false),
        ("the cursor stays", r#"content:"a"; pcre:!"/z/"; content:"b",within 1;"#, b"ab", true),
    ]);
}

#[test]
fn beyond_its_limit_an_expression_counts_as_not_found() {
    let given = Given::payload(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac");
    assert!(!alerts(r#"pcre:"/^(a+)+b/";"#, &given));
    assert!(alerts(r#"content:"a"; pcre:!"/^(a+)+b/";"#, &given));
}

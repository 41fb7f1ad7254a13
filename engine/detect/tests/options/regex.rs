//! `regex` and `sd_pattern` (Snort 3 rule guide).

use crate::support::check;

#[test]
fn regex_has_the_flags_of_its_page() {
    check(&[
        ("anywhere", r#"regex:"/b+c/";"#, b"abbbc", true),
        ("case", r#"regex:"/ABC/";"#, b"xabc", false),
        ("i", r#"regex:"/ABC/i";"#, b"xabc", true),
        ("nocase", r#"regex:"/ABC/",nocase;"#, b"xabc", true),
        ("fast_pattern only saves work", r#"regex:"/a[bc]+/",fast_pattern,nocase;"#, b"xABC", true),
        ("dot and line end", r#"regex:"/a.b/";"#, b"a\nb", false),
        ("s", r#"regex:"/a.b/s";"#, b"a\nb", true),
        ("^ is the start", r#"regex:"/^b/";"#, b"a\nb", false),
        ("m", r#"regex:"/^b/m";"#, b"a\nb", true),
        ("escapes reach the expression", r#"regex:"/\x2fend\x3a[^\n]{2}\d/";"#, b"/end:xy7", true),
        ("a semicolon in it", r#"regex:"/a\;b/";"#, b"a;b", true),
        ("a comma in it", r#"regex:"/a{2,3}b/";"#, b"aaab", true),
        ("negated", r#"regex:!"/b/";"#, b"aaa", true),
        ("negated where it is", r#"regex:!"/a/";"#, b"aaa", false),
        ("R", r#"content:"ab"; regex:"/^c/R";"#, b"abc", true),
        ("R, not behind it", r#"content:"ab"; regex:"/a/R";"#, b"abc", false),
        ("R, tried at each content", r#"content:"a"; regex:"/^c/R";"#, b"abac", true),
        ("the cursor is behind it", r#"regex:"/b+/"; content:"c",within 1;"#, b"abbc", true),
    ]);
}

#[test]
fn sensitive_data_by_name_expression_and_number() {
    check(&[
        ("a card", r#"sd_pattern:"credit_card";"#, b"no 4111111111111111.", true),
        ("in groups", r#"sd_pattern:"credit_card";"#, b"4111-1111-1111-1111", true),
        ("in groups with blanks", r#"sd_pattern:"credit_card";"#, b"4111 1111 1111 1111", true),
        ("fifteen digits", r#"sd_pattern:"credit_card";"#, b"3782-8224-6310-005", true),
        ("check digit is wrong", r#"sd_pattern:"credit_card";"#, b"4111111111111112", false),
        ("part of a longer number", r#"sd_pattern:"credit_card";"#, b"04111111111111111", false),
        ("behind one whose check digit is wrong", r#"sd_pattern:"credit_card";"#, b"4111111111111112 4111111111111111", true),
        ("social security", r#"sd_pattern:"us_social";"#, b"ssn 219-09-9999", true),
        ("area that is never given out", r#"sd_pattern:"us_social";"#, b"666-09-9999", false),
        ("group that is never given out", r#"sd_pattern:"us_social";"#, b"219-00-9999", false),
        ("serial that is never given out", r#"sd_pattern:"us_social";"#, b"219-09-0000", false),
        ("no dashes", r#"sd_pattern:"us_social_nodashes";"#, b"219099999", true),
        ("no dashes wanted", r#"sd_pattern:"us_social_nodashes";"#, b"219-09-9999", false),
        ("an address", r#"sd_pattern:"email";"#, b"to: <a.b+c@mail.example.org>", true),
        ("no address", r#"sd_pattern:"email";"#, b"a@b", false),
        ("a telephone", r#"sd_pattern:"us_phone";"#, b"call (555) 010-4477", true),
        ("with the country", r#"sd_pattern:"us_phone";"#, b"+1-555-010-4477", true),
        ("an expression", r#"sd_pattern:"\b\w+@ourdomain\.com\b";"#, b"x me@ourdomain.com y", true),
        ("twice", r#"sd_pattern:"A\d",threshold 2;"#, b"A1 A2", true),
        ("not three times", r#"sd_pattern:"A\d",threshold 3;"#, b"A1 A2", false),
        ("one that counts once only", r#"sd_pattern:"AA",threshold 2;"#, b"AAA", false),
    ]);
}

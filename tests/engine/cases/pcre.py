"""Regular expressions."""

from .case import Case
from .wire import c, tcp, udp

CASES = [
    Case(
        "pcre flags i, m, s, A and G",
        tcp(c(b"first line\nSecond LINE\n")),
        {
            'pcre:"/second line/i";': "4",
            'pcre:"/second/";': "",
            'pcre:"/^Second/m";': "4",
            'pcre:"/^Second/";': "",
            'pcre:"/line.Second/s";': "4",
            'pcre:"/line.Second/";': "",
            'pcre:"/LINE$/";': "4",
            'pcre:"/line$/";': "",
            'pcre:"/^first/A";': "4",
            'pcre:"/Second/A";': "",
            'pcre:"/fi.+n/G"; content:"e",within 1;': "4",
        },
    ),
    Case(
        "a relative pcre starts at the cursor, so that ^ means the cursor",
        tcp(c(b"key=abc;key=def;")),
        {
            'content:"key="; pcre:"/^abc/R";': "4",
            'content:"key="; pcre:"/^def/R";': "4",
            'content:"key="; pcre:"/def/R";': "4",
            'pcre:"/key=/"; content:"def",within 3;': "4",
            'pcre:"/key=/"; content:"abc",within 3;': "4",
            r'content:"abc"; pcre:"/(?<=abc)\;/R";': "",
            'content:!"zzz"; pcre:!"/zzz/";': "1 3 4 6 8",
            'content:"abc"; pcre:!"/def/R";': "",
        },
    ),
    Case(
        "a pcre is tried again behind its match, not within",
        tcp(c(b"aaaab")),
        {
            'pcre:"/aa/"; content:"b",within 1;': "4",
            'pcre:"/aaa/"; content:"b",within 1;': "",
            'pcre:"/aaa/"; content:"ab",within 2;': "4",
        },
    ),
    Case(
        "pcre knows backreferences and lookahead",
        tcp(c(b"abcabc xyzxyw")),
        {
            r'pcre:"/(abc)\1/";': "4",
            r'pcre:"/(xyz)\1/";': "",
            'pcre:"/abc(?= xyz)/";': "4",
            'pcre:"/abc(?!abc)/";': "4",
        },
    ),
    Case(
        "a pcre beyond its limit counts as no match",
        tcp(c(b"a" * 1400, answered=False), c(b"a" * 1400), c(b"a" * 200 + b"c")),
        {
            'pcre:"/(a+)+b/";': "",
            'pcre:!"/(a+)+b/";': "1 3 4 5 7 9 11",
            'pcre:"/(a|aa)+c/";': "7",
        },
    ),
    Case(
        "semicolons and slashes in the text of a pcre",
        tcp(c(b"path/a;b\\c")),
        {
            r'pcre:"/a\;b/";': "4",
            r'pcre:"/path\/a/";': "4",
            r'pcre:"/b\\c/";': "4",
            r'pcre:"/a\x3bb/";': "4",
        },
    ),
    *(
        Case(f"pcre: {name}", [udp(data)], {options: found}, header="udp any any -> any 7777")
        for name, data, options, found in (
            ("an atomic group gives nothing back", b"aaab", 'pcre:"/(?>a+)ab/";', ""),
            ("a possessive quantifier gives nothing back", b"aaab", 'pcre:"/a++ab/";', ""),
            ("word boundaries", b"a needle b", r'pcre:"/\bneedle\b/";', "1"),
            ("inline flags", b"NEEDLE", 'pcre:"/(?i)needle/";', "1"),
            ("x leaves blanks out", b"needle", 'pcre:"/nee dle/x";', "1"),
            ("E: $ is the very end only", b"needle\n", 'pcre:"/needle$/E";', ""),
            ("without E: $ may stand before a last line feed", b"needle\n", 'pcre:"/needle$/";', "1"),
            ("a dot is no line feed", b"a\nb", 'pcre:"/a.b/";', ""),
            ("bytes, not characters", b"\xc3\xa9", r'pcre:"/^..$/s";', "1"),
            ("a byte by its number", b"a\x00b", r'pcre:"/a\x00b/";', "1"),
            ("named groups", b"abab", r'pcre:"/(?P<x>ab)(?P=x)/";', "1"),
            ("lookbehind", b"a needle", 'pcre:"/(?<=a )needle/";', "1"),
            ("negated", b"haystack", 'pcre:!"/needle/";', "1"),
            ("relative to a content", b"key=17;", r'content:"key="; pcre:"/^\d+\;/R";', "1"),
            ("its end is the cursor", b"key=17;x", r'pcre:"/key=\d+\;/"; content:"x",within 1;', "1"),
            ("a slash is escaped", b"a/b", r'pcre:"/a\/b/";', "1"),
            ("a semicolon is escaped", b"a;b", r'pcre:"/a\;b/";', "1"),
            ("a class of characters", b"x-7", r'pcre:"/[a-z]-[[:digit:]]/";', "1"),
        )
    ),
]

"""content, and what moves or reads the cursor."""

from .case import Case
from .wire import c, s, tcp, udp

CASES = [
    Case(
        "depth counts from the start and holds the whole pattern",
        tcp(c(b"0123456789abcdefghij")),
        {
            'content:"0123",depth 4;': "4",
            'content:"1234",depth 4;': "",
            'content:"1234",depth 5;': "4",
            'content:"9ab",offset 9,depth 3;': "4",
            'content:"9ab",offset 10;': "",
        },
    ),
    Case(
        "within and distance count from the end of the last match",
        tcp(c(b"0123456789abcdefghij")),
        {
            'content:"012"; content:"345",within 3;': "4",
            'content:"012"; content:"456",within 3;': "",
            'content:"012"; content:"456",distance 1,within 3;': "4",
            'content:"012"; content:"456",distance 2;': "",
            'content:"456"; content:"234",distance -5,within 5;': "4",
            'content:"456"; content:"012",distance -20;': "4",
        },
    ),
    Case(
        "isdataat asks for a byte behind the cursor, or behind the start",
        tcp(c(b"0123456789abcdefghij")),
        {
            'content:"ghij"; isdataat:!0,relative;': "4",
            'content:"ghij"; isdataat:0,relative;': "",
            'content:"ghi"; isdataat:0,relative;': "4",
            'content:"ghi"; isdataat:!1,relative;': "4",
            "isdataat:19;": "4",
            "isdataat:20;": "",
            "isdataat:!20;": "1 3 4 6 8",
        },
    ),
    Case(
        "nocase folds ASCII letters only",
        tcp(c(b"Gr\xfc\xdfe ABC")),
        {
            'content:"abc",nocase;': "4",
            'content:"abc";': "",
            'content:"gr|dc|",nocase;': "",
            'content:"gr|fc|",nocase;': "4",
        },
    ),
    Case(
        "a negated content is measured from the cursor, and matches where it cannot fit",
        tcp(c(b"hello world")),
        {
            'content:"hello"; content:!"world",distance 0;': "",
            'content:"hello"; content:!"world",within 5;': "4",
            'content:"world"; content:!"zzz",distance 0;': "4",
            'content:"hello"; content:!"world",distance 50;': "4",
            'content:!"zzz";': "1 3 4 6 8",
            'content:!"hello",depth 5;': "1 3 6 8",
            'content:!"hello",offset 1;': "1 3 4 6 8",
        },
    ),
    Case(
        "hex, escapes and case in the text of a content",
        tcp(c(b'a"b;c\\d:e|f\0\xff')),
        {
            r'content:"a\"b\;c\\d";': "4",
            'content:"|61 22 62 3b 63|";': "4",
            'content:"a|22|b";': "4",
            r'content:"d\:e";': "4",
            'content:"f|00 FF|";': "4",
            'content:"f|00ff|";': "4",
        },
    ),
    Case(
        "rules without a pattern run on packets without a payload",
        tcp(),
        {
            'content:!"zzz";': "1 3 4 6",
            "dsize:0;": "1 3 4 6",
            "flow:established; dsize:0;": "3 4 6",  # XXX verdict 2
            "flags:S;": "1",
            "flags:A; dsize:0;": "3 6",
        },
    ),
    Case(
        "dsize is that of the packet; ranges exclude or include their ends",
        tcp(c(b"A" * 50), s(b"B" * 60)),
        {
            "dsize:50;": "4",
            "dsize:>49;": "4",
            "dsize:40<>60;": "4",
            "dsize:50<=>60;": "4",
            "dsize:50<>60;": "",
            'content:"AAAA"; dsize:<51;': "4",
        },
    ),
    Case(
        "the order of options decides what a relative one counts from",
        tcp(c(b"one two three")),
        {
            'content:"three"; content:"one";': "4",
            'content:"three"; content:"one",distance 0;': "",
            'content:"two"; content:"one",distance -10,within 10;': "4",
        },
    ),
    Case(
        "fast_pattern finds candidates, and positions still hold",
        tcp(c(b"needle in hay")),
        {
            'content:"needle",fast_pattern,offset 5;': "",
            'content:"needle",fast_pattern,nocase; content:"hay",distance 3;': "4",
            'content:"NEEDLE",fast_pattern; content:"hay";': "",
            'content:"hay"; content:"needle",fast_pattern,depth 6;': "4",
            'content:"needle",fast_pattern_offset 1,fast_pattern_length 3; content:"hay";': "4",
        },
    ),
    *(
        Case(f"content: {name}", [udp(b"0123456789abcdef")], {options: found}, header="udp any any -> any 7777")
        for name, options, found in (
            ("offset is where the search begins", 'content:"456",offset 4;', "1"),
            ("offset behind the match", 'content:"456",offset 5;', ""),
            ("depth counts from offset", 'content:"456",offset 2,depth 5;', "1"),
            ("depth too short behind offset", 'content:"456",offset 2,depth 4;', ""),
            ("distance may be negative", 'content:"456"; content:"123",distance -6;', "1"),
            ("a negative distance beyond the start begins at the start", 'content:"456"; content:"012",distance -100;', "1"),
            ("within counts the whole pattern", 'content:"012"; content:"456",within 4;', "1"),
            ("within with distance counts from behind it", 'content:"012"; content:"456",distance 1,within 3;', "1"),
            ("distance beyond the end", 'content:"cdef"; content:"0",distance 0;', ""),
            ("an option that is not relative begins at the start again", 'content:"cdef"; content:"0123";', "1"),
            ("a negated one leaves the cursor", 'content:"abc"; content:!"zz"; content:"def",within 3;', "1"),
            ("one that is only searched for moves no cursor", 'content:"012"; content:!"zz"; content:"345",within 3;', ""),
            ("a negated one that is there", 'content:!"abc";', ""),
            ("a negated one outside of its depth", 'content:!"abc",depth 5;', "1"),
            ("a negated one with a distance beyond the end", 'content:"cdef"; content:!"0",distance 1;', "1"),
            ("a pattern longer than the payload", 'content:"0123456789abcdefg";', ""),
            ("a negated pattern longer than the payload", 'content:!"0123456789abcdefg";', "1"),
            ("nocase", 'content:"ABCDEF",nocase;', "1"),
            ("case counts without nocase", 'content:"ABCDEF";', ""),
            ("one byte", 'content:"f";', "1"),
            ("pkt_data begins at the start again", 'content:"cdef"; pkt_data; content:"0123",within 4;', "1"),
            ("fast_pattern on the second", 'content:"012"; content:"ab",fast_pattern;', "1"),
            ("a part of it as fast pattern", 'content:"0123456789",fast_pattern_offset 2,fast_pattern_length 4;', "1"),
        )
    ),
]

"""Options that are tried again at a later match."""

from .case import Case
from .wire import c, tcp

CASES = [
    Case(
        "a relative chain is tried again at later matches",
        tcp(c(b"ab1 ab2 ab3 end")),
        {
            'content:"ab"; content:"3",within 1;': "4",
            'content:"ab"; content:"|20|",distance 1,within 1; content:"ab3",within 3;': "4",
            'content:"ab"; content:"end",within 3;': "",
            'content:"ab"; isdataat:!5,relative;': "4",
            'content:"ab"; pcre:"/^3/R";': "4",
        },
    ),
    Case(
        "no retry across an option that is not relative",
        tcp(c(b"ab1 ab2 ab3 end")),
        {
            'content:"ab"; content:"end"; content:"3",distance 0,within 1;': "",
            'content:"ab"; flow:to_server; content:"3",within 1;': "",
            'content:"ab"; byte_test:1,=,0x33,0,relative;': "4",
            'content:"ab"; dsize:15; content:"3",within 1;': "",
        },
    ),
    Case(
        "a retry steps over the pattern less its own overlap",
        tcp(c(b"xAABAABAAC")),
        {
            'content:"AABAA"; content:"C",within 1;': "4",
            'content:"AABAA"; content:"B",within 1;': "4",
        },
    ),
    Case(
        "a retry in a run of one byte misses none",
        tcp(c(b"aaaaaaab")),
        {
            'content:"aaa"; content:"b",within 1;': "4",
            'content:"aaa"; content:"ab",within 2;': "4",
            'content:"aa"; content:"aa",distance 0; content:"aab",within 3;': "4",
        },
    ),
]

"""The text of rules."""

from .case import Case
from .wire import udp

CASES = [
    *(
        Case(name, [udp(data)], {options: "1"}, header="udp any any -> any 7777")
        for name, data, options in (
            ("hex may be mixed with text", b"ab\x00\xffcd", 'content:"ab|00 FF|cd";'),
            ("hex digits need no blanks between them", b"ab\x00\xffcd", 'content:"ab|00ff|cd";'),
            ("a quote in a content is escaped", b'say "needle"', r'content:"\"needle\"";'),
            ("a semicolon in a content is escaped", b"a;b", r'content:"a\;b";'),
            ("a backslash in a content is escaped", b"a\\b", r'content:"a\\b";'),
            ("blanks around an option do not count", b"needle", ' content : "needle" , nocase ; dsize : 6 ;'),
            ("numbers may be hexadecimal", b"needle", "dsize:0x6;"),
            ("numbers may be octal", b"needle--", "dsize:010;"),
            (
                "metadata says nothing about packets",
                b"needle",
                'content:"needle"; metadata:policy balanced-ips drop,impact_flag red;',
            ),
            (
                "references say nothing about packets",
                b"needle",
                'content:"needle"; reference:cve,2020-1; reference:url,example.org/a;',
            ),
            ("a remark says nothing about packets", b"needle", 'content:"needle"; rem:"for no one";'),
            ("a message may hold what an option could", b"needle", r'msg:"a \"b\"\; content"; content:"needle";'),
            ("an option may end a line", b"needle", 'content:"needle";\n dsize:6;'),
            (
                "a classtype and a priority say nothing about packets",
                b"needle",
                'content:"needle"; classtype:misc-activity; priority:2;',
            ),
        )
    ),
    *(
        Case(
            f"the ports of {variable}: {port}",
            [udp(b"needle", port), udp(b"needle", 9)],
            {f'alert udp any any -> any {variable} (content:"needle";)': "1"},
        )
        for variable, port in (
            ("$HTTP_PORTS", 8080),
            ("$HTTP_PORTS", 80),
            ("$FILE_DATA_PORTS", 143),
            ("$ORACLE_PORTS", 1521),
            ("$SIP_PORTS", 5060),
            ("$SSH_PORTS", 22),
            ("$FTP_PORTS", 2100),
            ("[$HTTP_PORTS,443]", 443),
        )
    ),
    *(
        Case(f"the hosts of {variable}", [udp(b"needle")], {f'alert udp {variable} any -> any any (content:"needle";)': "1"})
        for variable in (
            "$HOME_NET",
            "$EXTERNAL_NET",
            "$HTTP_SERVERS",
            "$SQL_SERVERS",
            "$SMTP_SERVERS",
            "$TELNET_SERVERS",
            "$SIP_SERVERS",
        )
    ),
    *(
        Case(
            f"the action {action} raises {found}",
            [udp(b"needle")],
            {f'{action} udp any any -> any 7777 (content:"needle";)': "1" if found == "an alert" else ""},
        )
        for action, found in [
            *((each, "an alert") for each in ("alert", "drop", "block", "reject")),
            *((each, "no alert") for each in ("log", "pass")),
        ]
    ),
]

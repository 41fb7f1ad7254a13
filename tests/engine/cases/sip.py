"""SIP on UDP and TCP."""

from .case import Case
from .wire import c, s, tcp, udp


def sip(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    """A message (RFC 3261, 7)."""
    return b"\r\n".join([line, b"Via: SIP/2.0/UDP c", *headers, b"Content-Length: %d" % len(body), b"", b""]) + body


CASES = [
    Case(
        "SIP: a request's header, body and method",
        [udp(sip(b"INVITE sip:a@b SIP/2.0", b"CSeq: 1 INVITE", b"User-Agent: probe", body=b"body"), 30099)],
        {
            "sip_method:invite; service:sip;": "1",
            "sip_method:!bye; service:sip;": "1",
            "sip_method:bye,invite; service:sip;": "1",
            "sip_method:bye; service:sip;": "",
            'sip_header; content:"User-Agent: probe"; service:sip;': "1",
            'sip_header; content:"body"; service:sip;': "",
            'sip_body; content:"body"; service:sip;': "1",
            'content:"INVITE"; service:sip;': "1",
            "sip_stat_code:2; service:sip;": "",
        },
        header="udp any any -> any any",
    ),
    Case(
        "SIP: a response's status code, whole and by its class",
        [udp(sip(b"OPTIONS sip:a SIP/2.0"), 5060), udp(sip(b"SIP/2.0 404 Not Found"), 5060, client=False)],
        {
            "sip_stat_code:404; service:sip;": "2",
            "sip_stat_code:4; service:sip;": "2",
            "sip_stat_code:200,404; service:sip;": "2",
            "sip_stat_code:5; service:sip;": "",
            "sip_method:options; service:sip;": "1",
        },
        header="udp any any -> any any",
    ),
    Case(
        "SIP over TCP: messages end where Content-Length says",
        tcp(
            c(sip(b"INVITE sip:a@b SIP/2.0", body=b"abc") + sip(b"OPTIONS sip:b SIP/2.0")),
            s(sip(b"SIP/2.0 180 Ringing", body=b"xy")),
        ),
        {
            'sip_method:invite; sip_body; content:"abc"; bufferlen:3; service:sip;': "5p",
            "sip_method:options; service:sip;": "5p",
            'sip_method:options; sip_body; content:"abc"; service:sip;': "",
            "alert tcp any any -> any any (sip_stat_code:180; service:sip;)": "7p",
        },
    ),
    Case(
        "SIP: the wizard sees the first datagram of a flow only",
        [udp(b"hello"), udp(sip(b"INVITE sip:a@b SIP/2.0"))],
        {"sip_method:invite; service:sip;": "", 'content:"INVITE"; service:sip;': "2", 'content:"INVITE";': "2"},
        header="udp any any -> any 7777",
    ),
    *(
        Case(
            f"SIP: {method.decode()} begins it",
            [udp(sip(method + b" sip:a@b SIP/2.0"))],
            {'sip_header; content:"Via"; service:sip;': "1"},
            header="udp any any -> any any",
        )
        for method in (b"REGISTER", b"CANCEL", b"BYE", b"ACK", b"NOTIFY", b"message")
    ),
]

"""Which service a flow has, and what services and ports mean to a rule."""

from .case import Case
from .talk import OK, answer, get
from .wire import c, s, tcp

CASES = [
    Case(
        "a service stands for its ports",
        tcp(c(get(b"/svc")), s(OK)),
        {
            'alert tcp any any -> any 9 (content:!"zz"; http_uri; content:"/svc"; service:http;)': "",
            'alert tcp any any -> any 9 (http_uri; content:"/svc"; service:http;)': "5p",
            'alert tcp any any -> any 9 (http_uri; content:"/svc";)': "5p",
            'alert http (http_uri; content:"/svc";)': "5p",
            'alert http any any -> any 9 (http_uri; content:"/svc";)': "",
            'content:"GET /svc"; service:smtp;': "4",
            'content:"GET /svc"; service:http;': "4",
            'content:"GET /svc";': "4",
            'http_uri; content:"/svc";': "5p",
            'flow:to_server,established; content:"GET /svc";': "4",
            'flow:to_client; content:"GET /svc";': "",
        },
    ),
    Case(
        "a flow of unknown service is judged by its ports",
        tcp(c(b"\x07\x07unknown talk"), s(b"\x07reply")),
        {
            'alert tcp any any -> any 9 (content:"unknown talk"; service:http;)': "",
            'content:"unknown talk"; service:http;': "4",
            'content:"unknown talk"; service:snmp;': "4",
            'content:"unknown talk";': "4",
            'alert tcp any any -> any any (content:"unknown talk";)': "4",
            'alert ip any any -> any any (content:"unknown talk";)': "4",
        },
    ),
    Case(
        "SSH banners of both sides",
        tcp(s(b"SSH-2.0-Server\r\n"), c(b"SSH-2.0-Client\r\n")),
        {
            'content:"SSH-2.0-Client"; service:ssh;': "7p",
            'alert tcp any 7777 -> any any (content:"SSH-2.0-Server"; service:ssh;)': "4",
        },
    ),
    Case(
        "telnet commands are seen as they were sent",
        tcp(c(b"\xff\xfd\x01login\r\n"), s(b"\xff\xfb\x01ok\r\n")),
        {
            'content:"login"; service:telnet;': "4",
            'content:"|ff fd|"; service:telnet;': "4",
        },
    ),
    *(
        Case(
            f"service:{service} has no inspector, so that ports count",
            tcp(c(b"\1the needle")),
            {
                f'content:"needle"; service:{service};': "4",
                f'alert tcp any any -> any 9 (content:"needle"; service:{service};)': "",
            },
        )
        for service in ("snmp", "irc", "rdp", "mysql", "ldap", "kerberos", "nntp")
    ),
    Case(
        "a flow that is known is not for rules of other services",
        tcp(c(get(b"/one")), s(OK), c(get(b"/two", b"X-A: needle"))),
        {
            'http_header; content:"needle"; service:http;': "9p",
            'http_header; content:"needle"; service:smtp;': "",
            'http_header; content:"needle"; service:smtp,http;': "9p",
            'http_header; content:"needle";': "9p",
        },
    ),
    Case(
        "a rule without a service on a flow that is known keeps its ports",
        tcp(c(get(b"/one")), s(answer(b"the needle"))),
        {
            'alert tcp any 7777 -> any any (pkt_data; content:"needle";)': "7p",
            'alert tcp any 7778 -> any any (pkt_data; content:"needle";)': "",
            'alert tcp any 7778 -> any any (pkt_data; content:"needle"; service:http;)': "7p",
        },
    ),
    Case(
        "a header that names a service keeps its ports",
        tcp(c(get(b"/needle")), s(OK)),
        {
            'alert http (http_uri; content:"/needle";)': "5p",
            'alert http any any -> any 7777 (http_uri; content:"/needle";)': "5p",
            'alert http any any -> any 80 (http_uri; content:"/needle";)': "",
        },
    ),
    Case(
        "http stands for http2 as well, ssl for nothing else",
        tcp(
            c(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"),
            s(b"\0\0\0\4\0\0\0\0\0"),
            c(b"\0\0\x0d\1\5\0\0\0\1\x82\x87\4\7/needle\x01\x01h"),
        ),
        {'http_uri; content:"/needle"; service:http;': "9p", 'http_uri; content:"/needle"; service:ssl;': ""},
    ),
    *(
        Case(f"the wizard knows {name}", tcp(*turns), {f'content:"needle"; service:{service};': found})
        for name, service, turns, found in (
            ("SMTP by EHLO", "smtp", [c(b"EHLO needle\r\n")], "4"),
            ("SMTP by its greeting", "smtp", [s(b"220 x ESMTP\r\n"), c(b"EHLO needle\r\n")], "7p"),
            ("IMAP by its greeting", "imap", [s(b"* OK ready\r\n"), c(b"a LOGIN needle x\r\n")], "7p"),
            ("POP3 by its greeting", "pop3", [s(b"+OK ready\r\n"), c(b"USER needle\r\n")], "7p"),
            ("POP3 by an error", "pop3", [s(b"-ERR busy\r\n"), c(b"USER needle\r\n")], "7p"),
            ("SSH by its banner", "ssh", [s(b"SSH-2.0-x\r\n"), c(b"SSH-2.0-needle\r\n")], "7p"),
            ("FTP by its greeting", "ftp", [s(b"220 ProFTPD\r\n"), c(b"USER needle\r\n")], "7p"),
            ("HTTP in lower case", "http", [c(b"get /needle HTTP/1.1\r\n\r\n")], "4"),
        )
    ),
]

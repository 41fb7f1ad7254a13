"""SMTP, IMAP and POP3, and the files in their mails."""

import base64

from .case import Case
from .wire import Frames, Turn, c, s, tcp


def mail(data: bytes, *more: Turn) -> Frames:
    """A mail on its way in: `data` is packet 14."""
    greeting = [s(b"220 a ESMTP\r\n"), c(b"EHLO b\r\n"), s(b"250 ok\r\n"), c(b"DATA\r\n"), s(b"354 go\r\n")]
    return tcp(*greeting, c(data), *more)


def part(encoding: bytes, data: bytes) -> bytes:
    """A mail with one attachment."""
    head = b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: application/octet-stream\r\n"
    return head + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + data + b"\r\n--B--\r\n.\r\n"


CASES = [
    Case(
        "commands of SMTP lose their blanks, an attachment is a decoded file",
        tcp(
            s(b"220 a ESMTP\r\n"),
            c(b"EHLO b\r\n"),
            s(b"250 ok\r\n"),
            c(b"MAIL   FROM:<a@b>\r\n"),
            s(b"250 ok\r\n"),
            c(b"RCPT TO:<c@d>\r\n"),
            s(b"250 ok\r\n"),
            c(b"DATA\r\n"),
            s(b"354 go\r\n"),
            c(
                b"From: a@forge.example\r\n"
                b"To: b@forge.example\r\n"
                b"Subject: x\r\n"
                b"MIME-Version: 1.0\r\n"
                b'Content-Type: multipart/mixed; boundary="BB"\r\n'
                b"\r\n"
                b"--BB\r\n"
                b'Content-Type: application/octet-stream; name="a.bin"\r\n'
                b"Content-Transfer-Encoding: base64\r\n"
                b'Content-Disposition: attachment; filename="a.bin"\r\n'
                b"\r\n"
                b"YXR0YWNoZWQgbmVlZGxlIGJ5dGVz\r\n"
                b"\r\n"
                b"--BB--\r\n"
                b".\r\n"
            ),
            s(b"250 ok\r\n"),
            c(b"QUIT\r\n"),
            s(b"221 bye\r\n"),
        ),
        {
            'file_data; content:"attached needle"; service:smtp;': "23p",
            'content:"MAIL FROM"; service:smtp;': "11p",
            'content:"MAIL   FROM"; service:smtp;': "",
            'raw_data; content:"MAIL   FROM"; service:smtp;': "",
            'content:"Subject: x"; service:smtp;': "23p",
            'content:"attached needle"; service:smtp;': "",
            'content:"RCPT TO",depth 7; service:smtp;': "15p",
            'alert tcp any 7777 -> any any (content:"354 go"; service:smtp;)': "21p",
        },
    ),
    Case(
        "a mail fetched by POP3 is a decoded file",
        tcp(
            s(b"+OK ready\r\n"),
            c(b"RETR 1\r\n"),
            s(
                b"+OK\r\n"
                b"From: a@forge.example\r\n"
                b"To: b@forge.example\r\n"
                b"Subject: x\r\n"
                b"MIME-Version: 1.0\r\n"
                b'Content-Type: multipart/mixed; boundary="BB"\r\n'
                b"\r\n"
                b"--BB\r\n"
                b'Content-Type: application/octet-stream; name="a.bin"\r\n'
                b"Content-Transfer-Encoding: base64\r\n"
                b'Content-Disposition: attachment; filename="a.bin"\r\n'
                b"\r\n"
                b"cG9wcGVkIG5lZWRsZQ==\r\n"
                b"\r\n"
                b"--BB--\r\n"
                b".\r\n"
            ),
            c(b"QUIT\r\n"),
            s(b"+OK\r\n"),
        ),
        {
            'file_data; content:"popped needle"; service:pop3;': "9p",
            'alert tcp any any -> any 7777 (content:"RETR"; service:pop3;)': "7p",
            'content:"+OK",depth 3; service:pop3;': "4 9p 13p",
        },
        header="tcp any 7777 -> any any",
    ),
    *(
        Case(
            f"SMTP: {name}",
            mail(message),
            {f'file_data; content:"{wanted}"; service:smtp;': "15p"},
        )
        for name, message, wanted in (
            ("base64", part(b"base64", base64.b64encode(b"the needle in a file")), "the needle in a file"),
            ("base64 over several lines", part(b"base64", b"dGhlIG5l\r\nZWRsZQ==\r\n"), "the needle"),
            ("quoted-printable", part(b"quoted-printable", b"the=20need=\r\nle=21"), "the needle!"),
            ("uuencode", part(b"x-uuencode", b"begin 644 f\r\n*=&AE(&YE961L90``\r\n`\r\nend"), "the needle"),
            ("7bit", part(b"7bit", b"the needle"), "the needle"),
            ("8bit", part(b"8bit", b"the n\xe9edle"), "the n|e9|edle"),
            ("the case of names and values does not matter", part(b"BASE64", b"dGhlIG5lZWRsZQ=="), "the needle"),
        )
    ),
    Case(
        "SMTP: a mail in base64 as a whole",
        mail(b"Subject: s\r\nContent-Transfer-Encoding: base64\r\n\r\ndGhlIG5lZWRsZQ==\r\n.\r\n"),
        {'file_data; content:"the needle"; service:smtp;': "15p"},
    ),
    Case(
        "SMTP: every command line is a PDU",
        tcp(
            s(b"220 a ESMTP\r\n"),
            c(b"EHLO b\r\n"),
            s(b"250 ok\r\n"),
            c(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"),
            s(b"250 ok\r\n250 ok\r\n"),
        ),
        {
            'content:"MAIL FROM",depth 9; service:smtp;': "11p",
            'content:"RCPT TO",depth 7; service:smtp;': "11p",
            'content:"MAIL"; content:"RCPT",distance 0; service:smtp;': "",
        },
    ),
    Case(
        "SMTP: it is known by what the client says",
        tcp(c(b"HELO needle\r\n"), s(b"250 ok\r\n"), c(b"VRFY needle\r\n")),
        {'content:"VRFY"; service:smtp;': "9p"},
    ),
    Case(
        "SMTP: a header folded over two lines",
        mail(
            b"Content-Type: multipart/mixed;\r\n boundary=B\r\n\r\n--B\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\ndGhlIG5lZWRsZQ==\r\n--B--\r\n.\r\n"
        ),
        {'file_data; content:"the needle"; service:smtp;': "15p"},
    ),
    Case(
        "SMTP: two attachments are two files",
        mail(
            b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Transfer-Encoding: base64\r\n\r\nZmlyc3Q=\r\n"
            b"--B\r\nContent-Transfer-Encoding: base64\r\n\r\nc2Vjb25k\r\n--B--\r\n.\r\n"
        ),
        {
            'file_data; content:"first"; service:smtp;': "15p",
            'file_data; content:"second"; service:smtp;': "15p",
            'file_data; content:"first"; content:"second",distance 0; service:smtp;': "",
        },
    ),
    Case(
        "SMTP: what comes behind the mail are commands again",
        mail(part(b"7bit", b"text"), c(b"VRFY   needle\r\n")),
        {'content:"VRFY needle"; service:smtp;': "17p"},
    ),
    Case(
        "IMAP: lines of the client, the server's by line or by mail",
        tcp(
            s(b"* OK IMAP ready\r\n"),
            c(b"a1 LOGIN needle pass\r\n"),
            s(b"a1 OK done\r\n"),
            c(b"a2 FETCH 1 BODY[]\r\n"),
            s(
                b"* 1 FETCH (BODY[] {68}\r\n"
                b"Content-Transfer-Encoding: base64\r\nX-A: b\r\n\r\ndGhlIG5lZWRsZQ==\r\n\r\n)\r\na2 OK done\r\n"
            ),
        ),
        {
            'content:"LOGIN needle"; service:imap;': "7p",
            'alert tcp any 7777 -> any any (content:"a1 OK"; service:imap;)': "9p",
            'alert tcp any 7777 -> any any (file_data; content:"the needle"; service:imap;)': "13p",
        },
    ),
    Case(
        "POP3: lines of both sides",
        tcp(s(b"+OK ready\r\n"), c(b"USER needle\r\n"), s(b"+OK\r\n"), c(b"PASS secret\r\n"), s(b"-ERR no\r\n")),
        {
            'content:"USER needle"; service:pop3;': "7p",
            'content:"PASS",depth 4; service:pop3;': "11p",
            'alert tcp any 7777 -> any any (content:"-ERR"; service:pop3;)': "13p",
        },
    ),
]

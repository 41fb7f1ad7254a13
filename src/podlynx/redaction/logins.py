"""Secrets of log-ins by lines: FTP (RFC 959, 4.1.1), POP3 (RFC 1939, 7; RFC 5034), IMAP (RFC 9051, 6.2), SMTP (RFC 4954)."""

import re
from collections.abc import Iterator
from typing import Final

Range = tuple[int, int]

HTTP: Final = frozenset({"http", "http2"})
"""Whose bodies are anybody's text: a line there that begins with `PASS` is none of a log-in."""
MAIL: Final = frozenset({"smtp", "imap", "pop3"})
"""Where a line that is nothing but base64 answers a challenge (RFC 4422, 3.5)."""
_LINE: Final = rb"(?: ^ | (?<=[\r\n]) ) [\x20\t]*"
_MECHANISM: Final = rb"""(?: PLAIN | LOGIN | CRAM-MD5 | DIGEST-MD5 | XOAUTH2 | OAUTHBEARER | SCRAM-[A-Z0-9-]{1,20} | GSSAPI | NTLM
    | GS2-KRB5 | EXTERNAL | ANONYMOUS | TLS | SSL ) (?= \s | \Z )"""
_COMMAND: Final = rb"(?: QUIT | RSET | NOOP | DATA | HELO | EHLO | STLS | CAPA | LIST | STAT ) (?= \s | \Z )"
_LOGIN: Final = re.compile(
    _LINE
    + rb"""(?: (?:PASS|ACCT) [\x20\t]+ (?P<word>[^\r\n]+)
             | APOP [\x20\t]+ [^\s]+ [\x20\t]+ (?P<digest>[^\r\n]+)
             | (?:[A-Z0-9.]{1,32}[\x20\t]+)?? AUTH(?:ENTICATE)? [\x20\t]+ """
    + _MECHANISM
    + rb"""(?:[\x20\t]+ (?P<initial>[^\r\n]+))?
               (?P<answers> (?: \r?\n (?! """
    + _COMMAND
    + rb""") [A-Za-z0-9+/]{2,2048}={0,2} (?= \r?\n | \Z ) ){0,3} )
             | [A-Z0-9.]{1,32} [\x20\t]+ LOGIN [\x20\t]+ (?P<login>[^\r\n]+ (?: (?<=\}) \r?\n [^\r\n]* ){0,4} )
             | AUTH [\x20\t]+ (?P<key>[^\r\n]+) )""",
    re.I | re.X,
)
_ANSWER: Final = re.compile(rb"(?! " + _COMMAND + rb") [A-Za-z0-9+/]{3,2048}={0,2} (?= \r?\n?\Z )", re.X)


def logins_of(data: bytes) -> Iterator[Range]:
    """What log-ins say behind their command, and the lines of base64 that follow one."""
    for found in _LOGIN.finditer(data):
        yield from (found.span(name) for name in _LOGIN.groupindex if found[name])


def answer_of(data: bytes) -> Range | None:
    """A packet that is one line of base64 and nothing else: to a server of mail an answer to its challenge."""
    found = _ANSWER.match(data)
    return found.span() if found else None

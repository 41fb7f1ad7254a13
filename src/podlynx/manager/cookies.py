"""The cookies that we set (RFC 6265bis), and how they are found again.

Where browsers come by https the name begins with `__Host-`: no other host of the domain, no page without TLS, can have set it.
At loopback (`podlynx open`) there is no TLS between browser and door, and browsers would refuse that name. A session with a long
token does not fit one cookie (4,096 bytes); it is cut, and the first piece says into how many.
"""

from typing import Final

from litestar.datastructures import Cookie

from podlynx.manager.errors import ApiError, ErrorDetail
from podlynx.manager.settings import Settings

_PIECE: Final = 3_800
MAX_PIECES: Final = 4
"""Further pieces are not set: whoever's session is that long cannot log in by the page, and is told so."""
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def cookie_name(settings: Settings, host: str) -> str:
    """What the session's cookie is called to browsers that know us by this host name (without a port)."""
    prefix = "__Host-" if settings.cookie_secure and host not in LOOPBACK else ""
    return prefix + settings.cookie_name


def session_cookies(settings: Settings, host: str, secret: str) -> list[Cookie]:
    """Sets the session; without a secret, forgets it. Raises ApiError 400 where it does not fit."""
    name = cookie_name(settings, host)
    if not secret:
        return [_cookie(settings, piece, "", 0) for piece in _names(name, MAX_PIECES)]
    pieces = [secret[start : start + _PIECE] for start in range(0, len(secret), _PIECE)]
    if len(pieces) > MAX_PIECES:
        hint = "Log in with a shorter token, or as somebody with fewer groups."
        raise ApiError(400, ErrorDetail("session_too_long", "This log-in does not fit into the browser's cookies.", hint))
    pieces[0] = f"{len(pieces)}.{pieces[0]}"
    life = int(settings.session_seconds)
    return [_cookie(settings, piece, value, life) for piece, value in zip(_names(name, len(pieces)), pieces, strict=True)]


def session_secret(settings: Settings, host: str, header: str) -> str | None:
    """The session's secret of a `Cookie` header; None where it has none, or not all of it."""
    sent = _sent(header)
    name = cookie_name(settings, host)
    count, dot, first = sent.get(name, "").partition(".")
    if not dot or not count.isascii() or not count.isdigit() or not 1 <= int(count) <= MAX_PIECES:
        return None
    rest = [sent.get(piece, "") for piece in _names(name, int(count))[1:]]
    return first + "".join(rest) if all(rest) else None


def passing_cookie(settings: Settings, host: str, name: str, value: str, seconds: int) -> Cookie:
    """A cookie that comes along when another site sends the browser back to us; without a value it is forgotten."""
    full = f"{cookie_name(settings, host)}_{name}"
    return _cookie(settings, full, value, seconds if value else 0, same_site="lax")


def passing_value(settings: Settings, host: str, name: str, header: str) -> str:
    """What a `passing_cookie` holds; "" where there is none."""
    return _sent(header).get(f"{cookie_name(settings, host)}_{name}", "")


def _names(name: str, count: int) -> list[str]:
    return [name, *(f"{name}.{number}" for number in range(1, count))]


def _sent(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs}


def _cookie(settings: Settings, name: str, value: str, life: int, same_site: str = "strict") -> Cookie:
    return Cookie(
        key=name,
        value=value,
        path="/",
        httponly=True,
        samesite="lax" if same_site == "lax" else "strict",
        secure=settings.cookie_secure,
        max_age=life,
    )

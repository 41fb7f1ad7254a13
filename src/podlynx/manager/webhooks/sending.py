"""One message over HTTP: guarded, verified, without redirects, with limits on everything that comes back."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import anyio
import httpcore2

from podlynx.manager.webhooks.guard import Guard, GuardedBackend, NotAllowed

SECONDS: Final = 15.0
"""How long one message may take."""
MAX_ANSWER: Final = 2_048
"""Bytes of an answer that are read."""
MAX_RETRY_AFTER: Final = 600.0
_FINAL: Final = frozenset({400, 405, 406, 411, 413, 414, 415, 422, 431})
"""The message itself is not taken: it would not be later."""
_REDIRECTS: Final = range(300, 400)


class BadTarget(ValueError):
    """A URL, header or certificate that cannot be used."""


@dataclass(frozen=True)
class Target:
    """Where a webhook posts, and with what. `headers` may hold secrets: nothing of them is shown."""

    url: str
    headers: Mapping[str, str]
    ca: str = ""

    def __repr__(self) -> str:
        return f"Target({self.host!r})"

    @property
    def host(self) -> str:
        """What may be said of it: a path or query may be a secret."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True)
class Answer:
    """What became of a message. `final`: the same message would not be taken later either."""

    taken: bool
    status: int | None = None
    message: str = ""
    final: bool = False
    retry_after: float = 0.0


def check_url(url: str) -> None:
    """Raises BadTarget with what is wrong, without the URL itself."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadTarget("url: it cannot be read as a URL") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadTarget("url: it has to begin with https:// (or http://) and a host")
    if parts.username or parts.password:
        raise BadTarget("url: no user and password inside; use headers from a Secret")
    if port == 0 or any(ord(each) <= 32 or ord(each) > 126 for each in url):
        raise BadTarget("url: it holds characters, or a port, that no URL has")


class Sender:
    """Sends for every webhook of the manager."""

    def __init__(self, guard: Guard) -> None:
        self._backend = GuardedBackend(guard)

    async def post(self, target: Target, body: bytes) -> Answer:
        """One attempt. Raises nothing: whatever goes wrong is the answer."""
        try:
            context = self._context(target)
            with anyio.fail_after(SECONDS):
                return await self._post(target, body, context)
        except TimeoutError:
            return Answer(taken=False, message=f"{target.host} did not answer within {SECONDS:.0f} s")
        except NotAllowed as error:
            return Answer(taken=False, message=str(error))
        except BadTarget as error:
            return Answer(taken=False, message=str(error))
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError) as error:
            return Answer(taken=False, message=f"{target.host}: {_cause(error)}")

    async def _post(self, target: Target, body: bytes, context: ssl.SSLContext) -> Answer:
        headers = {
            "Host": urlsplit(target.url).netloc,
            "User-Agent": "podlynx",
            "Content-Type": "application/json",
            **target.headers,
        }
        headers["Content-Length"] = str(len(body))
        async with (
            httpcore2.AsyncConnectionPool(ssl_context=context, network_backend=self._backend, max_connections=1) as pool,
            pool.stream(
                "POST",
                target.url,
                headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
                content=body,
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)},
            ) as answer,
        ):
            return _answer(target, answer.status, dict(answer.headers), await _beginning(answer))

    @staticmethod
    def _context(target: Target) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cadata=target.ca or None)
        except (ssl.SSLError, OSError, ValueError) as error:
            raise BadTarget(f"ca: the certificates cannot be read ({type(error).__name__})") from error


async def _beginning(answer: httpcore2.Response) -> str:
    body = bytearray()
    async for piece in answer.aiter_stream():
        body += piece
        if len(body) >= MAX_ANSWER:
            break
    return " ".join(bytes(body[:MAX_ANSWER]).decode(errors="replace").split())


def _answer(target: Target, status: int, headers: Mapping[bytes, bytes], said: str) -> Answer:
    if 200 <= status < 300:
        return Answer(taken=True, status=status)
    if status in _REDIRECTS:
        return Answer(
            taken=False, status=status, message=f"{target.host} redirects ({status}), which is not followed: name where it leads"
        )
    message = f"{target.host} answers {status}" + (f": {said[:200]}" if said else "")
    wait = headers.get(b"retry-after") or headers.get(b"Retry-After") or b""
    return Answer(
        taken=False, status=status, message=message, final=status in _FINAL, retry_after=_seconds(wait.decode("latin-1"))
    )


def _seconds(text: str) -> float:
    """Retry-After (RFC 9110, section 10.2.3), capped; 0 where there is none."""
    if text.isdigit():
        return min(float(text[:9]), MAX_RETRY_AFTER)
    try:
        return min(max((parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds(), 0.0), MAX_RETRY_AFTER)
    except (ValueError, TypeError):
        return 0.0


def _cause(error: Exception) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0][:200]

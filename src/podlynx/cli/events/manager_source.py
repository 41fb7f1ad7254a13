"""Events of a manager, over its API, with the rights of the token."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx2
import msgspec

from podlynx.cli.events.asking import wrong_query
from podlynx.cli.events.server_events import Frame, FrameTooLarge, frames
from podlynx.cli.events.source import Asked, Swept
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.terminal import complain
from podlynx.expressions.errors import ExpressionError, Span
from podlynx.models.alert import AlertDetail, AlertPage
from podlynx.models.counts import Counts
from podlynx.models.event import EventDocument
from podlynx.models.selftest import SelftestResult
from podlynx.models.webhook_report import WebhookStates, WebhookTest
from podlynx.outputs.exports import ExportFormat

T = TypeVar("T")
Connect = Callable[[], AbstractAsyncContextManager[httpx2.AsyncClient]]
"""Opens a way to the manager: a client that knows its address and carries the token. Raises CommandError."""

SILENCE_SECONDS: Final = 35.0
"""A stream says something every ten seconds; one that is silent for so long is gone."""
AGAIN_SECONDS: Final = (1.0, 2.0, 5.0, 10.0)
"""Between attempts to reach it again; the last one then always."""
_MAX_ERROR: Final = 64 * 1024


class _Detail(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""
    hint: str = ""
    span: tuple[int, int] | None = None


class _Error(msgspec.Struct, frozen=True):
    error: _Detail


class _BrokeOff(Exception):
    """A stream that can be taken up again."""


class ManagerSource:
    """`http` is one way that is open already; `connect` opens further ones, for streams that were lost."""

    def __init__(self, http: httpx2.AsyncClient, connect: Connect) -> None:
        self._http = http
        self._connect = connect

    async def page(self, asked: Asked, *, grouped: bool, limit: int, cursor: str | None) -> AlertPage:
        """One page."""
        more = {"cursor": cursor} if cursor else {}
        parameters = {**_parameters(asked), "group": str(grouped).lower(), "limit": limit, **more}
        return await self._get("/api/v1/alerts", AlertPage, parameters, asked.query)

    async def event(self, identifier: str) -> AlertDetail | None:
        """One event."""
        answer = await self._request("GET", f"/api/v1/alerts/{quote(identifier, safe='')}")
        if answer.status_code == httpx2.codes.NOT_FOUND:
            return None
        return _decoded(_checked(answer), AlertDetail)

    async def count(self, asked: Asked) -> Counts:
        """How many match."""
        return await self._get("/api/v1/events/statistics", Counts, _parameters(asked), asked.query)

    async def mark(self, identifier: str, *, dismissed: bool) -> bool:
        """Dismisses or restores."""
        verb = "dismiss" if dismissed else "restore"
        answer = await self._request("POST", f"/api/v1/alerts/{quote(identifier, safe='')}/{verb}")
        if answer.status_code == httpx2.codes.NOT_FOUND:
            return False
        _checked(answer)
        return True

    async def sweep(self, asked: Asked) -> Swept:
        """Dismisses what matches."""
        body = {"query": asked.query, "severity_min": asked.severity_min}
        answer = await self._request("POST", "/api/v1/events/dismiss", json=body)
        return _decoded(_checked(answer, asked.query), Swept)

    async def selftest(self, node: str) -> SelftestResult:
        """Runs a self-test of a node to its end."""
        return _decoded(_checked(await self._request("POST", "/api/v1/selftest", json={"node": node})), SelftestResult)

    async def webhooks(self) -> WebhookStates:
        """How every webhook fares."""
        return _decoded(_checked(await self._request("GET", "/api/v1/webhooks")), WebhookStates)

    async def test_webhook(self, name: str) -> WebhookTest:
        """Has a sample alert sent."""
        return _decoded(_checked(await self._request("POST", f"/api/v1/webhooks/{quote(name, safe='')}/test")), WebhookTest)

    async def export(self, asked: Asked, file_format: ExportFormat) -> AsyncIterator[bytes]:
        """The file. Raises CommandError where it breaks off: what came then is not the whole."""
        parameters = {**_parameters(asked), "format": file_format}
        with _network():
            async with self._http.stream("GET", "/api/v1/events/export", params=parameters, timeout=None) as answer:
                if answer.status_code != httpx2.codes.OK:
                    await answer.aread()
                    _checked(answer, asked.query)
                async for piece in answer.aiter_bytes():
                    yield piece

    async def follow(self, asked: Asked, after: int) -> AsyncIterator[EventDocument]:
        """Goes on behind the last event that came, over whatever happens to the connection."""
        cursor, failures, told = str(after), 0, False
        while True:
            try:
                async for frame in self._stream(asked, cursor):
                    failures, told = 0, False
                    cursor = frame.id or cursor
                    if frame.kind == "event":
                        yield _decode(frame.data, EventDocument)
                    elif frame.kind == "reload":
                        complain("the manager's events are others than before; going on with those", word="warning")
            except _BrokeOff as broken:
                if not told:
                    complain(f"the stream broke off ({broken}); trying again", word="warning")
                told = True
            pause = AGAIN_SECONDS[min(failures, len(AGAIN_SECONDS) - 1)]
            failures += 1
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 so that not all come back at once

    async def _stream(self, asked: Asked, cursor: str) -> AsyncIterator[Frame]:
        parameters = _parameters(asked)
        del parameters["dismissed"]  # what comes is told either way
        timeout = httpx2.Timeout(SILENCE_SECONDS)
        try:
            async with self._connect() as http:
                sent = http.stream(
                    "GET", "/api/v1/events/stream", params=parameters, headers={"Last-Event-ID": cursor}, timeout=timeout
                )
                async with sent as answer:
                    if answer.status_code != httpx2.codes.OK:
                        await answer.aread()
                        _checked(answer, asked.query)
                    async for frame in frames(answer.aiter_bytes()):
                        yield frame
        except (httpx2.HTTPError, ssl.SSLError, OSError, FrameTooLarge) as error:
            raise _BrokeOff(_reason(error)) from error
        except CommandError as error:
            if error.code is Exit.NETWORK:
                raise _BrokeOff(str(error)) from error
            raise

    async def _get(self, path: str, kind: type[T], parameters: dict[str, Any], query: str) -> T:
        return _decoded(_checked(await self._request("GET", path, params=parameters), query), kind)

    async def _request(self, method: str, path: str, **sent: Any) -> httpx2.Response:
        with _network():
            return await self._http.request(method, path, **sent)


class _network:  # noqa: N801 reads as a statement
    """Turns what the way raises into one sentence."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, httpx2.HTTPError | httpx2.InvalidURL | ssl.SSLError):
            mend = "is the manager up, and is this its address? Its log says more"
            raise CommandError(Exit.NETWORK, f"the manager could not be asked: {_reason(error)}", mend) from error


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _parameters(asked: Asked) -> dict[str, Any]:
    return {
        "query": asked.query,
        "severity_min": asked.severity_min,
        "dismissed": str(asked.dismissed).lower(),
        "show_excepted": str(asked.show_excepted).lower(),
    }


def _checked(answer: httpx2.Response, query: str = "") -> httpx2.Response:
    """The answer, where it is none of an error."""
    if answer.is_success:
        return answer
    detail = _Detail()
    with suppress(msgspec.MsgspecError):
        detail = msgspec.json.decode(answer.content[:_MAX_ERROR], type=_Error).error
    if detail.span and query:
        raise wrong_query(ExpressionError(detail.code, detail.message, query, Span(*detail.span), detail.hint))
    message = detail.message or f"the manager answered {answer.status_code}"
    raise CommandError(_EXITS.get(answer.status_code, Exit.NETWORK), message, detail.hint)


_EXITS: Final[dict[int, Exit]] = {
    httpx2.codes.BAD_REQUEST: Exit.USAGE,
    httpx2.codes.UNAUTHORIZED: Exit.NO_PRIVILEGE,
    httpx2.codes.FORBIDDEN: Exit.NO_PRIVILEGE,
    httpx2.codes.NOT_FOUND: Exit.PROBLEM,
}


def _decoded(answer: httpx2.Response, kind: type[T]) -> T:
    return _decode(answer.content, kind)


def _decode(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as error:
        mend = "is this a manager of Podlynx, of the same version? `podlynx version` tells yours"
        raise CommandError(Exit.UNREADABLE, f"the manager's answer makes no sense: {error}", mend) from error


@asynccontextmanager
async def connected(connect: Connect) -> AsyncIterator[ManagerSource]:
    """The events of a manager."""
    async with connect() as http:
        yield ManagerSource(http, connect)

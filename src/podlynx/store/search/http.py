"""One search engine over HTTP: TLS, authentication, retries with back-off and jitter, and its failures in our words."""

import asyncio
import random
import ssl
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Any, Final

import httpx2
import msgspec

from podlynx.store.errors import QueryTooSlow, StoreBusy, StoreError, StoreUnusable
from podlynx.store.search.address import Engine
from podlynx.tls import TrustingClient

WRITE_SECONDS: Final = 30.0
"""How long a write is tried again; then the caller is told to send it again."""
READ_SECONDS: Final = 10.0
"""How long one search may take."""
MAX_ANSWER: Final = 256 * 1024 * 1024
"""Bytes of one answer."""
RETRIED: Final = frozenset({429, 502, 503, 504})
"""The engine is busy, or something in front of it cannot reach it: worth another try."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_JSON: Final = {"Content-Type": "application/json"}
_LINES: Final = {"Content-Type": "application/x-ndjson"}


class Refused(StoreError):
    """The engine answered with an error that another try does not mend."""

    code = "store_refused"

    def __init__(self, status: int, kind: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
        self.kind = kind


def pause(attempt: int) -> float:
    """Seconds before the next try (from 0): twice as long each time, half of it by chance, so that many do not come at once."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * float(2**attempt)) * random.uniform(0.5, 1.0)  # noqa: S311 no secret


class Http:
    """Requests to one engine, from one event loop."""

    def __init__(self, engine: Engine, *, write_seconds: float = WRITE_SECONDS, read_seconds: float = READ_SECONDS) -> None:
        self.engine = engine
        self.write_seconds = write_seconds
        self.read_seconds = read_seconds
        self.retried = 0
        """Requests, and documents of bulks, that were sent again."""
        self.timed_out = 0
        self._tls = TrustingClient(engine.ca, _connected)

    async def json(self, method: str, path: str, body: Any = None, *, missing: Any = None) -> Any:
        """A request that may be repeated safely; its answer. `missing` is answered for 404, unless it is None."""
        content = None if body is None else msgspec.json.encode(body)
        return await self._until_answered(method, path, content, _JSON, missing, self.write_seconds)

    async def search(self, path: str, body: Any) -> Any:
        """A search, ended by `QueryTooSlow` past its time."""
        content = msgspec.json.encode({"timeout": f"{int(self.read_seconds * 1000)}ms", **body})
        return _whole(await self._timed(path, content, _JSON))

    async def searches(self, index: str, bodies: Iterable[Any]) -> list[Any]:
        """Several searches over one index at once."""
        head = msgspec.json.encode({"index": index, "ignore_unavailable": True})
        lines = [line for body in bodies for line in (head, msgspec.json.encode(body))]
        found = await self._timed("/_msearch", b"\n".join(lines) + b"\n", _LINES)
        return [_whole(each) for each in found["responses"]]

    async def once(self, method: str, path: str, content: bytes, seconds: float) -> tuple[int, Any]:
        """One try: (status, answer); raises TimeoutError or OSError where there was none."""
        try:
            answer = await self._send(method, path, content, _LINES if "_bulk" in path else _JSON, seconds)
        except httpx2.TimeoutException as error:
            raise TimeoutError from error
        except (httpx2.HTTPError, ssl.SSLError) as error:
            raise OSError(str(error) or type(error).__name__) from error
        return answer.status_code, _decoded(answer)

    async def _timed(self, path: str, content: bytes, headers: dict[str, str]) -> Any:
        try:
            return await self._until_answered("POST", path, content, headers, None, self.read_seconds)
        except TimeoutError:
            self.timed_out += 1
            hint = "Ask for less: a shorter time, a rule, or an address."
            raise QueryTooSlow(f"The search took longer than {self.read_seconds:g} s and was ended.", hint) from None

    async def _until_answered(  # noqa: PLR0917 one door for all
        self, method: str, path: str, content: bytes | None, headers: dict[str, str], missing: Any, seconds: float
    ) -> Any:
        deadline = asyncio.get_running_loop().time() + seconds
        attempt = 0
        while True:
            left = deadline - asyncio.get_running_loop().time()
            try:
                answer = await self._send(method, path, content, headers, max(left, 0.05))
                if answer.status_code not in RETRIED:
                    return self._taken(answer, missing)
                said: Exception = self._busy(answer)
            except httpx2.TimeoutException as error:
                if path.endswith("_search"):
                    raise TimeoutError from error
                said = self._unreachable(error)
            except (httpx2.HTTPError, ssl.SSLError) as error:
                said = self._unreachable(error)
            wait = pause(attempt)
            if asyncio.get_running_loop().time() + wait >= deadline:
                raise said
            self.retried += 1
            attempt += 1
            await asyncio.sleep(wait)

    def _taken(self, answer: httpx2.Response, missing: Any) -> Any:
        if answer.status_code == 404 and missing is not None:
            return missing
        if answer.is_success:
            return _decoded(answer) if answer.content else {}
        raise self._refused(answer)

    def _refused(self, answer: httpx2.Response) -> StoreError:
        kind, reason = _reason(answer)
        said = (
            f"The search engine {self.engine.url} refused ({answer.status_code} {kind or answer.reason_phrase}): {reason[:300]}"
        )
        hints = {
            401: "Check PODLYNX_STORE_USERNAME, PODLYNX_STORE_PASSWORD_FILE or PODLYNX_STORE_API_KEY_FILE.",
            403: f"Its user needs to read, write and manage indices {self.engine.index}* and podlynx-*.",
        }
        return Refused(answer.status_code, kind, said, hints.get(answer.status_code, ""))

    def _busy(self, answer: httpx2.Response) -> StoreError:
        said = f"The search engine {self.engine.url} is busy ({answer.status_code})."
        return StoreBusy(said, "Send again in a second; if it stays so, it needs more room.")

    def _unreachable(self, error: Exception) -> StoreError:
        said = f"The search engine {self.engine.url} cannot be reached ({str(error) or type(error).__name__})."
        return StoreError(said, "Is it running, the address right, its certificate signed by PODLYNX_STORE_CA?")

    async def _send(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str], seconds: float
    ) -> httpx2.Response:
        said = {**(headers if content is not None else {}), **self._authorization()}
        async with AsyncExitStack() as stack:
            try:
                http = await stack.enter_async_context(self._tls.use())
            except OSError as error:
                message = f"The certificate authority {self.engine.ca} cannot be read ({error.strerror or error})."
                raise StoreUnusable(message, "Give a PEM file in PODLYNX_STORE_CA.") from error
            return await http.request(method, self.engine.url + path, content=content, headers=said, timeout=seconds)

    def _authorization(self) -> dict[str, str]:
        engine = self.engine
        try:
            key = engine.api_key_file.read_text().strip() if engine.api_key_file else engine.api_key
            password = engine.password_file.read_text().strip() if engine.password_file else engine.password
        except (OSError, UnicodeDecodeError) as error:
            raise StoreUnusable(f"A secret of the search engine cannot be read ({error}).", "Is the Secret mounted?") from error
        if key:
            return {"Authorization": f"ApiKey {key}"}
        if engine.username:
            request = httpx2.Request("GET", engine.url)
            flow = httpx2.BasicAuth(engine.username, password).auth_flow(request)
            return {"Authorization": next(flow).headers["Authorization"]}
        return {}

    async def close(self) -> None:
        """Ends every connection."""
        await self._tls.close()


def _connected(context: ssl.SSLContext) -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=16, max_keepalive_connections=8)
    transport = httpx2.AsyncHTTPTransport(verify=context, trust_env=False, limits=limits)
    return httpx2.AsyncClient(transport=transport, headers={"User-Agent": "podlynx-manager"})


def _decoded(answer: httpx2.Response) -> Any:
    try:
        return msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        return {"error": {"type": "no_json", "reason": answer.text[:300]}}


def _reason(answer: httpx2.Response) -> tuple[str, str]:
    body = _decoded(answer)
    return reason_of(body.get("error") if isinstance(body, dict) else None)


def reason_of(error: Any) -> tuple[str, str]:
    """(type, reason) of an engine's error, the innermost cause with it."""
    if not isinstance(error, dict):
        return "", str(error or "")
    causes = error.get("root_cause") or [error]
    reason = str(causes[0].get("reason") or error.get("reason") or "")
    inner = error.get("caused_by") or {}
    if inner.get("reason"):
        reason = f"{reason}: {inner['reason']}"
    return str(error.get("type", "")), reason


def _whole(found: Any) -> Any:
    """The answer of a search. Raises where the engine failed, or answered of a part only."""
    if "error" in found:
        kind, reason = reason_of(found["error"])
        if kind == "index_not_found_exception":
            return {"hits": {"hits": [], "total": {"value": 0}}, "aggregations": {}}
        raise Refused(int(found.get("status", 500)), kind, f"The search engine could not search ({kind}): {reason[:300]}")
    if found.get("timed_out"):
        raise QueryTooSlow("The search took too long and was ended.", "Ask for less: a shorter time, a rule, or an address.")
    if found.get("_shards", {}).get("failed"):
        failures = found["_shards"].get("failures") or [{}]
        _, reason = reason_of(failures[0].get("reason"))
        raise StoreError(f"A part of the events cannot be searched now: {reason[:300]}", "Is every index of the engine green?")
    return found

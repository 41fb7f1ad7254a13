"""The way to the manager: HTTPS with our own certificate authority and the sensor's token, both read as they are now."""

import ssl
from pathlib import Path
from typing import Final, TypeVar

import httpx2
import msgspec

from podlynx.models.sensor_report import HeartbeatAnswer, SensorReport
from podlynx.sensor.node.bundle import BUNDLE_BYTES
from podlynx.sensor.spool.shipping import BatchRefused, Encoding, EncodingUnknown, IngestAnswer, ManagerUnavailable
from podlynx.tls import TrustingClient

TIMEOUT: Final = 30.0
"""Seconds for a request; taking events in may wait for the manager's disk, and what is sent again only adds to its work."""
CONNECT_TIMEOUT: Final = 5.0
_MAX_RETRY_AFTER: Final = 60.0
_REFUSED: Final = frozenset({400, 413, 422})

T = TypeVar("T")


class _Error(msgspec.Struct, frozen=True):
    code: str = ""


class _Refusal(msgspec.Struct, frozen=True):
    """The manager's answer to what it does not want."""

    error: _Error = _Error()


class ManagerDoor:
    """Requests to one manager. Methods raise ManagerUnavailable where it does not answer or does not want to."""

    def __init__(self, url: str, node: str, *, token: Path, authority: Path | None = None) -> None:
        """`token`: file of the bearer token; `authority`: certificates (PEM) that the manager's must be signed by."""
        self._url, self._node, self._token = url.rstrip("/"), node, token
        self._tls = TrustingClient(authority if self._url.startswith("https:") else None, _connected)

    def moved(self, url: str) -> None:
        """The manager is at another address from now on."""
        self._url = url.rstrip("/")

    async def close(self) -> None:
        """No more requests."""
        await self._tls.close()

    async def events(self, body: bytes, encoding: Encoding) -> IngestAnswer:
        """Hand JSON lines over. Raises BatchRefused and EncodingUnknown too."""
        headers = {"Content-Type": "application/x-ndjson", **({"Content-Encoding": encoding} if encoding else {})}
        answer = await self._request("POST", "/api/v1/events", body, headers)
        if encoding == "zstd" and answer.status_code == 400 and _code(answer) == "bad_encoding":
            raise EncodingUnknown(_said(answer))
        if answer.status_code in _REFUSED or _of_another_node(answer):
            raise BatchRefused(_said(answer), in_part=answer.status_code in (403, 413))
        return _decoded(_accepted(answer), IngestAnswer)

    async def heartbeat(self, report: SensorReport) -> HeartbeatAnswer:
        """Tell how it stands."""
        path = f"/api/v1/sensors/{self._node}/heartbeat"
        answer = await self._request("POST", path, msgspec.json.encode(report), {"Content-Type": "application/json"})
        return _decoded(_accepted(answer), HeartbeatAnswer)

    async def rules(self, version: str) -> bytes:
        """The packed bundle of that version, not looked at yet."""
        answer = _accepted(await self._request("GET", f"/api/v1/rules/{version}"))
        if len(answer.content) > BUNDLE_BYTES:
            raise ManagerUnavailable(f"the rules have {len(answer.content)} bytes; at most {BUNDLE_BYTES} are taken")
        return answer.content

    async def _request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        try:
            token = self._token.read_text().strip()
            said = {**(headers or {}), "Authorization": f"Bearer {token}"}
            async with self._tls.use() as http:
                return await http.request(method, self._url + path, content=body, headers=said)
        except OSError as error:  # token or certificates: the kubelet has not mounted them yet, say
            raise ManagerUnavailable(f"{error.filename or 'credentials'}: {error.strerror or error}") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise ManagerUnavailable(f"{self._url}: {str(error) or type(error).__name__}") from error


def _connected(context: ssl.SSLContext) -> httpx2.AsyncClient:
    # No proxy of the environment stands between two processes of the cluster.
    transport = httpx2.AsyncHTTPTransport(verify=context, trust_env=False)
    timeout = httpx2.Timeout(TIMEOUT, connect=CONNECT_TIMEOUT)
    return httpx2.AsyncClient(transport=transport, timeout=timeout, headers={"User-Agent": "podlynx-sensor"})


def _accepted(answer: httpx2.Response) -> httpx2.Response:
    if answer.status_code == 200:
        return answer
    raise ManagerUnavailable(_said(answer), _retry_after(answer))


def _of_another_node(answer: httpx2.Response) -> bool:
    """Some event is not of this token's node. Any other 403 is one that somebody may yet mend."""
    return answer.status_code == 403 and _code(answer) == "wrong_node"


def _code(answer: httpx2.Response) -> str:
    """What the manager calls its refusal; "" where it is none of its own."""
    try:
        return msgspec.json.decode(answer.content, type=_Refusal).error.code
    except msgspec.DecodeError:
        return ""


def _said(answer: httpx2.Response) -> str:
    return f"HTTP {answer.status_code}: {answer.text[:200].strip()}"


def _retry_after(answer: httpx2.Response) -> float:
    """Seconds of `Retry-After` (RFC 9110, 10.2.3); a date is not understood and is as good as none."""
    try:
        return min(max(float(answer.headers.get("Retry-After", "0")), 0.0), _MAX_RETRY_AFTER)
    except ValueError:
        return 0.0


def _decoded(answer: httpx2.Response, of: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=of)
    except msgspec.DecodeError as error:
        raise ManagerUnavailable(f"the manager's answer is none: {error}") from error

"""Asks the manager once a second what its sensors report (`GET /api/v1/sensors`), and how its webhooks fare."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar

import httpx2
import msgspec
import structlog

from podlynx.models.sensor_report import SensorStates
from podlynx.models.webhook_report import WebhookStates
from podlynx.operator.settings import Settings
from podlynx.operator.status import Reports

_LOG = structlog.get_logger("podlynx.operator")
EVERY_SECONDS: Final = 1.0
TIMEOUT_SECONDS: Final = 3.0
MAX_ANSWER: Final = 64 << 20
"""Bytes of the manager's answer: thousands of nodes."""
_SENSORS: Final = "/api/v1/sensors?monitors=false"
_WEBHOOKS: Final = "/api/v1/webhooks"

T = TypeVar("T")


class ManagerReports:
    """The last answer, and how old it is. One task polls; everything else reads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http: httpx2.AsyncClient | None = None
        self._authorities = b""
        self._since = monotonic()
        self._heard: float | None = None
        self._why = ""
        self.states: SensorStates | None = None
        self.webhooks: WebhookStates | None = None

    def trust(self, authorities: bytes) -> None:
        """Knows the manager by these certificates (PEM) from the next question on."""
        self._authorities, self._http = authorities, None

    @property
    def current(self) -> Reports:
        """What is known now."""
        silent = monotonic() - (self._heard if self._heard is not None else self._since)
        states = {} if self.states is None else {each.report.node: each for each in self.states.sensors}
        uptime = self.states.uptime_seconds if self.states else 0.0
        return Reports(states, uptime, silent, self._heard is not None, self._why)

    async def run(self, told: Callable[[], None]) -> None:
        """Ends only when cancelled; `told` is called after every attempt."""
        while True:
            started = monotonic()
            await self._ask()
            told()
            await asyncio.sleep(max(0.05, EVERY_SECONDS - (monotonic() - started)))

    async def _ask(self) -> None:
        try:
            states, webhooks = await self._fetch(_SENSORS, SensorStates), await self._fetch(_WEBHOOKS, WebhookStates)
        except (httpx2.HTTPError, ssl.SSLError, OSError, ValueError, msgspec.MsgspecError) as error:
            why = _cause(error)
            if why != self._why:
                _LOG.warning("the manager does not answer", address=self._settings.manager, why=why)
            self._why = why
            return
        if self._why:
            _LOG.info("the manager answers", address=self._settings.manager)
        self.states, self.webhooks, self._heard, self._why = states, webhooks, monotonic(), ""

    async def _fetch(self, path: str, of: type[T]) -> T:
        if self._http is None:
            self._http = self._connect()
        token = Path(self._settings.token).read_text().strip()  # noqa: ASYNC240 a file in memory; the kubelet renews it
        async with self._http.stream("GET", path, headers={"Authorization": f"Bearer {token}"}) as answer:
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > MAX_ANSWER:
                    raise ValueError(f"its answer is longer than {MAX_ANSWER >> 20} MiB")
        if answer.status_code != 200:
            raise ValueError(f"it answers {answer.status_code}: {bytes(body[:200]).decode(errors='replace').strip()}")
        return msgspec.json.decode(bytes(body), type=of)

    def _connect(self) -> httpx2.AsyncClient:
        if not self._authorities:
            raise ValueError("there is no certificate authority yet")
        context = ssl.create_default_context(cadata=self._authorities.decode())
        timeout = httpx2.Timeout(TIMEOUT_SECONDS)
        return httpx2.AsyncClient(base_url=self._settings.manager, verify=context, timeout=timeout, trust_env=False)


def _cause(error: Exception) -> str:
    """What went wrong, without what differs from one attempt to the next."""
    return (str(error) or type(error).__name__).partition("\n")[0][:200]

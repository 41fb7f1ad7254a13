"""`Manager`: the HTTP side as an object that runs inside somebody else's event loop."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Generator, Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote

import msgspec
import structlog
import uvicorn

from podlynx.manager.app import app_of
from podlynx.manager.certificates import Certificates
from podlynx.manager.live import StatusSource
from podlynx.manager.services import Services
from podlynx.manager.settings import DEFAULT_COOKIE, Settings
from podlynx.models.engine_event import Capture, EngineEvent, SensorCapture
from podlynx.models.identity import fingerprint, whole_id
from podlynx.store.protocol import EventStore, Ingested

_LOG = structlog.get_logger("podlynx.manager")
_STOP_SECONDS: Final = 5
"""How long open requests may take to end when the manager stops."""
_BACKLOG: Final = 128


class CannotListen(OSError):
    """The address or port cannot be listened on; `strerror` says why."""


class PortTaken(CannotListen):
    """Another program listens on the port; the message says which port and what to do."""


class Manager:
    """Store, API, live stream and web page of one cluster, or of one desk.

    `start` and `stop` are called once each. The store belongs to whoever opened it, and is closed by them after `stop`.
    """

    def __init__(
        self,
        store: EventStore,
        settings: Settings | None = None,
        *,
        status_source: StatusSource | None = None,
        services: Services | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        self._settings = services.settings if services else settings or Settings()
        self._services = services or Services(store, self._settings, status_source)
        self._certificates = certificates
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._lag: asyncio.Task[None] | None = None
        self._address: tuple[str, int] | None = None

    @property
    def token(self) -> str:
        """The token that opens everything but ingest."""
        return self._settings.token

    @property
    def ingest_token(self) -> str:
        """The token that sensors deliver with."""
        return self._settings.ingest_token

    @property
    def store(self) -> EventStore:
        """Where the events are."""
        return self._services.store

    @property
    def status_source(self) -> StatusSource | None:
        """Called for each `GET /api/v1/status`: answers a `SensorStatus`, or an object or mapping with its fields."""
        return self._services.status_source

    @status_source.setter
    def status_source(self, source: StatusSource | None) -> None:
        self._services.status_source = source

    @property
    def send_selftest(self) -> Callable[[str], str] | None:
        """Sends the datagram of a self-test with this token; answers why not, empty: it was sent. None: sensors are asked."""
        return self._services.selftests.send

    @send_selftest.setter
    def send_selftest(self, send: Callable[[str], str]) -> None:
        self._services.selftests.send = send

    @property
    def url(self) -> str:
        """`http://host:port`, or https, once started."""
        if self._address is None:
            raise RuntimeError("the manager was not started")
        host, port = self._address
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 where it listens is the caller's choice
        scheme = "https" if self._certificates else "http"
        return f"{scheme}://[{shown}]:{port}" if ":" in shown else f"{scheme}://{shown}:{port}"

    def login_link(self) -> str:
        """The page's address with a code that logs in once."""
        return f"{self.url}/login?code={quote(self._services.access.login_code(), safe='')}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens there (port 0: a free one), and answers once requests are taken. Raises `PortTaken` or `CannotListen`.

        `::` takes IPv4 too.
        """
        listener = _listen(host, port)
        self._address = listener.getsockname()[:2]
        self._name_cookie(self._address[1])
        self._server = _Server(_configuration(self._services, host, self._certificates))
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="podlynx-manager")
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise RuntimeError("the manager's server ended while it started")
            await asyncio.sleep(0.005)
        self._lag = asyncio.create_task(self._services.lag.run(), name="podlynx-lag")
        self._services.sharing.start()
        _LOG.info("manager started", url=self.url)

    async def ingest(self, events: Sequence[EngineEvent], *, host: str, origin: str) -> Ingested:
        """Stores events of a sensor in this process, seen on node `host` for `origin`, and shows them live."""
        return await self._services.ingest.events(events, host=host, origin=origin)

    async def follow(self, followed: Sequence[tuple[EngineEvent, Capture]], *, host: str, origin: str) -> int:
        """Adds what came after events of the sensor in this process to them; answers to how many."""
        return await self._services.ingest.follow(
            [
                SensorCapture(
                    event_id=whole_id(event, host=host, origin=origin), fingerprint=fingerprint(event), host=host, after=after
                )
                for event, after in followed
            ]
        )

    async def stop(self) -> None:
        """Ends the live streams, lets requests finish, and stops. Does nothing where it was not started."""
        self._services.live.close()
        if self._lag is not None:
            self._lag.cancel()
        await self._services.sharing.stop()
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._server = self._task = None
        _LOG.info("manager stopped")

    async def finish(self) -> None:
        """Writes out what the outputs still wait to write; after `stop`, and after whatever else may store alerts."""
        if self._services.outputs is not None:
            await asyncio.to_thread(self._services.outputs.close)

    def _name_cookie(self, port: int) -> None:
        """Browsers share cookies between ports of a host: two managers on one desk must not log each other out.

        Managers of clusters listen on the same port all of them, and `podlynx open` brings them to one desk.
        """
        if self._settings.cookie_name == DEFAULT_COOKIE:
            told = self._services.cookie_mark or (self._certificates.mark() if self._certificates else "")
            mark = f"_{told}" if told else ""
            self._settings = msgspec.structs.replace(self._settings, cookie_name=f"{DEFAULT_COOKIE}_{port}{mark}")
            self._services.settings = self._settings


class _Server(uvicorn.Server):
    """uvicorn, without its own handling of signals: the process belongs to whoever runs the event loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _configuration(services: Services, host: str, certificates: Certificates | None) -> uvicorn.Config:
    return uvicorn.Config(
        app_of(services),
        ssl_context_factory=(lambda *_: certificates.context) if certificates else None,
        proxy_headers=False,  # nobody stands in front of us, so whoever says so is not believed
        host=host,
        access_log=False,  # a log line would hold the log-in code
        log_config=None,
        log_level="warning",
        lifespan="off",
        server_header=False,
        date_header=True,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_STOP_SECONDS,
        limit_concurrency=services.settings.max_connections,
        backlog=_BACKLOG,
        ws="none",
    )


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. The port is bound here and not by uvicorn, which ends the process where it is taken."""
    family = socket.AF_INET6 if _is_ipv6(host) else socket.AF_INET
    # The protocol is named, because asyncio turns Nagle's algorithm off only where it reads there that this is TCP; with it on
    # every answer is 40 ms late.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        number = getattr(error, "errno", None) or errno.EINVAL
        if number == errno.EADDRINUSE:
            message = f"Port {port} on {host} is taken by another program. Choose another port, or 0 for a free one."
            raise PortTaken(number, message) from error
        raise CannotListen(number, getattr(error, "strerror", None) or str(error)) from error
    return listener


def _is_ipv6(host: str) -> bool:
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False

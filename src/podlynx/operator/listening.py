"""The operator's two doors: the webhook (TLS) and its health (plain). ASGI 3.0 without a framework; the server is uvicorn.

A renewed certificate is loaded into the context that is in use: connections made from then on are greeted with it.
"""

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, MutableMapping, Sequence
from typing import Any, Final

import msgspec
import structlog
import uvicorn

from podlynx.kubernetes.crds import Kind
from podlynx.operator.admission import answer
from podlynx.operator.certificates import Pair
from podlynx.telemetry.health import health_answer
from podlynx.telemetry.metrics import CONTENT_TYPE

_LOG = structlog.get_logger("podlynx.operator")
WEBHOOK_PORT: Final = 9443
HEALTH_PORT: Final = 8081
MAX_REVIEW: Final = 8 << 20
"""Bytes of a question: an object of 1.5 MiB, its predecessor, and both as JSON."""
MAX_CONNECTIONS: Final = 128
_STOP_SECONDS: Final = 3

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def health(ready: Callable[[], str], metrics: Callable[[], bytes] = bytes) -> App:
    """ASGI: `GET /livez` answers 200 while the event loop turns, `/readyz` while `ready` answers nothing against it.

    Both as JSON where the question asks for it. `GET /metrics`: figures for Prometheus.
    """

    async def app(scope: Message, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/metrics":
            await _respond(send, 200, metrics(), f"{CONTENT_TYPE}; charset=utf-8")
            return
        against = {"/livez": "", "/readyz": ready()}.get(scope["path"])
        if against is None:
            await _respond(send, 404, b"there are /livez, /readyz and /metrics\n", "text/plain")
        else:
            accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
            said = health_answer([against], accept)
            await _respond(send, said.status, said.body, said.media_type)

    return app


def webhook(kinds: Callable[[], Sequence[Kind]]) -> App:
    """ASGI: `POST /validate`. `kinds`: those that are judged now; every other object passes."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _validate(kinds(), scope, receive, send)

    return app


async def _validate(kinds: Sequence[Kind], scope: Message, receive: Receive, send: Send) -> None:
    if (scope["method"], scope["path"]) != ("POST", "/validate"):
        await _respond(send, 404, b"there is POST /validate\n", "text/plain")
        return
    body = await _body(receive)
    if body is None:
        await _respond(send, 413, b"the review is too large\n", "text/plain")
        return
    try:
        said = answer(body, kinds)
    except msgspec.MsgspecError as error:
        await _respond(send, 400, f"no AdmissionReview: {error}\n".encode(), "text/plain")
        return
    await _respond(send, 200, said, "application/json")


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None where it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_REVIEW:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _respond(send: Send, status: int, body: bytes, media: str) -> None:
    headers = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class TlsContext:
    """A server's TLS context whose certificate may change while it is in use."""

    def __init__(self) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2

    def load(self, pair: Pair) -> None:
        """Uses this certificate from now on. Raises ssl.SSLError where it does not fit its key."""
        # OpenSSL takes a file only; this one has no name and is gone with its descriptor.
        descriptor = os.memfd_create("podlynx-webhook")
        try:
            os.write(descriptor, pair.certificate + pair.key)
            self.context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)


class _Server(uvicorn.Server):
    """uvicorn, without its own handling of signals: the process belongs to whoever runs the event loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Any, port: int, tls: ssl.SSLContext | None = None, host: str = "") -> AsyncIterator[int]:
    """Serves an ASGI application inside this event loop; answers the port. Raises OSError where it is taken."""
    listener = _listen(host, port)
    factory = None if tls is None else lambda _config, _default: tls
    server = _Server(
        uvicorn.Config(
            app,
            interface="asgi3",
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            ws="none",
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=_STOP_SECONDS,
            ssl_context_factory=factory,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket: of both families where the machine has IPv6 and no host was named."""
    if host:
        return socket.create_server((host, port))
    if socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", port))

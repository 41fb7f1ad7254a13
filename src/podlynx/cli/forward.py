"""The way from a browser on this machine to a Service in the cluster: a port that kubectl forwards, and a door in front of it.

The door takes plain HTTP on loopback and speaks TLS to the manager, whose certificate it checks against the authority that the
operator made: a browser does not know that one, and would warn.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.kubectl import Kubectl, refused
from podlynx.cli.ports import LOOPBACK, listen

START_SECONDS: Final = 20
MAX_CONNECTIONS: Final = 64
"""A page opens a handful; what comes beyond that waits no place."""
_CHUNK: Final = 64 * 1024
_SAID: Final = 4 * 1024
"""Bytes of what kubectl said last that are kept: it complains of every connection that breaks off."""
_FORWARDING: Final = re.compile(rb"Forwarding from 127\.0\.0\.1:(\d+) ")


class Forward:
    """`kubectl port-forward`, running; `port` is its end on this machine."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        # It says a line for each connection, and would stop for good where nobody takes them.
        self._taken = asyncio.create_task(_last(process.stdout))
        self.port = port

    async def ended(self) -> str:
        """Waits until it ends; answers what it said last."""
        said = await _last(self._process.stderr)
        await self._process.wait()
        return said.decode(errors="replace").strip()

    async def stop(self) -> None:
        """Ends it."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()
        self._taken.cancel()
        await asyncio.gather(self._taken, return_exceptions=True)


async def forward(kubectl: Kubectl, namespace: str, target: str, port: int) -> Forward:
    """Forwards a free port of loopback to `port` of `target` (`service/NAME`). Raises CommandError."""
    arguments = ("port-forward", "-n", namespace, target, f":{port}", f"--address={LOOPBACK}")
    process = await asyncio.create_subprocess_exec(
        *kubectl.command(*arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        process_group=0,  # a Ctrl-C is for us alone: we end it
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            local = await _port_of(process)
            said = b"" if local else await _last(process.stderr)
    except TimeoutError as error:
        await Forward(process, 0).stop()
        mend = f"kubectl -n {namespace} get pods shows whether the manager is Ready"
        raise CommandError(Exit.NETWORK, f"no way to {target} within {START_SECONDS} s", mend) from error
    if local is None:
        await process.wait()
        raise refused(arguments, said.decode(errors="replace"))
    return Forward(process, local)


async def _port_of(process: asyncio.subprocess.Process) -> int | None:
    while process.stdout and (line := await process.stdout.readline()):
        if found := _FORWARDING.match(line):
            return int(found[1])
    return None


async def _last(stream: asyncio.StreamReader | None) -> bytes:
    """Takes all that comes until the end; answers the last `_SAID` bytes."""
    said = b""
    while stream and (chunk := await stream.read(_CHUNK)):
        said = (said + chunk)[-_SAID:]
    return said


class Door:
    """Listens on loopback and passes every connection on to the forwarded port, which may change while it is open."""

    def __init__(self, tls: ssl.SSLContext, inner: int) -> None:
        self._tls = tls
        self.inner = inner
        self._open = 0
        self.refused = 0
        """Connections beyond `MAX_CONNECTIONS`, or that the manager did not take."""

    @asynccontextmanager
    async def listening(self, wanted: int | None, preferred: int) -> AsyncIterator[int]:
        """The port, while it is open. Raises CommandError where `wanted` is taken."""
        with listen(wanted, preferred) as socket:
            async with await asyncio.start_server(self._connection, sock=socket) as server:
                yield server.sockets[0].getsockname()[1]

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= MAX_CONNECTIONS:
            self.refused += 1
            writer.close()
            return
        self._open += 1
        try:
            await self._pass(reader, writer)
        finally:
            self._open -= 1
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner = await asyncio.open_connection(LOOPBACK, self.inner, ssl=self._tls, server_hostname=LOOPBACK)
        except OSError:  # ssl.SSLError is one
            self.refused += 1
            return
        ways = [asyncio.create_task(_copy(reader, inner[1])), asyncio.create_task(_copy(inner[0], writer))]
        try:
            # The answer's end is the connection's; a request's end alone is not.
            await ways[1]
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            inner[1].close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()

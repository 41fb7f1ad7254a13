"""A web shop to attack: answers every request with its product list. Speaks just enough HTTP/1.1 (RFC 9112), stores nothing."""

import asyncio
import socket
from html import escape

HEAD_CAP = 64 * 1024
"""Bytes of request head; more ends the connection."""
BODY_CAP = 1024 * 1024
"""Bytes of request body that are read and thrown away; more ends the connection."""
CONNECTION_CAP = 64
TIMEOUT_SECONDS = 20.0

PRODUCTS = (("Sunglasses", "19.99"), ("Tank top", "18.99"), ("Watch", "109.99"), ("Loafers", "89.99"), ("Mug", "8.99"))


class Shop:
    """A server on a listening socket, while its `async with` lasts."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._server: asyncio.Server | None = None
        self._open = 0
        self.port: int = listening.getsockname()[1]
        self.refused = 0

    async def __aenter__(self) -> "Shop":
        self._server = await asyncio.start_server(self._serve, sock=self._listening, limit=HEAD_CAP)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= CONNECTION_CAP:
            self.refused += 1
            writer.close()
            return
        self._open += 1
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await _answer(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a broken request: closing the connection is the answer
        finally:
            self._open -= 1
            writer.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = _content_length(head)
    if length > BODY_CAP:
        return
    await reader.readexactly(length)
    body = page(head.split("\r\n", 1)[0]).encode()
    writer.write(
        b"HTTP/1.1 200 OK\r\nServer: podlynx-shop\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    await writer.drain()


def _content_length(head: str) -> int:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length" and value.strip().isascii() and value.strip().isdigit():
            return int(value)
    return 0


def page(request_line: str) -> str:
    """The product list, and what was asked for."""
    rows = "".join(f"<li>{name} <b>${price}</b></li>" for name, price in PRODUCTS)
    return (
        "<!doctype html><html lang=en><title>Podlynx demo shop</title><h1>Podlynx demo shop</h1>"
        f"<p>A shop that only exists to be attacked. You asked: <code>{escape(request_line)}</code></p><ul>{rows}</ul></html>\n"
    )

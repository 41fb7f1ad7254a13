"""A proxy in front of a real engine that is busy, half-fails bulks and loses answers, as chance wills; or asks who comes."""

import asyncio
import contextlib
import json

import httpx2
import uvicorn
from tests.ports import free_port

from ...kubernetes.waiting import until


class FaultyEngine:
    """Serves until the block ends. `faults` counts what it did wrong, `asked` requests; `wants`: the Authorization it takes."""

    def __init__(self, url, chance, *, tls=None, faults=("busy", "gateway", "lost", "half")):
        self._behind = url
        self._chance = chance
        self.faults = 0
        self.asked = 0
        self.wants = ""
        self._tls = tls
        self._choice = ["", "", "", *faults]
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    async def __aenter__(self):
        self._client = httpx2.AsyncClient(timeout=60)
        tls = {"ssl_certfile": self._tls[0], "ssl_keyfile": self._tls[1]} if self._tls else {}
        quiet = {"log_level": "critical", "lifespan": "off", "access_log": False}
        config = uvicorn.Config(self, host="127.0.0.1", port=self.port, **quiet, **tls)
        self._server = uvicorn.Server(config)
        self._server.capture_signals = _nothing
        self._task = asyncio.create_task(self._server.serve())
        await until(lambda: self._server.started, 60)
        return self

    async def __aexit__(self, *_):
        self._server.should_exit = True
        await self._task
        await self._client.aclose()

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.asked += 1
        if self.wants and dict(scope["headers"]).get(b"authorization", b"").decode() != self.wants:
            return await _answer(send, 401, b'{"error": {"type": "security_exception", "reason": "who are you"}}')
        fault = self._chance.choice(self._choice)
        if fault in {"busy", "gateway"}:
            self.faults += 1
            return await _answer(send, 429 if fault == "busy" else 503, b"{}")
        path = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        if fault == "half" and "_bulk" in path:
            self.faults += 1
            return await self._half(send, path, body)
        answer = await self._forward(scope["method"], path, body)
        if fault == "lost":
            self.faults += 1
            return await _answer(send, 502, b"")
        await _answer(send, answer.status_code, answer.content)
        return None

    async def _half(self, send, path, body):
        """Every other document is refused for want of room; the rest is passed on."""
        lines = body.split(b"\n")[:-1]
        pairs = [lines[at : at + 2] for at in range(0, len(lines), 2)]
        passed = [pair for place, pair in enumerate(pairs) if place % 2]
        answer = {"items": []}
        if passed:
            forwarded = await self._forward("POST", path, b"\n".join(line for pair in passed for line in pair) + b"\n")
            if forwarded.status_code != 200:
                return await _answer(send, forwarded.status_code, forwarded.content)
            answer = forwarded.json()
        busy = {"create": {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "full"}}}
        stored = iter(answer["items"])
        items = [next(stored) if place % 2 else busy for place in range(len(pairs))]
        return await _answer(send, 200, json.dumps({"errors": True, "items": items}).encode())

    async def _forward(self, method, path, body):
        kind = "application/x-ndjson" if path.startswith(("/_bulk", "/_msearch")) else "application/json"
        try:
            return await self._client.request(method, self._behind + path, content=body or None, headers={"Content-Type": kind})
        except httpx2.HTTPError:  # the engine itself is away
            return httpx2.Response(502, content=b"{}")


async def _answer(send, status, body):
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


def _nothing():
    return contextlib.nullcontext()

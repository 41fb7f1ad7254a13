"""How long answers take: pure ASGI around the API, so that a refusal counts too."""

import time
from typing import Final

from podlynx.manager.asgi import App, Message, Receive, Scope, Send
from podlynx.manager.metrics import ManagerMetrics

_STREAM: Final = "/api/v1/alerts/stream"
_OTHER: Final = "other"
"""Route of what no endpoint answered: the page's files, refusals of the gate, paths that do not exist."""


class Timing:
    """Wraps an ASGI app. A live stream is not timed: how long it lasts says how long somebody looked."""

    def __init__(self, app: App, metrics: ManagerMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] == _STREAM:
            await self._app(scope, receive, send)
            return
        begun, code = time.monotonic(), 500

        async def noted(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._metrics.answered(str(scope.get("path_template") or _OTHER), code, time.monotonic() - begun)

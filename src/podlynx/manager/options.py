"""`OPTIONS` of every path (RFC 9110, section 9.3.7): which methods it takes. Litestar would name those of one handler only."""

import re
from typing import Final

from litestar import Litestar
from litestar.routes import HTTPRoute

from podlynx.manager.asgi import App, Receive, Scope, Send, respond

_PARAMETER: Final = re.compile(r"\\{\w+\\}")


class Options:
    """ASGI: answers OPTIONS by itself where the API has such a path, and leaves the rest to it."""

    def __init__(self, app: App, api: Litestar) -> None:
        self._app = app
        methods: dict[str, set[str]] = {}
        for route in api.routes:
            if isinstance(route, HTTPRoute):
                methods.setdefault(route.path_format, set()).update(route.methods)
        # A path without parameters is not taken for a parameter's value, so it comes first.
        self._allow = [(_pattern(path), ", ".join(sorted(methods[path]))) for path in sorted(methods, key=lambda p: "{" in p)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            allow = next((allow for pattern, allow in self._allow if pattern.fullmatch(scope["path"])), None)
            if allow is not None:
                await respond(send, 204, {"Allow": allow}, b"")
                return
        await self._app(scope, receive, send)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(_PARAMETER.sub("[^/]+", re.escape(path)))

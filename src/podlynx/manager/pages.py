"""Serves the built web page, before the API is asked. Small and immutable, it is read once and kept in memory."""

import mimetypes
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from podlynx.manager.asgi import App, Receive, Scope, Send, respond
from podlynx.manager.login_page import missing_page

MAX_PAGE_BYTES: Final = 32 * 1024 * 1024
"""Bytes of all files of the page together; what is over is not served."""
_API: Final = ("/api/", "/login", "/livez", "/readyz", "/openapi.json")
_YEAR: Final = "private, max-age=31536000, immutable"
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


class File(msgspec.Struct, frozen=True):
    """One file of the page, as it is sent."""

    body: bytes
    headers: dict[str, str]


def load(folder: Path) -> dict[str, File]:
    """Every file of the folder by its URL path. Only what was listed is served, so no path leads out of it."""
    files: dict[str, File] = {}
    left = MAX_PAGE_BYTES
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= left:
            body = path.read_bytes()
            left -= len(body)
            files[f"/{path.relative_to(folder).as_posix()}"] = _file(path, body)
    return files


def _file(path: Path, body: bytes) -> File:
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    # The build names assets by their content; everything else is asked for again each time.
    cache = _YEAR if path.parent.name == "assets" else "no-cache"
    return File(body, {"Content-Type": kind, "Cache-Control": cache, "ETag": f'"{sha256(body).hexdigest()[:32]}"'})


class Pages:
    """ASGI: answers `/`, `/assets/*` and the addresses of screens from the built page, and leaves the rest to the API."""

    def __init__(self, app: App, folder: Path) -> None:
        self._app = app
        self._files = load(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        file = self._find(scope["path"], wants_page=b"text/html" in headers.get(b"accept", b""))
        if file is None:
            await self._app(scope, receive, send)
            return
        status, body = 200, b"" if scope["method"] == "HEAD" else file.body
        if headers.get(b"if-none-match", b"").decode("latin-1") == file.headers.get("ETag"):
            status, body = 304, b""
        await respond(send, status, file.headers, body)

    def _find(self, path: str, *, wants_page: bool) -> File | None:
        """The file of that path. A screen has an address of its own, so a page asked for by any other name is the index."""
        is_screen = path == "/" or (wants_page and "." not in path.rsplit("/", 1)[-1])
        if not is_screen:
            return self._files.get(path)
        page = missing_page()
        return self._files.get("/index.html") or File(page.body, {"Content-Type": "text/html; charset=utf-8", **page.headers})

"""A real HTTP(S) server that remembers what was posted to it, and answers as a test says."""

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.kubernetes.waiting import until


class Receiver:
    """`answers` are taken one after the other, the last one for good: (status, headers, body)."""

    def __init__(self) -> None:
        self.answers = [(200, {}, b"ok")]
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.port = 0
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?key=s3cret-in-url"

    @property
    def bodies(self) -> list:
        return [json.loads(body) for _, _, body in self.posts]

    async def gets(self, number: int) -> list:
        """Waits for that many posts."""
        await until(lambda: len(self.posts) >= number, 60)
        return self.bodies

    async def stays_at(self, number: int) -> None:
        """Nothing more comes in a while that would have been long enough."""
        await asyncio.sleep(0.3)
        assert len(self.posts) == number


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, said = receiver.answers[0] if len(receiver.answers) == 1 else receiver.answers.pop(0)
            receiver.posts.append((self.path, dict(self.headers), body))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        receiver.scheme = "https"
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

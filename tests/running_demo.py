"""A running `podlynx demo` for whoever needs one: the tests of the demo itself, the browser, the latency benchmark."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

START_SECONDS = 120
STOP_SECONDS = 20


class RunningDemo:
    """A demo with a data folder of its own, from `start` until `end`, or while its `with` lasts."""

    def __init__(self, data: Path | str, arguments: Sequence[str] = ()) -> None:
        self.data = data
        self.arguments = arguments
        self.page = self.shop = ""
        self.said: deque[str] = deque(maxlen=50)
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "RunningDemo":
        self.start()
        self.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def shop_port(self) -> int:
        """Where the shop listens."""
        return urlsplit(self.shop).port or 0

    @property
    def page_port(self) -> int:
        """Where the page is served."""
        return urlsplit(self.page).port or 0

    def start(self) -> None:
        """Start it, without waiting for anything."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "podlynx.cli", "demo", *self.arguments],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PODLYNX_DATA": str(self.data)},
        )

    def wait(self) -> None:
        """Until page and shop are known. Raises RuntimeError with what it said where it ends or hangs first."""
        assert self.process is not None
        assert self.process.stderr is not None
        hung = threading.Timer(START_SECONDS, self.process.kill)
        hung.start()
        for line in self.process.stderr:
            self.said.append(line)
            if match := re.match(r"(page|shop):\s+(\S+)", line):
                setattr(self, match[1], match[2])
            if "Ctrl-C" in line:
                break
        hung.cancel()
        if not self.page or not self.shop:
            raise RuntimeError("podlynx demo did not come up; it said:\n" + "".join(self.said))
        # Read on, or the demo would block once the pipe is full.
        threading.Thread(target=self.said.extend, args=(self.process.stderr,), daemon=True).start()

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send it a signal and wait; answers its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=STOP_SECONDS)

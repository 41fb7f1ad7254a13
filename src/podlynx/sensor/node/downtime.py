"""How long the node went without a sensor: a mark on disk says when the last one stopped, or was last known to run."""

import time
from pathlib import Path
from typing import Final

import msgspec
import structlog

MARK: Final = "stopped"

log = structlog.get_logger(__name__)


class Mark(msgspec.Struct, frozen=True):
    """`time`: epoch seconds; `clean`: it stopped then in order, else it was alive then."""

    boot: str
    time: float
    clean: bool = False


class Downtime:
    """Of one spool folder. Blocks for the disk, and works without one."""

    def __init__(self, folder: Path, boot: str) -> None:
        self._path, self._boot = folder / MARK, boot
        self._before = self._read()
        self.gap_ms = 0
        """Milliseconds between the last sensor's end (without farewell: its last mark) and the begin of capture."""
        self.fault = ""
        """Why the folder cannot be written to; empty: it can."""
        self.unclean = self._before is not None and not self._before.clean

    def began(self) -> None:
        """Capture has begun: the gap is over."""
        if self._before is not None:
            self.gap_ms = max(round((time.time() - self._before.time) * 1000), 0)
            log.warning("no sensor captured on this node for a while", milliseconds=self.gap_ms, in_order=self._before.clean)
            self._before = None
        self.alive()

    def alive(self) -> None:
        """It runs."""
        self._write(Mark(self._boot, time.time()))

    def stopped(self) -> None:
        """Capture has ended in order."""
        self._write(Mark(self._boot, time.time(), clean=True))

    def _read(self) -> Mark | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Mark)
        except (OSError, msgspec.DecodeError):
            return None

    def _write(self, mark: Mark) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.with_suffix(".new").write_bytes(msgspec.json.encode(mark))
            self._path.with_suffix(".new").replace(self._path)
        except OSError as error:  # the spool says once that its disk does not work
            self.fault = error.strerror or str(error)
        else:
            self.fault = ""

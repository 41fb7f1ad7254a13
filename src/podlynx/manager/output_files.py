"""Files with the alerts of all nodes, one for each output that is switched on: written by a thread, after an alert is stored."""

import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey
from podlynx.outputs.alert import Alert
from podlynx.outputs.formats import FILES, OUTPUTS, OutputName
from podlynx.outputs.rotated import Files, append

WAITING: Final = 5_000
"""Alerts that wait for the disk; what comes on top is counted and not written."""
REMEMBERED: Final = 50_000
"""Alerts that are known to be written, so that one that a sensor sends again is not written again."""
TOTAL_BYTES: Final = 1 << 30
"""Of all files."""

_LOG = structlog.get_logger("podlynx.manager")


class OutputFiles:
    """Never holds up an alert. `take` from the event loop, then `close`."""

    def __init__(self, folder: Path, outputs: Sequence[OutputName]) -> None:
        self.lost = 0
        """Lines that were not written: the disk did not take them, or was too slow."""
        self._folder = folder
        self._outputs = [(folder / FILES[name], OUTPUTS[name]()) for name in outputs]
        self._waiting: deque[EventDocument] = deque()
        self._written: OrderedDict[EventKey, None] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False
        self._bytes: int | None = None
        self._thread = threading.Thread(target=self._run, name="outputs", daemon=True)
        self._thread.start()

    def take(self, documents: Sequence[EventDocument]) -> None:
        """Alerts that are stored."""
        with self._changed:
            for document in documents:
                if len(self._waiting) >= WAITING:
                    self.lost += len(self._outputs)
                elif self._is_new(EventKey(document.id, document.fingerprint)):
                    self._waiting.append(document)
            self._changed.notify()

    def close(self, seconds: float = 5.0) -> None:
        """Write what waits, for that long at most."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(seconds)

    def _is_new(self, key: EventKey) -> bool:
        if key in self._written:
            return False
        self._written[key] = None
        if len(self._written) > REMEMBERED:
            self._written.popitem(last=False)
        return True

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                batch = list(self._waiting)
                self._waiting.clear()
            if not batch:
                return
            self._write([Alert.of_document(document) for document in batch])

    def _write(self, alerts: Sequence[Alert]) -> None:
        for path, output in self._outputs:
            data = b"".join(output.line(alert) for alert in alerts)
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._make_room(len(data), path)
                append(path, data)
            except OSError as error:
                if self.lost == 0:
                    _LOG.warning("outputs cannot be written", file=str(path), error=str(error))
                self.lost += len(alerts)

    def _make_room(self, more: int, writing: Path) -> None:
        if self._bytes is None or self._bytes + more > TOTAL_BYTES:
            files = Files.of(self._folder.glob("*"), FILES.values(), writing)
            list(files.drop_to(TOTAL_BYTES - more))
            self._bytes = files.bytes
        self._bytes += more

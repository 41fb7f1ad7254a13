"""Alert files, one of each output for each resource and pod: `<namespace>/<resource>/<pod>/alert_fast.txt`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Final

import structlog

from podlynx.models.engine_event import SensorEvent
from podlynx.outputs.alert import Alert
from podlynx.outputs.formats import FILES, OUTPUTS, OutputName
from podlynx.outputs.rotated import Files, append
from podlynx.sensor.node.objects import Pod, ResourceKey

TOTAL_BYTES: Final = 1 << 30
"""Of all files; beyond, those written longest ago go, files that are not written any more (`.1` and on) first."""
POD_FOLDERS: Final = 2000
"""Folders of pods that are kept, ended pods' too; the one written longest ago goes first."""

# Kubernetes names are DNS labels and subdomains (RFC 1123); anything else is no name and must not become a path.
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.-]")

log = structlog.get_logger(__name__)

Entry = tuple[SensorEvent, tuple[tuple[ResourceKey, Pod], ...]]


class AlertFiles:
    """Writes while a disk takes it; what it does not take is counted."""

    def __init__(self, root: Path, outputs: Sequence[OutputName] = ("alert_fast",)) -> None:
        self.lost = 0
        """Lines that the disk did not take."""
        self.dropped = 0
        """Files that went for the sake of the caps."""
        self._root = root
        self._outputs = [(FILES[name], OUTPUTS[name]()) for name in outputs]
        self._known: set[Path] = set()
        self._bytes: int | None = None
        """Of all files, at most; None: nobody has looked yet."""

    def write(self, entries: Iterable[Entry]) -> None:
        """One line of each output for a resource and pod. Blocks for the disk."""
        by_file: dict[Path, list[bytes]] = defaultdict(list)
        for event, files in entries:
            alert = Alert.of_sensor(event)
            for name, output in self._outputs:
                line = output.line(alert)
                for key, pod in files:
                    by_file[self._folder(key, pod) / name].append(line)
        for path, lines in by_file.items():
            try:
                self._append(path, b"".join(lines))
            except OSError as error:
                if self.lost == 0:
                    log.warning("alert files cannot be written", folder=str(path.parent), error=str(error))
                self.lost += len(lines)
                self._known.discard(path.parent)

    def _folder(self, key: ResourceKey, pod: Pod) -> Path:
        return self._root / _safe(key.namespace) / _safe(key.name) / _safe(pod.name)

    def _append(self, path: Path, data: bytes) -> None:
        folder = path.parent
        if folder not in self._known:
            folder.mkdir(parents=True, exist_ok=True)
            self._forget_oldest(folder)
            self._known.add(folder)
        self._make_room(len(data), path)
        append(path, data)

    def _forget_oldest(self, new: Path) -> None:
        folders = [path for path in self._root.glob("*/*/*") if path != new]
        for path in sorted(folders, key=_written)[: max(len(folders) + 1 - POD_FOLDERS, 0)]:
            self.dropped += sum(1 for _ in path.glob("*"))
            rmtree(path, ignore_errors=True)
            self._known.discard(path)
            _drop_empty(path.parent, self._root)

    def _make_room(self, more: int, writing: Path) -> None:
        """Keep the files below `TOTAL_BYTES`, by a tenth where some have to go, so that not every line looks at all of them."""
        if self._bytes is None or self._bytes + more > TOTAL_BYTES:
            files = Files.of(self._root.glob("*/*/*/*"), FILES.values(), writing)
            if files.bytes + more > TOTAL_BYTES:
                for gone in files.drop_to(TOTAL_BYTES * 9 // 10 - more):
                    self.dropped += 1
                    if gone.parent != writing.parent:
                        self._known.discard(gone.parent)
                        _drop_empty(gone.parent, self._root)
            self._bytes = files.bytes
        self._bytes += more


def _drop_empty(folder: Path, root: Path) -> None:
    """Delete the folder and those above it, below the root, as far as nothing is in them."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def _written(folder: Path) -> float:
    """When any of the folder's files was written last."""
    times = [0.0]
    with suppress(OSError):
        times += [path.stat().st_mtime for path in folder.iterdir()]
    return max(times)


def _safe(name: str) -> str:
    """The name as a part of a path: never empty, never one that leads elsewhere."""
    safe = _UNSAFE.sub("-", name)[:255]
    return safe if safe.strip(".") else "-"

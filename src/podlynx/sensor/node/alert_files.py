"""Alert files in Snort's alert_fast format, one for each resource and pod: `<namespace>/<resource>/<pod>/alert_fast.txt`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Final, Self

import structlog

from podlynx.models.alert_fast import alert_fast
from podlynx.models.engine_event import EngineEvent
from podlynx.sensor.node.objects import Pod, ResourceKey

FILE: Final = "alert_fast.txt"
FILE_BYTES: Final = 10 << 20
"""At this size a file becomes `alert_fast.txt.1`."""
KEPT_FILES: Final = 5
TOTAL_BYTES: Final = 1 << 30
"""Of all files; beyond, those written longest ago go, files that are not written any more (`.1` and on) first."""
POD_FOLDERS: Final = 2000
"""Folders of pods that are kept, ended pods' too; the one written longest ago goes first."""

# Kubernetes names are DNS labels and subdomains (RFC 1123); anything else is no name and must not become a path.
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.-]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")

log = structlog.get_logger(__name__)

Entry = tuple[EngineEvent, tuple[tuple[ResourceKey, Pod], ...]]


class AlertFiles:
    """Writes while a disk takes it; what it does not take is counted."""

    def __init__(self, root: Path) -> None:
        self.lost = 0
        """Lines that the disk did not take."""
        self.dropped = 0
        """Files that went for the sake of the caps."""
        self._root = root
        self._known: set[Path] = set()
        self._bytes: int | None = None
        """Of all files, at most; None: nobody has looked yet."""

    def write(self, entries: Iterable[Entry]) -> None:
        """One line a resource and pod. Blocks for the disk."""
        by_folder: dict[Path, list[str]] = defaultdict(list)
        for event, files in entries:
            line = _CONTROL.sub(" ", alert_fast(event))
            for key, pod in files:
                by_folder[self._folder(key, pod)].append(line)
        for folder, lines in by_folder.items():
            try:
                self._append(folder, lines)
            except OSError as error:
                if self.lost == 0:
                    log.warning("alert files cannot be written", folder=str(folder), error=str(error))
                self.lost += len(lines)
                self._known.discard(folder)

    def _folder(self, key: ResourceKey, pod: Pod) -> Path:
        return self._root / _safe(key.namespace) / _safe(key.name) / _safe(pod.name)

    def _append(self, folder: Path, lines: list[str]) -> None:
        if folder not in self._known:
            folder.mkdir(parents=True, exist_ok=True)
            self._forget_oldest(folder)
            self._known.add(folder)
        path, text = folder / FILE, ("\n".join(lines) + "\n").encode()
        self._make_room(len(text), path)
        with path.open("ab") as file:
            file.write(text)
            full = file.tell() >= FILE_BYTES
        if full:
            _rotate(path)

    def _forget_oldest(self, new: Path) -> None:
        folders = [path for path in self._root.glob("*/*/*") if path != new]
        for path in sorted(folders, key=_written)[: max(len(folders) + 1 - POD_FOLDERS, 0)]:
            self.dropped += sum(1 for _ in path.glob(f"{FILE}*"))
            rmtree(path, ignore_errors=True)
            self._known.discard(path)
            _drop_empty(path.parent, self._root)

    def _make_room(self, more: int, writing: Path) -> None:
        """Keep the files below `TOTAL_BYTES`, by a tenth where some have to go, so that not every line looks at all of them."""
        if self._bytes is None or self._bytes + more > TOTAL_BYTES:
            files = _Files.of(self._root, writing)
            if files.bytes + more > TOTAL_BYTES:
                for folder in files.drop_to(TOTAL_BYTES * 9 // 10 - more):
                    self.dropped += 1
                    if folder != writing.parent:
                        self._known.discard(folder)
                        _drop_empty(folder, self._root)
            self._bytes = files.bytes
        self._bytes += more


class _Files:
    """All files below the root but the one being written, in the order in which they may go, and the bytes of all."""

    def __init__(self) -> None:
        self.bytes = 0
        self._order: list[tuple[bool, float, int, Path]] = []

    @classmethod
    def of(cls, root: Path, writing: Path) -> Self:
        """As they are on disk now."""
        files = cls()
        for path in root.glob(f"*/*/*/{FILE}*"):
            with suppress(OSError):
                about = path.stat()
                files.bytes += about.st_size
                if path != writing:
                    files._order.append((path.name == FILE, about.st_mtime, about.st_size, path))
        files._order.sort()
        return files

    def drop_to(self, most: int) -> Iterator[Path]:
        """Delete until the rest has so many bytes at most; gives the folder of each that went."""
        for _, _, size, path in self._order:
            if self.bytes <= most:
                return
            with suppress(OSError):
                path.unlink()
                self.bytes -= size
                yield path.parent


def _drop_empty(folder: Path, root: Path) -> None:
    """Delete the folder and those above it, below the root, as far as nothing is in them."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def _rotate(path: Path) -> None:
    for number in range(KEPT_FILES - 1, 0, -1):
        older = path.with_name(f"{FILE}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{FILE}.{number + 1}"))
    path.replace(path.with_name(f"{FILE}.1"))


def _written(folder: Path) -> float:
    try:
        return (folder / FILE).stat().st_mtime
    except OSError:
        return 0.0


def _safe(name: str) -> str:
    """The name as a part of a path: never empty, never one that leads elsewhere."""
    safe = _UNSAFE.sub("-", name)[:255]
    return safe if safe.strip(".") else "-"

"""Alert files in Snort's alert_fast format, one for each resource and pod: `<namespace>/<resource>/<pod>/alert_fast.txt`."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from shutil import rmtree
from typing import Final

import structlog

from podlynx.models.alert_fast import alert_fast
from podlynx.models.engine_event import EngineEvent
from podlynx.sensor.node.objects import Pod, ResourceKey

FILE: Final = "alert_fast.txt"
FILE_BYTES: Final = 10 << 20
"""At this size a file becomes `alert_fast.txt.1`."""
KEPT_FILES: Final = 5
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
        self._root = root
        self._known: set[Path] = set()

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
        path = folder / FILE
        with path.open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
            full = file.tell() >= FILE_BYTES
        if full:
            _rotate(path)

    def _forget_oldest(self, new: Path) -> None:
        folders = [path for path in self._root.glob("*/*/*") if path != new]
        for path in sorted(folders, key=_written)[: max(len(folders) + 1 - POD_FOLDERS, 0)]:
            rmtree(path, ignore_errors=True)
            self._known.discard(path)


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

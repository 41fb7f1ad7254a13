"""Where a demo keeps its events: one folder a running demo, so that two at the same time do not share one database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEMO_CAP = 32
"""Demos that may run at the same time."""


class NoDatabaseError(Exception):
    """No folder for the database. `mend` says what to do."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


@contextmanager
def demo_database(data: Path) -> Iterator[Path]:
    """The path of a database that no other demo uses; the kernel frees it when this process ends, however it ends."""
    for number in range(1, DEMO_CAP + 1):
        folder = data / ("demo" if number == 1 else f"demo-{number}")
        handle = _lock(folder)
        if handle is None:
            continue
        try:
            yield folder / "events.db"
        finally:
            os.close(handle)
        return
    raise NoDatabaseError(f"{DEMO_CAP} demos are running already", "end one of them")


def _lock(folder: Path) -> int | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        mend = "make the folder writable for you, or choose another with PODLYNX_DATA"
        raise NoDatabaseError(f"cannot write to {folder}: {(error.strerror or str(error)).lower()}", mend) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle

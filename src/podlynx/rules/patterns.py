"""Compiled pattern databases kept between runs: starting with the same rules again then costs milliseconds instead of a second.

Nothing depends on them but time: a file that is absent, damaged, foreign or not writable is as good as none.
"""

import hashlib
import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from podlynx import _engine
from podlynx.rules.directories import cache_directory
from podlynx.rules.sources import RuleSource

KEPT_FILES = 8
"""Rule sets whose databases are kept; the one used longest ago goes first."""

SHIPPED = Path(sys.prefix) / "share" / "podlynx"
"""Databases that an image brings: made when it was built, owned by root, read by every user."""

LARGEST = 256 << 20
"""Bytes of a file that is still read."""


def patterns_file(source: RuleSource) -> Path:
    """Where the databases of these rules are kept: named by engine version and contents, so that a changed rule is a new file."""
    digest = hashlib.sha256(_engine.__version__.encode())
    for _, text in source.files:
        digest.update(f"{len(text)} ".encode())
        digest.update(text)
    return cache_directory() / f"patterns-{digest.hexdigest()[:32]}.bin"


def read_patterns(source: RuleSource) -> bytes | None:
    """The kept bytes, where nobody else may have written them: a database is run."""
    path = patterns_file(source)
    own = _read(path, os.geteuid())
    if own is not None:
        with suppress(OSError):
            os.utime(path)
        return own
    return _read(SHIPPED / path.name, 0)


def _read(path: Path, owner: int) -> bytes | None:
    with suppress(OSError), path.open("rb") as file:
        about = os.fstat(file.fileno())
        if about.st_uid == owner and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and about.st_size <= LARGEST:
            return file.read()
    return None


def keep_patterns(source: RuleSource, ruleset: _engine.RuleSet) -> None:
    """Keeps the databases that this process compiled, if it did."""
    made = ruleset.cache()
    if made is None:
        return
    path = patterns_file(source)
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".patterns-", delete=False) as file:
            file.write(made)
        Path(file.name).replace(path)  # readers see the old file or the new one
        _forget_old(path.parent)


def _forget_old(folder: Path) -> None:
    kept = sorted(folder.glob("patterns-*.bin"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[KEPT_FILES:]:
        path.unlink(missing_ok=True)

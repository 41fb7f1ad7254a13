"""Brings the community rules here: download or local archive, verify, unpack, swap in, say what changed."""

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from podlynx.rules.archive import ARCHIVE_CAP, unpack
from podlynx.rules.catalogue import Compiled, RuleEntry, RuleReport, compile_sources
from podlynx.rules.changes import RuleChanges, changes
from podlynx.rules.directories import fetched_rules
from podlynx.rules.errors import DownloadError, RuleSourceError
from podlynx.rules.sources import find_rules

COMMUNITY_URL = "https://www.snort.org/downloads/community/snort3-community-rules.tar.gz"
"""Where the Snort 3 community rules are published (GPLv2; their licence files are kept beside them)."""

CONNECT_SECONDS = 10.0
TOTAL_SECONDS = 300.0
NO_NETWORK_MEND = (
    "check the network (proxies are read from HTTPS_PROXY), or bring the archive yourself: podlynx rules fetch --archive FILE"
)


class Provenance(msgspec.Struct, frozen=True):
    """`source.json`, kept beside the rules: where they came from."""

    origin: str
    sha256: str
    fetched: str
    """ISO 8601, UTC."""
    bytes: int


@dataclass(frozen=True)
class Fetched:
    """What a fetch did. `folder` is where the rules are now."""

    folder: Path
    provenance: Provenance
    report: RuleReport
    changes: RuleChanges


def fetch(
    *,
    url: str = COMMUNITY_URL,
    archive: Path | None = None,
    sha256: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Fetched:
    """Takes `archive`, or downloads `url` (proxies as the environment says), and makes its rules the ones in use.

    `sha256`: what the archive must hash to, in hex. `progress(done, total)` in bytes, total 0 where unknown.
    Until the last step the rules in use stay as they are. Raises RuleSourceError.
    """
    data = _local(archive) if archive else _download(url, progress)
    return install(data, str(archive or url), fetched_rules(), sha256=sha256)


def install(data: bytes, origin: str, link: Path, *, sha256: str | None = None) -> Fetched:
    """Makes the rules of an archive, or of one rule file, those that `link` points to. Raises RuleSourceError."""
    digest = hashlib.sha256(data).hexdigest()
    if sha256 and digest != sha256.lower():
        raise RuleSourceError(
            f"the archive's SHA-256 is {digest}, not {sha256.lower()}", "check the sum, and where the archive came from"
        )
    provenance = Provenance(origin, digest, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), len(data))
    with writing(link.parent), _lock(link.parent):
        return _install(link, unpack(data), provenance)


def _local(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(ARCHIVE_CAP + 1)
    except OSError as error:
        raise RuleSourceError(
            f"cannot read archive {path}: {(error.strerror or str(error)).lower()}",
            "check the path and its permissions",
        ) from error


def _download(url: str, progress: Callable[[int, int], None] | None) -> bytes:
    import httpx2  # noqa: PLC0415  0.1 s to import: only a download pays for it

    timeout = httpx2.Timeout(30.0, connect=CONNECT_SECONDS)
    try:
        with httpx2.stream("GET", url, follow_redirects=True, timeout=timeout) as answer:
            answer.raise_for_status()
            return b"".join(_capped(answer.iter_bytes(), int(answer.headers.get("content-length", 0)), progress))
    except httpx2.HTTPStatusError as error:
        raise DownloadError(
            f"cannot download {url}: the server answered {error.response.status_code}",
            "try later, or name a mirror with --url",
        ) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise DownloadError(f"cannot download {url}: {str(error) or type(error).__name__}", NO_NETWORK_MEND) from error


def _capped(pieces: Iterator[bytes], total: int, progress: Callable[[int, int], None] | None) -> Iterator[bytes]:
    done, end = 0, time.monotonic() + TOTAL_SECONDS
    for piece in pieces:
        done += len(piece)
        if done > ARCHIVE_CAP:
            raise DownloadError(f"the download is larger than {ARCHIVE_CAP >> 20} MiB", "check the address given with --url")
        if time.monotonic() > end:
            raise DownloadError(f"the download took longer than {TOTAL_SECONDS:.0f} s", "try again, or use --archive FILE")
        if progress:
            progress(done, total)
        yield piece


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What it means that a folder of rules cannot be written: full, read-only, not ours. Raises RuleSourceError for OSError."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        mend = "make room there" if full else "give it to you (chown)"
        mend += ", or choose another folder with PODLYNX_DATA"
        raise RuleSourceError(f"cannot write to {folder}: {(error.strerror or str(error)).lower()}", mend) from error


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One fetch at a time; the kernel lets go of the lock when the process ends, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _install(link: Path, files: dict[str, bytes], provenance: Provenance) -> Fetched:
    before = _rules_in_use(link)
    fresh = Path(tempfile.mkdtemp(prefix=f"{link.name}-{provenance.sha256[:12]}-", dir=link.parent))
    try:
        _write(fresh, files, provenance)
        compiled = _verified(fresh)
        _swap(link, fresh)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return Fetched(link, provenance, compiled.report, changes(before, compiled.rules))


def _rules_in_use(link: Path) -> list[RuleEntry]:
    return compile_sources(find_rules([link])).rules if any(link.glob("*.rules")) else []


def _write(folder: Path, files: dict[str, bytes], provenance: Provenance) -> None:
    folder.chmod(0o755)
    for name, text in {**files, "source.json": msgspec.json.encode(provenance)}.items():
        with (folder / name).open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def _verified(folder: Path) -> Compiled:
    compiled = compile_sources(find_rules([folder]))
    if compiled.report.loaded == 0:
        raise RuleSourceError("none of the archive's rules could be loaded", "check that it holds rules for Snort 3, not Snort 2")
    return compiled


def _swap(link: Path, fresh: Path) -> None:
    """Points `link` at `fresh` in one step: a reader sees the old set or the new one, never half of each."""
    old = link.resolve() if link.is_symlink() else None
    next_link = link.with_name(f".{fresh.name}")
    next_link.symlink_to(fresh.name)
    try:
        next_link.replace(link)
    except OSError:
        next_link.unlink(missing_ok=True)
        raise
    if old and old.parent == link.parent.resolve() and old.name.startswith(f"{link.name}-"):
        shutil.rmtree(old, ignore_errors=True)

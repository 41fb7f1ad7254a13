"""Unpacks a rule archive without trusting it: only the names we want, only plain files, nothing written yet."""

import gzip
import io
import tarfile
import zlib
from pathlib import PurePosixPath

from podlynx.rules.errors import RuleSourceError

ARCHIVE_CAP = 64 * 1024 * 1024
"""Largest archive in bytes."""
UNPACKED_CAP = 256 * 1024 * 1024
"""Most bytes that an archive may unpack to."""
MEMBER_CAP = 1000
"""Most entries that are looked at."""
LICENCE_NAMES = frozenset({"LICENSE", "LICENSE.txt", "AUTHORS", "VRT-License.txt", "COPYING"})
"""Kept beside the rules, as their licence asks."""

MEND = "fetch it again, or name another archive with --archive FILE"


def unpack(archive: bytes) -> dict[str, bytes]:
    """Rule and licence files of a .tar.gz or .tar: base name to bytes. A single rule file (plain or .gz) is taken as it is.

    Raises RuleSourceError: too large, damaged, no rules in it, the same file name twice.
    """
    if len(archive) > ARCHIVE_CAP:
        raise RuleSourceError(f"the archive is larger than {ARCHIVE_CAP >> 20} MiB", MEND)
    plain = _gunzip(archive) if archive[:2] == b"\x1f\x8b" else archive
    files = _members(plain) if tarfile.is_tarfile(io.BytesIO(plain)) else {"fetched.rules": plain}
    if not any(name.endswith(".rules") and _looks_like_rules(text) for name, text in files.items()):
        raise RuleSourceError("the archive holds no Snort rules", MEND)
    return files


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            plain = stream.read(UNPACKED_CAP + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RuleSourceError(f"the archive is damaged: {error}", MEND) from error
    if len(plain) > UNPACKED_CAP:
        raise RuleSourceError(f"the archive unpacks to more than {UNPACKED_CAP >> 20} MiB", MEND)
    return plain


def _members(plain: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            for number, member in enumerate(tar):
                if number >= MEMBER_CAP:
                    raise RuleSourceError(f"the archive holds more than {MEMBER_CAP} entries", MEND)
                _take(tar, member, files)
    except tarfile.TarError as error:
        raise RuleSourceError(f"the archive is damaged: {error}", MEND) from error
    return files


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, files: dict[str, bytes]) -> None:
    # Only the last part of the name is used, so no entry can reach outside of the folder we write to.
    name = PurePosixPath(member.name).name
    if not member.isfile() or name.startswith(".") or not (name.endswith(".rules") or name in LICENCE_NAMES):
        return
    if name in files:
        raise RuleSourceError(f"the archive holds two files named {name}", MEND)
    if (stream := tar.extractfile(member)) is not None:
        files[name] = stream.read()


def _looks_like_rules(text: bytes) -> bool:
    return b"sid:" in text and b"\0" not in text[:4096]

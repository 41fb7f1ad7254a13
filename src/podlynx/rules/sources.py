"""Which rules are used, and where they were found.

The order: files named by the person; the rules fetched before; `../shared/conformance/rules` in a checkout that has it;
else the starter set that comes with Podlynx. The first that exists is used alone: sets are never mixed unasked.
"""

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from podlynx.rules.directories import fetched_rules
from podlynx.rules.errors import RuleSourceError

FILE_CAP = 64 * 1024 * 1024
"""Largest rule file in bytes; the parser's own cap is the same."""

PACKAGE = Path(__file__).parent
STARTER = PACKAGE / "starter.rules"
CHECKOUT_RULES = PACKAGE.parents[3] / "shared" / "conformance" / "rules"


@dataclass(frozen=True)
class RuleSource:
    """Rule files and what to call them. `files`: (name as the person knows it, bytes); `paths`: the same files on disk."""

    kind: str
    """`named`, `fetched`, `checkout` or `starter`."""
    label: str
    files: tuple[tuple[str, bytes], ...]
    paths: tuple[Path, ...]

    def stamp(self) -> tuple[tuple[int, int], ...]:
        """(modified ns, size) of each file: differs when one was changed, and is (0, 0) for one that is gone."""
        return tuple(_stamp(path) for path in self.paths)

    def read_again(self) -> "RuleSource":
        """The same files as they are now. Raises RuleSourceError."""
        return _source(self.kind, self.label, self.paths)


def find_rules(named: Sequence[Path] = ()) -> RuleSource:
    """The rules to use; a folder stands for the `*.rules` in it. Raises RuleSourceError where a named one cannot be read."""
    if named:
        paths = [path for each in named for path in _expand(each)]
        return _source("named", ", ".join(str(path) for path in named), paths)
    for kind, folder, label in (
        ("fetched", fetched_rules(), "community rules fetched before"),
        ("checkout", CHECKOUT_RULES, "community rules beside the checkout"),
    ):
        if paths := _rule_files(folder):
            return _source(kind, f"{label} ({folder})", paths)
    return _source("starter", "Podlynx starter rules", [STARTER])


def _expand(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    if found := _rule_files(path):
        return found
    raise RuleSourceError(
        f"no rules in {path}: the folder holds no *.rules file", "name a rule file, or a folder that holds some"
    )


def _rule_files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.rules"))
    except OSError:  # another user's home, say: the same as none
        return []


def _source(kind: str, label: str, paths: Sequence[Path]) -> RuleSource:
    return RuleSource(kind, label, tuple((str(path), _read(path)) for path in paths), tuple(paths))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(FILE_CAP + 1)
    except OSError as error:
        raise RuleSourceError(f"cannot read rules {path}: {_reason(error)}", _mend(error, path)) from error
    if len(text) > FILE_CAP:
        raise RuleSourceError(
            f"cannot read rules {path}: larger than {FILE_CAP >> 20} MiB",
            "split the file, and name each part with --rules",
        )
    return text


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _mend(error: OSError, path: Path) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"make it readable for you (chmod +r {path}), or run as its owner"
    return "check the path; without --rules the rules fetched before, or the starter rules, are used"


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)

"""What goes to a person (standard error): errors, notes, progress. Results go to standard output and nowhere else."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

RED, YELLOW, GREEN, DIM, BOLD, PLAIN = "\033[31m", "\033[33m", "\033[32m", "\033[2m", "\033[1m", "\033[0m"


def styled(text: str, style: str) -> str:
    """`text` in a colour where standard error is a terminal that wants colours (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or not sys.stderr.isatty():
        return text
    return f"{style}{text}{PLAIN}"


def say(text: str = "") -> None:
    """One line to standard error."""
    print(text, file=sys.stderr, flush=True)


def complain(message: str, mend: str = "", *, word: str = "error") -> None:
    """An error or warning: what and where on the first line, the mend on the next."""
    say(f"{styled(word, RED if word == 'error' else YELLOW)}: {message}")
    if mend:
        say(f"  {styled('mend', DIM)}: {mend}")


Progress = Callable[[int, int, str], None]
"""Takes what is done, of how much (0 where it is not known), and what is at hand."""


@contextmanager
def progress_bar(title: str, *, hidden: bool = False) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere. Amounts are bytes."""
    if hidden or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _no_bar
        return
    # Imported here: a run into a file does not pay the 0.2 s that rich takes to load.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total, what: bars.update(task, completed=done, total=total or None, description=what or title)


def _no_bar(_done: int, _total: int, _what: str) -> None:
    pass


def count(number: int, one: str, many: str = "") -> str:
    """`1 alert`, `4,017 rules`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def amount(size: float) -> str:
    """Bytes in decimal units, as networks count: `123 B`, `1.5 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"

"""Python's cyclic garbage collector, told what this process is like (docs.python.org/3/library/gc.html)."""

import gc
from typing import Final

THRESHOLDS: Final = (200_000, 20, 50)
"""New containers before a look at the young ones, looks before one at the middle, and those before one at everything."""


def collect_seldom() -> None:
    """Documents come by the thousand, live for a moment and have no cycles: with the defaults a third of the time went there.

    What was made until now stays for good and is not looked at again. Called once, when a manager starts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)

"""Python's interpreter, told what this process is like: when it looks for cycles, how long a thread may keep others waiting."""

import gc
import sys
from typing import Final

THRESHOLDS: Final = (200_000, 20, 50)
"""New containers before a look at the young ones, looks before one at the middle, and those before one at everything."""
TURN_SECONDS: Final = 0.001
"""How long a thread may run Python while another waits for it. A search asks for its turn with every row that it reads: with the
default of 5 ms a page of fifty rows waits a quarter of a second beside threads that read and write batches."""


def tune() -> None:
    """Called once, when a manager starts (docs.python.org/3/library/gc.html, sys.setswitchinterval).

    Documents come by the thousand, live for a moment and have no cycles: with the defaults a third of the time went into looking
    for some. What was made until now stays for good and is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    sys.setswitchinterval(TURN_SECONDS)

"""Exit codes, and the one exception that a command ends with when it cannot do what was asked."""

from enum import IntEnum


class Exit(IntEnum):
    """What the process tells its caller; documented in docs/cli.md, which a test holds against this."""

    OK = 0
    """Done."""
    PROBLEM = 1
    """Done, and something was found wrong: rules refused, an expected alert that did not come."""
    USAGE = 2
    """The command line makes no sense."""
    UNREADABLE = 3
    """An input (capture, rules, interface, database) is missing, unreadable or damaged."""
    NO_PRIVILEGE = 4
    """Capturing packets is not allowed to this process."""
    PORT_TAKEN = 5
    """The port to serve on is taken."""
    NETWORK = 6
    """Something that had to be downloaded could not be."""
    INTERNAL = 70
    """A fault in Podlynx itself (the number of EX_SOFTWARE in sysexits.h)."""
    INTERRUPTED = 130
    """Ended by Ctrl-C before it was done."""


class CommandError(Exception):
    """Ends a command: `str()` says what and where, `mend` what to do, `code` how the process ends."""

    def __init__(self, code: Exit, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.mend = mend

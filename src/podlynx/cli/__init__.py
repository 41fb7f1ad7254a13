"""The command line: verbs only. What a verb does lives in the packages that it calls.

`main` is the console script. It turns every way to fail into one clear message and an exit code; a traceback never
reaches a person (set PODLYNX_DEBUG=1 to see it).
"""

import os
import sys

from podlynx.cli.app import call
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.terminal import complain


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _reader_left(code)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Runs one command line; answers the exit code (see `Exit`)."""
    try:
        return call(arguments)
    except CommandError as error:
        complain(str(error), error.mend)
        return error.code
    except BrokenPipeError:
        return _reader_left(Exit.OK)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Exception as error:
        if os.environ.get("PODLYNX_DEBUG"):
            raise
        complain(
            f"a fault in Podlynx: {type(error).__name__}: {error}",
            "run it again with PODLYNX_DEBUG=1 and report what it prints",
        )
        return Exit.INTERNAL


def _reader_left(code: int) -> int:
    """`podlynx inspect … | head`: the reader has enough, which is no fault. Keeps Python from complaining at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code

"""`podlynx version`."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

from podlynx import _engine
from podlynx.cli.exits import Exit


def version() -> int:
    """Print the versions of Podlynx and its engine."""
    try:
        own = installed("podlynx")
    except PackageNotFoundError:  # run from a source tree that was not installed
        own = _engine.__version__
    print(f"podlynx {own} (engine {_engine.__version__})")
    return Exit.OK

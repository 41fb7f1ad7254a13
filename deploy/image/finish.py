"""What the image makes by running itself: bytecode of everything, and the pattern databases of the starter rules.

Both depend on this image's own Python and Vectorscan; with a read-only root no pod could keep them.
"""

import compileall
import os
import py_compile
import subprocess
import sys
from pathlib import Path

HOME = Path("/opt/podlynx")
SHARE = HOME / "share"


def main() -> int:
    """0 where everything could be made."""
    # The pod trusts the image, not the files' times, which layers do not keep to the nanosecond.
    if not compileall.compile_dir(HOME / "lib", quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH):
        return 1
    kept = {**os.environ, "XDG_CACHE_HOME": str(SHARE), "HOME": "/nonexistent"}
    done = subprocess.run([HOME / "bin" / "podlynx", "rules", "check"], env=kept, check=False)  # noqa: S603  our own command
    if done.returncode:
        return done.returncode
    for path in (SHARE, *SHARE.rglob("*")):  # made private, but every user of the image reads them
        path.chmod(0o755 if path.is_dir() else 0o644)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`make conformance`: runs the scorer of the conformance sets with this checkout's engine, passing its lines through.

The sets are not part of this repository. They stand beside a checkout in ../shared/conformance, or where --folder says; without
them this says so and succeeds. What follows `--` goes to the scorer as it is (`-- --show 10 --min-firing 0.75`).
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
BESIDE = CHECKOUT.parent / "shared" / "conformance"


def main() -> int:
    """Answers the scorer's exit code; 0 where there are no sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=BESIDE, help="where the sets are (default: ../shared/conformance)")
    parser.add_argument("--sets", nargs="+", help="only these sets, e.g. base near")
    parser.add_argument("rest", nargs="*", help="options for the scorer, after --")
    asked = parser.parse_args()
    if (scorer := scorer_of(asked.folder)) is None:
        print(f"no conformance sets in {asked.folder}: nothing to score (make conformance FOLDER=DIR names another place)")
        return 0
    sets = ["--sets", *asked.sets] if asked.sets else []
    line = [sys.executable, str(scorer), "--run", command(), "--folder", str(asked.folder), *sets, *asked.rest]
    return subprocess.run(line, check=False).returncode


def scorer_of(folder: Path) -> Path | None:
    """The folder's own scorer, or the one beside the checkout for a folder that has none. None: there is nothing to score."""
    if not any(folder.glob("*.verdict.jsonl.zst")):
        return None
    return next((path for path in (folder / "score.py", BESIDE / "score.py") if path.is_file()), None)


def command() -> str:
    """What the scorer runs for each capture: this checkout's command line, by absolute path."""
    podlynx = shlex.quote(str(CHECKOUT / ".venv" / "bin" / "podlynx"))
    settings = shlex.quote(str(CHECKOUT / "conformance.toml"))
    return f"{podlynx} inspect {{pcap}} --rules {{rules}} --config {settings} --format alert-json --utc --quiet"


if __name__ == "__main__":
    sys.exit(main())

"""Our own rules and their cases as the tests see them."""

import re
import tomllib
from pathlib import Path

ROOM = Path(__file__).parents[2] / "rules"
RULES = ROOM / "podlynx-starter.rules"


def rules() -> dict[int, str]:
    """Rule text by sid; a sid that stands twice fails."""
    found: dict[int, str] = {}
    for line in RULES.read_text().splitlines():
        if line.startswith("alert"):
            (sid,) = re.findall(r"; sid:(\d+);", line)
            assert int(sid) not in found, f"sid {sid} stands twice"
            found[int(sid)] = line
    return found


def cases() -> dict[int, dict[str, object]]:
    """Cases by sid, of all files of `rules/cases/`; a sid that stands twice fails."""
    found: dict[int, dict[str, object]] = {}
    for path in sorted((ROOM / "cases").glob("*.toml")):
        for sid, case in tomllib.loads(path.read_text()).items():
            assert int(sid) not in found, f"{path.name}: cases of {sid} stand twice"
            found[int(sid)] = case
    return found

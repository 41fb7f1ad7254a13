"""Severity, 0 to 100, from a rule's priority (Snort manual, `priority`: 1 is the most severe)."""

from typing import Final

_BY_PRIORITY: Final = {1: 100, 2: 70, 3: 40}
LEAST: Final = 10
"""Severity of every priority past 3, and of none at all (0)."""


def severity_of(priority: int) -> int:
    """Priority 1 is 100, as every alert of the document's first users is; 2 is 70, 3 is 40, anything else 10."""
    return _BY_PRIORITY.get(priority, LEAST)

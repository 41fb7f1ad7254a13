"""Rules that a person names by number."""

from collections.abc import Sequence

from podlynx.cli.exits import CommandError, Exit
from podlynx.rules.catalogue import Compiled, RuleEntry


def chosen_rules(compiled: Compiled, sids: Sequence[str]) -> list[RuleEntry]:
    """The rules of these numbers, in their order. Raises CommandError where one is no number, or there is no such rule."""
    if not sids:
        raise CommandError(Exit.USAGE, "no rule is named", "give its number, for example: podlynx rules show 57461")
    known = {(rule.gid, rule.sid): rule for rule in compiled.rules}
    chosen = []
    for text in sids:
        gid, sid = rule_id(text)
        if (rule := known.get((gid, sid))) is None:
            raise CommandError(
                Exit.PROBLEM,
                f"no rule {gid}:{sid} in {compiled.source.label}",
                "podlynx rules list --match TEXT finds rules",
            )
        chosen.append(rule)
    return chosen


def rule_id(text: str) -> tuple[int, int]:
    """`57461`, `1:57461` or `1:57461:1` to (gid, sid). Raises CommandError."""
    parts = text.split(":")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise CommandError(Exit.USAGE, f"{text!r} is no rule id", "write it as 57461, or with its generator as 1:57461")
    return (1, int(parts[0])) if len(parts) == 1 else (int(parts[0]), int(parts[1]))

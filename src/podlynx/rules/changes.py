"""What a new rule set changes, by rule id."""

from collections.abc import Iterable
from dataclasses import dataclass

from podlynx.rules.catalogue import RuleEntry


@dataclass(frozen=True)
class RuleChanges:
    """Rules by what happened to them; `changed` holds the new text's entry."""

    added: tuple[RuleEntry, ...]
    removed: tuple[RuleEntry, ...]
    changed: tuple[RuleEntry, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def changes(before: Iterable[RuleEntry], after: Iterable[RuleEntry]) -> RuleChanges:
    """Compares by (gid, sid): a rule is changed where its text differs."""
    old = {(rule.gid, rule.sid): rule for rule in before}
    new = {(rule.gid, rule.sid): rule for rule in after}
    return RuleChanges(
        added=tuple(new[key] for key in sorted(new.keys() - old.keys())),
        removed=tuple(old[key] for key in sorted(old.keys() - new.keys())),
        changed=tuple(new[key] for key in sorted(new.keys() & old.keys()) if new[key].text != old[key].text),
    )

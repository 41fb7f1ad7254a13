"""A rule in plain words, as text for the terminal."""

import textwrap
from typing import Any

import msgspec

from podlynx.rules.catalogue import RuleEntry

WIDTH = 100


def explanation(rule: RuleEntry, said: bytes) -> str:
    """What `_engine.RuleSet.explain` said of the rule, one option a paragraph."""
    facts: dict[str, Any] = msgspec.json.decode(said)
    lines = [
        f"{rule.id}  {rule.msg}",
        f"  {rule.class_text or 'no class'}, priority {rule.priority}; {rule.file}:{rule.line}",
        f"  looks at: {_header(rule)}",
    ]
    for step in facts.get("steps", []):
        lines += ["", *_wrapped(step.get("text", ""), "  "), *_wrapped(_meaning(step), "      ")]
    return "\n".join([*lines, "", *_notes(rule, facts)])


def _header(rule: RuleEntry) -> str:
    """The text before the options: action, protocol, addresses, ports."""
    return " ".join(rule.text.partition("(")[0].split())


def _meaning(step: dict[str, Any]) -> str:
    searched = "; found by the prefilter alone, so it is not looked for again" if step.get("searched_only") else ""
    return f"{step.get('does', '')}{searched}"


def _notes(rule: RuleEntry, facts: dict[str, Any]) -> list[str]:
    notes = []
    if pattern := rule.fast_pattern:
        notes.append(f"Prefilter: looked at only where {pattern.buffer} holds {pattern.text!r} (in any case of letters).")
    else:
        notes.append("Prefilter: none, the rule is held against every packet that its header fits.")
    if not facts.get("alerts", True):
        notes.append("It raises no alert of its own: it only sets flowbits for other rules.")
    return [line for note in notes for line in _wrapped(note, "  ")]


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False)

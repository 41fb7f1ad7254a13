"""An event query as SQL. Column names come from the field table, everything that a person typed is bound."""

from typing import Final

from podlynx.expressions.fields import Field
from podlynx.expressions.nodes import And, Equals, Node, Not, Or, Present, Within, Words
from podlynx.expressions.text import like_pattern

Condition = tuple[str, tuple[int | str | bytes, ...]]
"""SQL that is true, false or null, and its values."""

TRUE: Final[Condition] = ("1", ())


def condition(node: Node, table: str) -> Condition:  # noqa: PLR0911 one line a kind of node
    """The condition over the rows of `table` (an alias of `events`, or of `groups` for a query of the group level)."""
    match node:
        case And(left, right):
            return _joined("AND", condition(left, table), condition(right, table))
        case Or(left, right):
            return _joined("OR", condition(left, table), condition(right, table))
        case Not(operand):
            sql, values = condition(operand, table)
            return f"({sql}) IS NOT TRUE", values  # a field without a value does not match, so its opposite does
        case Equals(field, text, pattern):
            sql = "{} LIKE ? ESCAPE '\\'" if pattern else "{} = ?"
            return _any(field, table, sql, (like_pattern(text) if pattern else text,))
        case Within(field, low, high):
            return _within(field, low, high, table)
        case Words(field, words, prefix):
            return _words(field, words, table, prefix=prefix)
        case Present(field):
            return _present(field, table)
    raise TypeError(f"no SQL for {node!r}")


def _joined(operator: str, left: Condition, right: Condition) -> Condition:
    return f"({left[0]} {operator} {right[0]})", left[1] + right[1]


def _any(field: Field, table: str, sql: str, values: tuple[int | str | bytes, ...], suffix: str = "") -> Condition:
    """True where any of the field's columns fulfils `sql`."""
    parts = [sql.format(f"{table}.{column}{suffix}") for column in field.columns]
    return f"({' OR '.join(parts)})", values * len(parts)


def _within(field: Field, low: int | bytes | None, high: int | bytes | None, table: str) -> Condition:
    suffix = "_key" if field.kind == "address" else ""
    if low is not None and high is not None:
        return _any(field, table, "{} BETWEEN ? AND ?", (low, high), suffix)
    if low is not None:
        return _any(field, table, "{} >= ?", (low,), suffix)
    if high is not None:
        return _any(field, table, "{} <= ?", (high,), suffix)
    return _present(field, table)


def _present(field: Field, table: str) -> Condition:
    return _any(field, table, "({0} IS NOT NULL AND {0} <> '')", ())


def _words(field: Field | None, words: tuple[str, ...], table: str, *, prefix: bool) -> Condition:
    phrase = f'"{" ".join(words)}"' + (" *" if prefix else "")
    return _matches(f"{{{field.columns[0]}}} : {phrase}" if field else phrase, table)


def _matches(expression: str, table: str) -> Condition:
    return f"{table}.seq IN (SELECT rowid FROM words WHERE words MATCH ?)", (expression,)

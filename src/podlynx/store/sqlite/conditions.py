"""An event query as SQL. Column names come from the field table, everything that a person typed is bound.

Where not everything may be seen (`Table.masked`) the statement begins with `VISIBLE`, and an end's name is asked for only where
its namespace is among those, the node and the resource that saw an event only where the resource's is: a search must not tell
what its results do not show.
"""

from typing import Final, NamedTuple

from podlynx.expressions.fields import Field
from podlynx.expressions.nodes import And, Equals, Node, Not, Or, Present, Within, Words
from podlynx.expressions.text import like_pattern

Condition = tuple[str, tuple[int | str | bytes, ...]]
"""SQL that is true, false or null, and its values."""

TRUE: Final[Condition] = ("1", ())
VISIBLE: Final = "WITH visible (name) AS MATERIALIZED (SELECT value FROM json_each(?)) "
"""Its one value: the namespaces that may be seen, as a JSON list."""
_DOCUMENTS: Final = "FROM documents"
_ENDS: Final = ("source", "dest")
_WATCHING: Final = ("host", "origin")
_NAMELESS: Final = "{msg reference mitre}"
"""Full-text columns that say nothing of who the ends are, nor of who saw it."""


class Fixed(Node, frozen=True):
    """A condition whose answer is known already."""

    holds: bool


class Table(NamedTuple):
    """An alias of `events`, or of `groups` or `traits` for a query of their level; `masked` where not all may be seen."""

    alias: str
    masked: bool = False
    traits: bool = False
    """It is one of `traits`; words without a field are then those of the trait, not those of requests."""
    walked: bool = False
    """Its rows are gone through in another order: words are held against each, not looked up."""

    def column(self, name: str) -> str:
        """The column; empty text where it names an end, a node or a resource that may not be seen."""
        end, _, part = name.partition("_")
        if self.masked and name in _WATCHING:
            return f"iif({self.watched}, {self.alias}.{name}, '')"
        if not self.masked or end not in _ENDS or part not in {"name", "namespace"}:
            return f"{self.alias}.{name}"
        return f"iif({self.alias}.{end}_namespace IN visible, {self.alias}.{name}, '')"

    @property
    def watched(self) -> str:
        """Whether the resource that asked for the inspection, `dpi.<namespace>/<name>`, is in a namespace that may be seen."""
        origin = f"{self.alias}.origin"
        return f"({origin} GLOB 'dpi.*/*' AND substr({origin}, 5, instr({origin}, '/') - 5) IN visible)"


def condition(node: Node, table: Table) -> Condition:  # noqa: PLR0911 one line a kind of node
    """The condition over the rows of `table`."""
    match node:
        case And(left, right):
            return _joined("AND", condition(left, table), condition(right, table))
        case Or(left, right):
            return _joined("OR", condition(left, table), condition(right, table))
        case Not(operand):
            sql, values = condition(operand, table)
            return f"({sql}) IS NOT TRUE", values  # a field without a value does not match, so its opposite does
        case Equals(field, text, pattern):
            # Named, because a column that is not shown to everybody has lost its collation in `iif`.
            sql = "{} LIKE ? ESCAPE '\\'" if pattern else "{} = ? COLLATE NOCASE"
            return _any(field, table, sql, (like_pattern(text) if pattern else text,))
        case Within(field, low, high):
            return _within(field, low, high, table)
        case Words(field, words, prefix):
            return _words(field, words, table, prefix=prefix)
        case Present(field):
            return _present(field, table)
        case Fixed(holds):
            return str(int(holds)), ()
    raise TypeError(f"no SQL for {node!r}")


def _joined(operator: str, left: Condition, right: Condition) -> Condition:
    """What has to read documents is asked last: SQLite stops at what decides."""
    if _DOCUMENTS in left[0] and _DOCUMENTS not in right[0]:
        left, right = right, left
    return f"({left[0]} {operator} {right[0]})", left[1] + right[1]


def _any(field: Field, table: Table, sql: str, values: tuple[int | str | bytes, ...], suffix: str = "") -> Condition:
    """True where any of the field's columns, or what stands at its place of the document, fulfils `sql`."""
    if not field.columns:
        return _in_document(field, table, sql, values)
    parts = [sql.format(table.column(f"{column}{suffix}")) for column in field.columns]
    return f"({' OR '.join(parts)})", values * len(parts)


def _in_document(field: Field, table: Table, sql: str, values: tuple[int | str | bytes, ...]) -> Condition:
    """Of a list any item may fulfil it. A number is compared with what reads as one."""
    place = "$" + "".join(f'."{part}"' for part in field.path.split("."))
    told = "iif(j.type IN ('true', 'false'), j.type, CAST(j.atom AS TEXT))"
    if field.kind == "number":
        told = "iif(j.atom GLOB '[0-9]*' AND NOT j.atom GLOB '*[^0-9]*', CAST(j.atom AS INTEGER), NULL)"
    found = (
        f"EXISTS (SELECT 1 {_DOCUMENTS} d, json_each(document_text(d.body), ?) j WHERE d.seq = {table.alias}.seq "
        f"AND json_type(document_text(d.body), ?) <> 'object' AND j.atom IS NOT NULL AND {sql.format(told)})"
    )
    return found, (place, place, *values)


def _within(field: Field, low: int | bytes | None, high: int | bytes | None, table: Table) -> Condition:
    suffix = "_key" if field.kind == "address" else ""
    if low is not None and high is not None:
        return _any(field, table, "{} BETWEEN ? AND ?", (low, high), suffix)
    if low is not None:
        return _any(field, table, "{} >= ?", (low,), suffix)
    if high is not None:
        return _any(field, table, "{} <= ?", (high,), suffix)
    return _present(field, table)


def _present(field: Field, table: Table) -> Condition:
    return _any(field, table, "({0} IS NOT NULL AND {0} <> '')", ())


def _words(field: Field | None, words: tuple[str, ...], table: Table, *, prefix: bool) -> Condition:
    text = _phrase(words, prefix=prefix)
    if field:
        return _requests(text, table) if field.columns[0] == "http" else _traits(f"{{{field.columns[0]}}} : {text}", table)
    named = _named(text, table)
    return named if table.traits else _joined("OR", named, _requests(text, table))


def phrase(node: Words) -> str:
    """The words in the language of full-text search (sqlite.org/fts5.html, section 3)."""
    return _phrase(node.words, prefix=node.prefix)


def _phrase(words: tuple[str, ...], *, prefix: bool) -> str:
    return f'"{" ".join(words)}"' + (" *" if prefix else "")


def of_requests(node: Words, table: Table) -> Condition:
    """Events with words that are without a field in their request."""
    return _requests(phrase(node), table)


def _named(phrase: str, table: Table) -> Condition:
    """Words without a field in a trait, as far as that may be seen."""
    if not table.masked:
        return _traits(phrase, table)
    found = _traits(f"{_NAMELESS} : {phrase}", table)
    told = [(f"{end}_names", f"{table.alias}.{end}_namespace IN visible") for end in _ENDS]
    for column, visible in (*told, ("about", table.watched)):
        found = _joined("OR", found, _joined("AND", _traits(f"{{{column}}} : {phrase}", table), (visible, ())))
    return found


def _traits(expression: str, table: Table) -> Condition:
    column = "id" if table.traits else "trait_id"
    return f"{_plain(table)}{column} IN (SELECT rowid FROM words WHERE words MATCH ?)", (expression,)


def _requests(expression: str, table: Table) -> Condition:
    found = f"{_plain(table)}request_id IN (SELECT rowid FROM request_words WHERE request_words MATCH ?)"
    return found, (expression,)


def _plain(table: Table) -> str:
    """The alias; a plus keeps SQLite from looking up by this column (sqlite.org/optoverview.html)."""
    return f"{'+' if table.walked else ''}{table.alias}."

"""An event query as a query of the engine (`bool`, `term`, `range`, ...), with the same meaning as on SQLite.

Everything that a person typed stands as a value of JSON. Where not everything may be seen an end's name is asked for only
where its namespace is among those, the node and the resource that saw an event only where the resource's is.
"""

from ipaddress import IPv6Address
from typing import Any, Final

from podlynx.expressions.fields import Field
from podlynx.expressions.nodes import And, Bound, Equals, Node, Not, Or, Present, Within, Words
from podlynx.store.protocol import Selection
from podlynx.store.search.fields import ORIGIN_NAMESPACE, TEXT, WORDS, field_of

Clause = dict[str, Any]

MAX_EXPANSIONS: Final = 2_000
"""Words that the beginning of a word behind others may stand for."""
ALL: Final[Clause] = {"match_all": {}}
NONE: Final[Clause] = {"match_none": {}}
_NAMELESS: Final = ("msg", "http", "reference", "mitre")
_ENDS: Final = ("source", "dest")
_WATCHING: Final = ("host", "origin")
_KEYWORDS: Final = frozenset({"keyword", "words"})


def all_of(*clauses: Clause) -> Clause:
    """True where all hold."""
    return {"bool": {"filter": list(clauses)}} if clauses else ALL


def any_of(*clauses: Clause) -> Clause:
    """True where any holds."""
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}} if clauses else NONE


def none_of(*clauses: Clause) -> Clause:
    """True where none holds; what has no value fulfils nothing, so it is meant."""
    return {"bool": {"must_not": list(clauses)}} if clauses else ALL


class Mask:
    """Which namespaces may be seen; None is all of them."""

    def __init__(self, namespaces: frozenset[str] | None) -> None:
        self._visible = None if namespaces is None else sorted(namespaces)

    @property
    def on(self) -> bool:
        """Whether anything is masked."""
        return self._visible is not None

    def seen(self) -> Clause:
        """Events that have an end in one of them."""
        return any_of(*(self.end(end) for end in _ENDS)) if self.on else ALL

    def end(self, end: str) -> Clause:
        """Events whose end is in one of them."""
        return {"terms": {f"{end}_namespace": self._visible}} if self.on else ALL

    def watched(self) -> Clause:
        """Events whose resource is in one of them."""
        return {"terms": {ORIGIN_NAMESPACE: [each for each in self._visible or () if each]}} if self.on else ALL

    def of_column(self, column: str) -> Clause | None:
        """Where the column is shown; None: everywhere."""
        if not self.on:
            return None
        if column in _WATCHING:
            return self.watched()
        end, _, part = column.partition("_")
        return self.end(end) if end in _ENDS and part in {"name", "namespace"} else None


EVERYTHING: Final = Mask(None)


def selected(selection: Selection, *, dismissed: bool = True) -> list[Clause]:
    """The conditions of a selection on single events; without that on `dismissed` where it is said to be left out."""
    mask = Mask(selection.namespaces)
    clauses = [mask.seen()] if mask.on else []
    if selection.severity_min:
        clauses.append({"range": {"severity": {"gte": selection.severity_min}}})
    if selection.query:
        clauses.append(condition(selection.query.root, mask))
    if dismissed and selection.dismissed is not None:
        clauses.append({"term": {"dismissed": selection.dismissed}})
    return [*clauses, *shown(selection.hidden)]


def shown(hidden: Any) -> list[Clause]:
    """Events that nothing hides."""
    return [none_of(*(condition(query.root, EVERYTHING) for query in hidden))] if hidden else []


def condition(node: Node, mask: Mask) -> Clause:  # noqa: PLR0911 one line a kind of node
    """The condition of a node."""
    match node:
        case And(left, right):
            return all_of(condition(left, mask), condition(right, mask))
        case Or(left, right):
            return any_of(condition(left, mask), condition(right, mask))
        case Not(operand):
            return none_of(condition(operand, mask))
        case Equals(field, text, pattern):
            return any_of(*(_equals(column, field, text, mask, pattern=pattern) for column in _columns(field)))
        case Within(field, low, high):
            return any_of(*(_within(column, field, low, high) for column in _columns(field)))
        case Words(field, words, prefix):
            return _words(field, words, mask, prefix=prefix)
        case Present(field):
            return any_of(*(_present(column, field, mask) for column in _columns(field)))
    raise TypeError(f"no query for {node!r}")


def _columns(field: Field) -> tuple[str, ...]:
    return field.columns or (field.path,)


def _equals(column: str, field: Field, text: str, mask: Mask, *, pattern: bool) -> Clause:
    name = _as_text(column, field)
    clause = {"wildcard": {name: {"value": _wildcards(text), "case_insensitive": True}}} if pattern else _term(name, text)
    told = mask.of_column(column)
    if told is None:
        return clause
    empty = not text.strip("*") if pattern else not text
    return any_of(all_of(told, clause), none_of(told)) if empty else all_of(told, clause)


def _term(name: str, text: str) -> Clause:
    plain = not any(each.isascii() and each.isalpha() for each in text)
    return {"term": {name: text}} if plain else {"term": {name: {"value": text, "case_insensitive": True}}}


def _as_text(column: str, field: Field) -> str:
    """The field that holds the value as text. A name that no table knows may be a number: its subfield is asked too."""
    name = field_of(column)
    return f"{name}.{TEXT}" if field.kind not in _KEYWORDS or name in UNTYPED else name


UNTYPED: Final[set[str]] = set()
"""Places of the document that are no keywords themselves (filled by `template`)."""


def _wildcards(text: str) -> str:
    return text.replace("\\", "\\\\")


def _within(column: str, field: Field, low: Bound, high: Bound) -> Clause:
    name = field_of(column)
    ends = {key: _bound(bound) for key, bound in (("gte", low), ("lte", high)) if bound is not None}
    return {"range": {name: ends}} if ends else _present(column, field, EVERYTHING)


def _bound(bound: int | bytes) -> int | str:
    if isinstance(bound, int):
        return bound
    address = IPv6Address(bound)
    return str(address.ipv4_mapped or address)


def _present(column: str, field: Field, mask: Mask) -> Clause:
    name = _as_text(column, field)
    there = {"bool": {"filter": [{"exists": {"field": name}}], "must_not": [{"term": {name: ""}}]}}
    told = mask.of_column(column)
    return there if told is None else all_of(told, there)


def _words(field: Field | None, words: tuple[str, ...], mask: Mask, *, prefix: bool) -> Clause:
    if field:
        return _phrase(field.columns[0], words, prefix=prefix)
    clauses = [_phrase(column, words, prefix=prefix) for column in _NAMELESS]
    clauses += [_told(mask.end(end), _phrase(f"{end}_names", words, prefix=prefix), mask) for end in _ENDS]
    clauses.append(_told(mask.watched(), _phrase("about", words, prefix=prefix), mask))
    return any_of(*clauses)


def _told(where: Clause, clause: Clause, mask: Mask) -> Clause:
    return all_of(where, clause) if mask.on else clause


def _phrase(column: str, words: tuple[str, ...], *, prefix: bool) -> Clause:
    name = f"{WORDS}.{column}"
    if prefix and len(words) == 1:
        return {"prefix": {name: {"value": words[0]}}}
    text = " ".join(words)
    if prefix:
        return {"match_phrase_prefix": {name: {"query": text, "max_expansions": MAX_EXPANSIONS}}}
    return {"match_phrase": {name: text}} if len(words) > 1 else {"term": {name: text}}

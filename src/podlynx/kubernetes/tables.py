"""Objects as the API server prints them: metadata and a few columns (Kubernetes API concepts, "Receiving resources as Tables").

A DeepPacketInspection's status has an entry a node, and each change of it goes to each node's sensor, which needs the selector
alone: printed, a change has the same size in any cluster.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

ACCEPT: Final = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
"""A table, or the objects themselves where the server prints none."""


class _Column(msgspec.Struct):
    name: str


class _Row(msgspec.Struct):
    cells: list[Any]
    object: dict[str, Any]


class Table(msgspec.Struct, rename="camel"):
    """A metav1.Table, as far as it is read. In a watch only the first of them names the columns."""

    column_definitions: list[_Column] | None = None
    rows: list[_Row] | None = None


class NoSuchColumn(Exception):
    """The definition, somebody else's, prints no such column: ask for the objects themselves."""


class Printed:
    """Which column of a table is which field of an object's spec: `{"Selector": "selector"}`."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = dict(fields)
        self._places: dict[str, int] = {}

    def objects(self, table: Table) -> list[dict[str, Any]]:
        """The rows as objects with metadata and those fields. Raises NoSuchColumn."""
        if table.column_definitions:
            names = [column.name for column in table.column_definitions]
            if not self._fields.keys() <= set(names):
                raise NoSuchColumn
            self._places = {field: names.index(column) for column, field in self._fields.items()}
        return [self._object(row) for row in table.rows or []]

    def _object(self, row: _Row) -> dict[str, Any]:
        spec = {field: row.cells[place] for field, place in self._places.items() if place < len(row.cells)}
        return {"metadata": row.object.get("metadata") or {}, "spec": spec}

"""How options of every command look in their help."""

from typing import Annotated

from cyclopts import Parameter


def flag(text: str) -> Parameter:
    """A switch that is off unless named; there is no --no- form, since off is what it is anyway."""
    return Parameter(negative="", show_default=False, help=text)


def value(text: str, *names: str) -> Parameter:
    """An option whose default the help text itself tells; under other names where some are given."""
    return Parameter(name=names or None, negative="", show_default=False, help=text)


def values(text: str, *names: str) -> Parameter:
    """An option that takes several values in a row."""
    return Parameter(name=names or None, negative="", show_default=False, consume_multiple=True, help=text)


WorkersOption = Annotated[
    int, value("Threads that inspect, each with its share of the flows. Default: by the CPU limit.", "--workers")
]

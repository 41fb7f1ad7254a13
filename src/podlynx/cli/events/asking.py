"""The options that say which events are meant, and what is wrong with a query, with carets under the place."""

import textwrap
from dataclasses import dataclass
from typing import Annotated, Final

from cyclopts import Parameter

from podlynx.cli.events.source import Asked
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.options import flag, value
from podlynx.expressions.errors import ExpressionError
from podlynx.expressions.query import parse_query

Words = Annotated[str, Parameter(help="What to look for, in the language of docs/query.md. Default: everything.")]
_MOST_SEVERE: Final = 100


@Parameter(name="*")
@dataclass(frozen=True)
class Narrowed:
    """Options beside the query."""

    namespace: Annotated[str, value("Only events with an end in this namespace.", "--namespace", "-n")] = ""
    severity: Annotated[int, value("Only events at least this severe, 0 to 100.", "--severity")] = 0
    dismissed: Annotated[bool, flag("What was dismissed, instead of what is open.")] = False
    show_excepted: Annotated[bool, flag("What an AlertException of the cluster hides, too.")] = False


def asked_for(words: tuple[str, ...], narrowed: Narrowed | None) -> Asked:
    """What the command line means. Raises CommandError with the place of what is no query."""
    narrowed = narrowed or Narrowed()
    query = " ".join(words).strip()
    if query:
        _check(query)
    if not 0 <= narrowed.severity <= _MOST_SEVERE:
        raise CommandError(Exit.USAGE, f"--severity takes 0 to {_MOST_SEVERE}, not {narrowed.severity}")
    if narrowed.namespace:
        within = f'namespace:"{narrowed.namespace}"'
        query = f"({query}) AND {within}" if query else within
        _check(query)
    return Asked(
        query=query,
        severity_min=narrowed.severity,
        dismissed=narrowed.dismissed,
        show_excepted=narrowed.show_excepted,
    )


def _check(query: str) -> None:
    try:
        parse_query(query)
    except ExpressionError as error:
        raise wrong_query(error) from error


def wrong_query(error: ExpressionError) -> CommandError:
    """The error of a query: what is wrong, the query with carets under the place, the mend."""
    shown = ExpressionError(error.code, error.message, error.source, error.span).rendered()
    return CommandError(Exit.USAGE, textwrap.indent(shown, "  ").strip(), error.hint)

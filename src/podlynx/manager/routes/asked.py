"""What every endpoint about events takes: the parameters that say which events are meant."""

from typing import Annotated

from litestar.params import QueryParameter

from podlynx.expressions.nodes import Query
from podlynx.expressions.query import MAX_QUERY, parse_query

QueryText = Annotated[
    str, QueryParameter(name="query", max_length=MAX_QUERY, description="field:value, AND, OR, NOT, parentheses, free text")
]
SeverityMin = Annotated[int, QueryParameter(ge=0, le=100, description="Only alerts at least this severe")]
Dismissed = Annotated[bool, QueryParameter(description="What was dismissed instead of what is open")]
ShowExcepted = Annotated[bool, QueryParameter(description="Also what exceptions hide")]


def query_of(text: str) -> Query | None:
    """The query of that text; none where it is empty. Raises ExpressionError, which is answered with its span."""
    return parse_query(text) if text.strip() else None

"""How many events there are: in all, by the values of a field, by time. The answer of `EventStore.count` and of the API."""

from typing import Annotated

import msgspec

_Count = Annotated[int, msgspec.Meta(ge=0)]


class IntervalCount(msgspec.Struct, frozen=True):
    """Events whose packet time lies in the interval that begins at `start`."""

    start: Annotated[int, msgspec.Meta(description="Epoch seconds, a multiple of the interval")]
    count: _Count


class ValueCount(msgspec.Struct, frozen=True, kw_only=True):
    """Events that have this value. `times` runs beside `Counts.times`; empty where no intervals were asked for."""

    value: Annotated[str, msgspec.Meta(description="As text, numbers too")]
    count: _Count
    times: Annotated[list[int], msgspec.Meta(description="Events by interval, one figure for each of `times`")] = []


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Events that match, counted one by one, never estimated.

    A field of either end (`ip`, `port`, `pod`, `namespace`), and one that has several values, counts an event once for each of
    its different values: so `values`, `other` and `without` may add up to more than `total`.
    """

    total: _Count
    interval: Annotated[int | None, msgspec.Meta(description="Seconds of an interval; null where none were asked for")] = None
    times: Annotated[
        list[IntervalCount], msgspec.Meta(description="Every interval from the first event to the last, empty ones too")
    ] = []
    values: Annotated[list[ValueCount], msgspec.Meta(description="The most frequent values, most frequent first")] = []
    other: Annotated[int, msgspec.Meta(ge=0, description="Sum of the counts of all values that `values` does not hold")] = 0
    without: Annotated[int, msgspec.Meta(ge=0, description="Events that have no value of the field")] = 0

"""How wide the intervals are that events are counted by, so that there are neither too many nor too few."""

from typing import Final

from podlynx.store.errors import TooManyIntervals

MAX_INTERVALS: Final = 1_000
"""Intervals of one answer."""
_SECOND: Final = 1_000_000_000
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_WIDTHS: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(_MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR),
    *(_DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY),
)
"""Seconds. Each hour and above is a whole number of hours, each day and above of days: a store may keep sums by the hour."""


def width_for(first: int, last: int, wanted: int) -> int:
    """The narrowest of our widths, in seconds, by which at most `wanted` intervals hold `first` to `last` (nanoseconds)."""
    for width in _WIDTHS:
        if _number(first, last, width) <= wanted:
            return width
    months = -(-(last - first) // (wanted * _WIDTHS[-1] * _SECOND)) or 1
    while _number(first, last, months * _WIDTHS[-1]) > wanted:  # an interval more at the edges
        months += 1
    return months * _WIDTHS[-1]


def starts(first: int, last: int, width: int) -> range:
    """Begins, in epoch seconds, of the intervals of `width` seconds from the one of `first` to that of `last` (nanoseconds).

    They begin at multiples of the width since the epoch, in UTC. Raises `TooManyIntervals`.
    """
    if _number(first, last, width) > MAX_INTERVALS:
        hint = f"Count by at least {width_for(first, last, MAX_INTERVALS)} s, or ask for a shorter time."
        raise TooManyIntervals(f"Intervals of {width} s would be more than {MAX_INTERVALS}.", hint)
    begin = first // (width * _SECOND)
    return range(begin * width, (begin + _number(first, last, width)) * width, width)


def _number(first: int, last: int, width: int) -> int:
    step = width * _SECOND
    return last // step - first // step + 1

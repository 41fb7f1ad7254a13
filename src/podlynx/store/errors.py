"""What can go wrong with stored events; each message says what, where and how to mend it."""

from typing import ClassVar


class StoreError(Exception):
    """Any failure of the store. `hint` says how to mend it."""

    code: ClassVar[str] = "store_failed"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class StoreUnusable(StoreError):
    """The database cannot be opened: newer schema, damage, another program's file, no permission, unknown address."""

    code = "store_unusable"


class StoreBusy(StoreError):
    """The write queue is full: nothing was stored, try again later."""

    code = "store_busy"


class QueryTooSlow(StoreError):
    """A search went past its time limit and was ended."""

    code = "query_too_slow"


class BadCursor(StoreError):
    """A paging cursor that this store did not give out."""

    code = "bad_cursor"


class StoreClosed(StoreError):
    """The store is closed or closing: nothing was stored."""

    code = "store_closed"


class TooManyIntervals(StoreError):
    """Counting by time with intervals so narrow that there would be too many."""

    code = "too_many_intervals"


class NotCountable(StoreError):
    """Counting by the values of a field that has none to count by."""

    code = "not_countable"

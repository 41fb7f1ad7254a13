"""`podlynx events tail`: events as they come, over whatever happens to the connection."""

import asyncio
from typing import Annotated

import msgspec

from podlynx.cli.events.asking import Narrowed, Words, asked_for
from podlynx.cli.events.source import Asked, EventSource
from podlynx.cli.events.table import event_line
from podlynx.cli.events.text import Screen
from podlynx.cli.events.where import Where, opened
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.options import flag, value
from podlynx.models.event import EventDocument

MAX_LAST = 500


def tail_events(
    *query: Words,
    last: Annotated[int, value("Events that came before and are printed first, to 500. Default: 10.", "--last")] = 10,
    json: Annotated[bool, flag("Print the whole document as JSON, one a line.")] = False,
    utc: Annotated[bool, flag("Times in UTC instead of local ones.")] = False,
    narrowed: Narrowed | None = None,
    where: Where | None = None,
) -> int:
    """Print events as they come, until Ctrl-C: each once, also over a lost connection."""
    if not 0 <= last <= MAX_LAST:
        raise CommandError(Exit.USAGE, f"--last takes 0 to {MAX_LAST}, not {last}")
    if narrowed and narrowed.dismissed:
        raise CommandError(Exit.USAGE, "what comes is not dismissed yet", "podlynx events list --dismissed lists what was")
    asyncio.run(_tail(where, asked_for(query, narrowed), last, _Printer(json=json, utc=utc)))
    return Exit.OK


class _Printer:
    def __init__(self, *, json: bool, utc: bool) -> None:
        self._json = json
        self._utc = utc
        self._screen = Screen()

    def __call__(self, document: EventDocument) -> None:
        """Flushed, since who reads is waiting."""
        line = msgspec.json.encode(document).decode() if self._json else event_line(document, self._screen, utc=self._utc)
        print(line, flush=True)


async def _tail(where: Where | None, asked: Asked, last: int, show: _Printer) -> None:
    async with opened(where) as source:
        page = await source.page(asked, grouped=False, limit=max(last, 1), cursor=None)
        for row in reversed(page.items[:last]):
            if detail := await source.event(row.event_id):
                show(_document(detail))
        await _follow(source, asked, int(page.live_cursor), show)


async def _follow(source: EventSource, asked: Asked, cursor: int, show: _Printer) -> None:
    async for document in source.follow(asked, cursor):
        show(document)


def _document(detail: EventDocument) -> EventDocument:
    """Without the group: all lines have the same fields."""
    return EventDocument(**{name: getattr(detail, name) for name in EventDocument.__struct_fields__})

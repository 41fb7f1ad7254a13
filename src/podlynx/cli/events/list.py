"""`podlynx events list`: alerts, newest first."""

import asyncio
from typing import Annotated

import msgspec

from podlynx.cli.events.asking import Narrowed, Words, asked_for
from podlynx.cli.events.source import Asked
from podlynx.cli.events.table import table
from podlynx.cli.events.text import Screen
from podlynx.cli.events.where import Where, opened
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.options import flag, value
from podlynx.cli.terminal import complain
from podlynx.models.alert import AlertPage, AlertRow
from podlynx.store.protocol import MAX_PAGE

MAX_LISTED = 10_000
"""Alerts that one call lists; `export` takes all there are."""


def list_events(
    *query: Words,
    limit: Annotated[int, value("How many at most, to 10000. Default: 50.", "--limit")] = 50,
    single: Annotated[bool, flag("Every event by itself, instead of groups of alike ones.")] = False,
    json: Annotated[bool, flag("Print one JSON object an alert.")] = False,
    utc: Annotated[bool, flag("Times in UTC instead of local ones.")] = False,
    narrowed: Narrowed | None = None,
    where: Where | None = None,
) -> int:
    """List alerts, newest first."""
    if not 1 <= limit <= MAX_LISTED:
        raise CommandError(Exit.USAGE, f"--limit takes 1 to {MAX_LISTED}, not {limit}", "podlynx events export takes all")
    asked = asked_for(query, narrowed)
    rows, total = asyncio.run(_listed(where, asked, limit, grouped=not single))
    if json:
        for row in rows:
            print(msgspec.json.encode(row).decode())
    elif rows:
        for line in table(rows, Screen(), utc=utc):
            print(line)
    _say_how_many(len(rows), total)
    return Exit.OK


async def _listed(where: Where | None, asked: Asked, limit: int, *, grouped: bool) -> tuple[list[AlertRow], AlertPage]:
    rows: list[AlertRow] = []
    async with opened(where) as source:
        first = page = await source.page(asked, grouped=grouped, limit=min(limit, MAX_PAGE), cursor=None)
        rows += page.items
        while page.next_cursor and len(rows) < limit:
            page = await source.page(asked, grouped=grouped, limit=min(limit - len(rows), MAX_PAGE), cursor=page.next_cursor)
            rows += page.items
    return rows, first


def _say_how_many(shown: int, first: AlertPage) -> None:
    if first.sees_nothing:
        complain("you may see the alerts of no namespace", "ask for a binding of the ClusterRole podlynx-viewer", word="note")
    elif not shown:
        complain("no alert matches", word="note")
    elif shown < first.total:
        more = "at least " if first.total >= first.total_cap else ""
        complain(f"{shown:,} of {more}{first.total:,} alerts; --limit shows more", word="note")
    if first.excepted:
        complain(f"{first.excepted:,} more are hidden by exceptions; --show-excepted shows them", word="note")

"""`podlynx events show`: one event, readably."""

import asyncio
from typing import Annotated

import msgspec
from cyclopts import Parameter

from podlynx.cli.events.report import report
from podlynx.cli.events.source import EventSource
from podlynx.cli.events.text import Screen
from podlynx.cli.events.where import Where, opened
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.options import flag
from podlynx.models.alert import AlertDetail

Ids = Annotated[str, Parameter(help="Ids of events or groups, as `podlynx events list` prints them.")]


def show_events(
    *ids: Ids,
    json: Annotated[bool, flag("Print the whole document as JSON, one a line.")] = False,
    utc: Annotated[bool, flag("Times in UTC instead of local ones.")] = False,
    where: Where | None = None,
) -> int:
    """Show events: who, when, the request, the rule, and why it matched. Of a group the latest."""
    screen = Screen()
    for number, detail in enumerate(asyncio.run(_found(where, ids))):
        if json:
            print(msgspec.json.encode(detail).decode())
            continue
        if number:
            print()
        for line in report(detail, screen, utc=utc):
            print(line)
    return Exit.OK


async def _found(where: Where | None, ids: tuple[str, ...]) -> list[AlertDetail]:
    check_ids(ids)
    async with opened(where) as source:
        return [await found(source, each) for each in ids]


def check_ids(ids: tuple[str, ...]) -> None:
    """Raises CommandError where there are none."""
    if not ids:
        raise CommandError(Exit.USAGE, "which event?", "give ids, as `podlynx events list` prints them")


async def found(source: EventSource, identifier: str) -> AlertDetail:
    """The event of that id. Raises CommandError where there is none."""
    detail = await source.event(identifier)
    if detail is None:
        raise no_such(identifier)
    return detail


def no_such(identifier: str) -> CommandError:
    """There is none, or not for this person."""
    mend = "it may have been forgotten by age or size, or may not be yours to see"
    return CommandError(Exit.PROBLEM, f"there is no event or group with the id {identifier[:100]!r}", mend)

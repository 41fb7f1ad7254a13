"""`podlynx events dismiss`: hides events that were dealt with, by id or by query."""

import asyncio
import sys
from typing import Annotated

from podlynx.cli.events.asking import Narrowed, asked_for
from podlynx.cli.events.show import Ids, no_such
from podlynx.cli.events.source import Asked, EventSource
from podlynx.cli.events.where import Where, opened
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.options import flag, value
from podlynx.cli.terminal import count, say


def dismiss_events(
    *ids: Ids,
    query: Annotated[str, value("Dismiss all open events that match, instead of those of some ids.", "--query")] = "",
    yes: Annotated[bool, flag("With --query: do not ask.")] = False,
    undo: Annotated[bool, flag("Show events of these ids again.")] = False,
    narrowed: Narrowed | None = None,
    where: Where | None = None,
) -> int:
    """Dismiss events, or groups of alike ones: they leave the list and stay stored."""
    if bool(ids) == bool(query.strip()):
        raise CommandError(Exit.USAGE, "give either ids or --query", "podlynx events list prints ids")
    if undo and query:
        raise CommandError(Exit.USAGE, "--undo takes ids", "podlynx events list --dismissed prints them")
    if ids:
        asyncio.run(_marked(where, ids, dismissed=not undo))
        return Exit.OK
    if narrowed and narrowed.show_excepted:
        raise CommandError(Exit.USAGE, "what exceptions hide is left alone", "give the ids of such events")
    if narrowed and narrowed.dismissed:
        raise CommandError(Exit.USAGE, "what is dismissed already cannot be dismissed")
    return asyncio.run(_swept(where, asked_for((query,), narrowed), yes=yes))


async def _marked(where: Where | None, ids: tuple[str, ...], *, dismissed: bool) -> None:
    async with opened(where) as source:
        for identifier in ids:
            if not await source.mark(identifier, dismissed=dismissed):
                raise no_such(identifier)
    say(f"{'dismissed' if dismissed else 'shown again'}: {count(len(ids), 'alert')}")


async def _swept(where: Where | None, asked: Asked, *, yes: bool) -> Exit:
    async with opened(where) as source:
        number = (await source.count(asked)).total
        if number and not yes and not await asyncio.to_thread(_agreed, number):
            say("nothing was dismissed")
            return Exit.PROBLEM
        say(f"dismissed: {count(await _all(source, asked) if number else 0, 'event')}")
    return Exit.OK


async def _all(source: EventSource, asked: Asked) -> int:
    """As many calls as it takes; a call that dismisses nothing is the last, whatever it says."""
    dismissed = 0
    while True:
        swept = await source.sweep(asked)
        dismissed += swept.dismissed
        if swept.complete or not swept.dismissed:
            return dismissed


def _agreed(number: int) -> bool:
    if not sys.stdin.isatty():
        raise CommandError(Exit.USAGE, f"{count(number, 'event')} would be dismissed", "say so with --yes")
    print(f"Dismiss {count(number, 'event')}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}

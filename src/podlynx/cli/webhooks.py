"""`podlynx webhooks`: how those who are told of alerts fare, a test, and what was sent last."""

import asyncio
from typing import Annotated

import msgspec
from cyclopts import Parameter

from podlynx.cli.events.where import Where, manager_of
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.options import flag
from podlynx.models.webhook_report import Delivery, WebhookState, WebhookStates, WebhookTest

Json = Annotated[bool, flag("Print JSON.")]
Name = Annotated[str, Parameter(help="Name of the SecurityEventWebhook.", show_default=False)]
_HEALTH = {True: "yes", False: "NO", None: "-"}


def list_webhooks(*, json: Json = False, where: Where | None = None) -> int:
    """Exit code 1 where one does not get through."""
    states = asyncio.run(_states(where))
    print(msgspec.json.encode(states).decode() if json else listed(states.webhooks))
    return Exit.PROBLEM if any(each.healthy is False for each in states.webhooks) else Exit.OK


def test_webhooks(name: Name, /, *, json: Json = False, where: Where | None = None) -> int:  # noqa: PT028 a verb, no test
    """Exit code 1 where the receiver did not take the sample alert."""
    result = asyncio.run(_test(where, name))
    said = (
        f"{name}: the sample alert was taken ({result.status})"
        if result.delivered
        else f"{name}: not delivered: {result.message}"
    )
    print(msgspec.json.encode(result).decode() if json else said)
    return Exit.OK if result.delivered else Exit.PROBLEM


def log_webhooks(name: Name, /, *, json: Json = False, where: Where | None = None) -> int:
    """The newest last, as logs are read."""
    states = asyncio.run(_states(where))
    found = next((each for each in states.webhooks if each.name == name), None)
    if found is None:
        raise CommandError(
            Exit.PROBLEM, f"there is no webhook of the name {name}", "`podlynx webhooks list` names those there are"
        )
    for each in reversed(found.deliveries):
        print(msgspec.json.encode(each).decode() if json else line_of(each))
    return Exit.OK


def listed(states: list[WebhookState]) -> str:
    """A table, and under it what is wrong."""
    if not states:
        return "no webhooks: docs/telling.md shows how to write one"
    head = ("NAME", "CONSUMER", "STATE", "HEALTHY", "TOLD", "MESSAGES", "GIVEN UP", "LAST")
    rows = [head, *(_row(each) for each in states)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *(f"{each.name}: {each.reason}: {each.message}" for each in states if each.healthy is False)])


def _row(state: WebhookState) -> tuple[str, ...]:
    last = state.deliveries[0].time if state.deliveries else "-"
    counts = (str(state.delivered), str(state.messages), str(state.dead))
    return (state.name, state.consumer, state.state, _HEALTH[state.healthy], *counts, last)


def line_of(delivery: Delivery) -> str:
    """One delivery."""
    parts = [delivery.time, delivery.outcome, f"{delivery.alerts} alerts"]
    parts += [f"attempt {delivery.attempt}"] if delivery.attempt > 1 else []
    parts += [str(delivery.status)] if delivery.status is not None else []
    return "  ".join([*parts, delivery.message]).rstrip()


async def _states(where: Where | None) -> WebhookStates:
    async with manager_of(where) as manager:
        return await manager.webhooks()


async def _test(where: Where | None, name: str) -> WebhookTest:
    async with manager_of(where) as manager:
        return await manager.test_webhook(name)

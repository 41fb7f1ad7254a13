"""One webhook at work: reads what arrived since, folds it, sends it, and goes on only when it was taken or given up.

What comes first is told at once. While more keeps coming the pauses grow, so that a flood becomes a few messages that count it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import msgspec
import structlog

from podlynx.expressions.event_filter import parse_event_filter
from podlynx.expressions.nodes import Query
from podlynx.kubernetes.errors import ClusterError
from podlynx.kubernetes.kinds import Manifest
from podlynx.manager.webhooks.config import Resolved, Values, resolved
from podlynx.manager.webhooks.facts import now
from podlynx.manager.webhooks.figures import WebhookFigures
from podlynx.manager.webhooks.ledger import Entry, Ledger
from podlynx.manager.webhooks.messages import Message, messages_of
from podlynx.manager.webhooks.rounds import Round
from podlynx.manager.webhooks.sample import sample_alert
from podlynx.manager.webhooks.sending import Answer, BadTarget, Sender
from podlynx.manager.webhooks.templates import BadTemplate
from podlynx.models.selftest import is_selftest
from podlynx.models.webhook_report import Delivery, Outcome, WebhookState
from podlynx.store.errors import StoreError
from podlynx.store.protocol import MAX_ARRIVALS, EventStore, Selection

_LOG = structlog.get_logger("podlynx.manager")
IDLE_SECONDS: Final = 1.0
"""How often it is looked whether something arrived."""
BUSY_SECONDS: Final = 30.0
"""The longest pause between two rounds while more keeps coming."""
ROUND_SECONDS: Final = 30.0
"""How long one round reads: in a flood it takes in what it can."""
ATTEMPTS: Final = 20
"""Attempts at one message before it is given up: about an hour."""
RETRY_SECONDS: Final = (1.0, 300.0)
"""To wait after the first failure, and at most; between them doubled, each time a random part of it."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Means:
    """What every webhook works with."""

    store: EventStore
    hidden: Callable[[], tuple[Query, ...]]
    sender: Sender
    values: Values
    ledger: Ledger
    page: str = ""
    cluster: str = ""
    sleep: Sleep = asyncio.sleep
    figures: WebhookFigures = field(default_factory=WebhookFigures)


class Teller:
    """Runs until cancelled. `manifest` is one that validation found good."""

    def __init__(self, means: Means, manifest: Manifest) -> None:
        self._means, self._manifest = means, manifest
        metadata, spec = manifest["metadata"], manifest["spec"]
        self._query = parse_event_filter(spec["query"]).query
        self._mode = str(spec["state"])
        known = means.ledger.entries.get(metadata["uid"]) or Entry(state=WebhookState(name=metadata["name"], uid=metadata["uid"]))
        state = msgspec.structs.replace(
            known.state,
            name=metadata["name"],
            generation=int(metadata.get("generation") or 0),
            consumer=spec["consumer"],
            state=self._mode,
        )
        self._entry = msgspec.structs.replace(known, state=state)

    async def run(self) -> None:
        """By its state: Disabled does nothing, Test sends one sample, Debug only notes, Enabled tells."""
        if self._mode in ("Enabled", "Debug"):
            await self._follow()
        # What arrives meanwhile is not told later: it would be news from the past.
        self._entry = msgspec.structs.replace(self._entry, cursor=None)
        if self._mode == "Test" and self._entry.tested != self._entry.state.generation:
            await self._test()
        elif self._mode == "Disabled":
            self._say("Disabled", "Nothing is sent: spec.state is Disabled.", healthy=None)
        self._means.ledger.put(self._entry)
        await asyncio.Event().wait()

    async def _follow(self) -> None:
        await self._begin()
        pause = IDLE_SECONDS
        while True:
            found = await self._round()
            pause = min(pause * 2, BUSY_SECONDS) if found else IDLE_SECONDS
            await self._means.sleep(pause)

    async def _begin(self) -> None:
        """A new webhook begins now; so does one whose store is another by now."""
        newest = await self._means.store.cursor()
        cursor = self._entry.cursor
        self._entry = msgspec.structs.replace(self._entry, cursor=newest if cursor is None or cursor > newest else cursor)
        if self._entry.state.healthy is None:
            self._say("Waiting", "No alert to tell of yet.", healthy=None)
        self._means.ledger.put(self._entry)

    async def _round(self) -> bool:
        """Whether there was anything."""
        found, cursor = await self._read(self._entry.cursor or 0)
        if found.alerts:
            await self._tell(found)
        self._entry = msgspec.structs.replace(self._entry, cursor=cursor)
        self._means.ledger.put(self._entry)
        return bool(found.alerts)

    async def _read(self, cursor: int) -> tuple[Round, int]:
        found, until = Round(), monotonic() + ROUND_SECONDS
        while True:
            selection = Selection(query=self._query, hidden=self._means.hidden())
            arrivals = await self._means.store.arrivals(selection, cursor, MAX_ARRIVALS)
            for each in arrivals.events:
                if not is_selftest(each.document.podlynx):  # a test of ours is nobody's alert
                    found.add(each.document)
            cursor = arrivals.cursor
            if arrivals.complete or monotonic() > until:
                return found, cursor

    async def _tell(self, found: Round) -> None:
        for message in await self._messages(found):
            await self._deliver(message)

    async def _messages(self, found: Round) -> list[Message]:
        """None where the settings stay such that none can be made."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return messages_of(found, (await self._resolved()).shape, datetime.now(UTC))
            except (BadTarget, BadTemplate, ClusterError) as error:
                self._failed(Answer(taken=False, message=str(error)), found.alerts, attempt, given_up=attempt == ATTEMPTS)
            if attempt < ATTEMPTS:
                await self._means.sleep(_delay(attempt))
        return []

    async def _deliver(self, message: Message) -> None:
        if self._mode == "Debug":
            self._note(_delivery("shown", message.alerts, message=f"not sent: {message.body[:600].decode(errors='replace')}"))
            self._say("Debug", "Nothing is sent: spec.state is Debug. What would be stands in the delivery log.", healthy=None)
            return
        for attempt in range(1, ATTEMPTS + 1):
            answer = await self._attempt(message)
            if answer.taken:
                self._taken(message, answer, attempt)
                return
            given_up = answer.final or attempt == ATTEMPTS
            self._failed(answer, message.alerts, attempt, given_up=given_up)
            if given_up:
                return
            await self._means.sleep(max(_delay(attempt), answer.retry_after))

    async def _attempt(self, message: Message) -> Answer:
        try:
            target = (await self._resolved()).target  # each time: a Secret may have been changed meanwhile
        except (BadTarget, ClusterError) as error:
            return Answer(taken=False, message=str(error))
        return await self._means.sender.post(target, message.body)

    async def _resolved(self) -> Resolved:
        return await resolved(self._manifest, self._means.values, self._means.page)

    async def _test(self) -> None:
        answer = await send_sample(self._means, self._manifest)
        self._entry = msgspec.structs.replace(self._entry, tested=self._entry.state.generation)
        self._note(_delivery("tested", 1, answer.status, answer.message or "the sample alert was taken"))
        if answer.taken:
            self._say("Tested", "The sample alert was taken. Set spec.state to Enabled to tell of real ones.")
        else:
            self._say("TestFailed", answer.message, healthy=False)

    def _taken(self, message: Message, answer: Answer, attempt: int) -> None:
        state = self._entry.state
        counted = {
            "delivered": state.delivered + message.alerts,
            "messages": state.messages + 1,
            "folded": state.folded + message.folded,
        }
        self._note(_delivery("delivered", message.alerts, answer.status, attempt=attempt), **counted)
        self._say("Delivering", "The last message was taken.")

    def _failed(self, answer: Answer, alerts: int, attempt: int, *, given_up: bool) -> None:
        state = self._entry.state
        counted = {"dead": state.dead + alerts} if given_up else {"retries": state.retries + 1}
        outcome: Outcome = "dead" if given_up else "retrying"
        self._note(_delivery(outcome, alerts, answer.status, answer.message, attempt=attempt), **counted)
        self._say("GivenUp" if given_up else "Retrying", answer.message, healthy=False)
        _LOG.warning("webhook not delivered", webhook=state.name, attempt=attempt, given_up=given_up, why=answer.message)

    def _note(self, delivery: Delivery, **counted: int) -> None:
        self._means.figures.count(self._entry.state.consumer, delivery)
        self._entry = self._means.ledger.told(self._entry, delivery, **counted)

    def _say(self, reason: str, message: str, *, healthy: bool | None = True) -> None:
        state = msgspec.structs.replace(self._entry.state, healthy=healthy, reason=reason, message=message[:1024])
        self._entry = msgspec.structs.replace(self._entry, state=state)
        self._means.ledger.put(self._entry)


async def send_sample(means: Means, manifest: Manifest) -> Answer:
    """One alert that is none, as the webhook would send it."""
    found = Round()
    found.add(sample_alert(means.cluster))
    try:
        setting = await resolved(manifest, means.values, means.page)
        (message,) = messages_of(found, setting.shape, datetime.now(UTC))
    except (BadTarget, BadTemplate, ClusterError) as error:
        return Answer(taken=False, message=str(error))
    return await means.sender.post(setting.target, message.body)


def _delivery(outcome: Outcome, alerts: int, status: int | None = None, message: str = "", *, attempt: int = 1) -> Delivery:
    return Delivery(time=now(), outcome=outcome, alerts=alerts, attempt=attempt, status=status, message=message[:1024])


def _delay(attempt: int) -> float:
    first, most = RETRY_SECONDS
    return min(most, first * float(2 ** min(attempt - 1, 16))) * random.uniform(0.5, 1)  # noqa: S311 spreads load


async def telling(means: Means, manifest: Manifest) -> None:
    """A webhook at work, again whenever the store was away. Ends only when cancelled."""
    while True:
        try:
            await Teller(means, manifest).run()
        except StoreError as error:
            _LOG.warning("webhook waits for the store", webhook=manifest["metadata"]["name"], why=str(error))
        except Exception:
            _LOG.exception("a fault in Podlynx", webhook=manifest["metadata"]["name"])
        await means.sleep(RETRY_SECONDS[0] * 10)

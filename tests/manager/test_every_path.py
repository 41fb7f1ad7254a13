"""Rights hold on every path that the API has, those that are yet to be written too: who may not see it is told nothing of it."""

import base64
import re

import pytest

from ..engine_events import START
from .every_path import ask, body_of, operations, requests
from .worlds import SECRETS, between, end, later, make_world, wire

pytestmark = pytest.mark.anyio

VOLATILE = re.compile(
    r'("(?:uptime_seconds|age_seconds|generated_time|path)":)[^,}\]]+|podlynx_\w*(?:uptime|age)_seconds[^\n]*|podlynx-events-\w+'
)
CHANGES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
async def worlds(anyio_backend, tmp_path, settings):
    made = [await make_world(tmp_path, settings, secret) for secret in SECRETS]
    yield made
    for world in made:
        await world.services.store.close()


def forms_of(secret):
    """How a secret may look in an answer: as it is, in hex, in base64 at each of its three offsets."""
    coded = [base64.b64encode(b"\0" * shift + secret.encode())[4 if shift else 0 : -4].decode() for shift in range(3)]
    return [secret, secret.encode().hex(), *(each for each in coded if len(each) >= 6)]


def in_order(services):
    """Reading first, then what changes something; logging out ends nothing of a bearer's."""
    return sorted(operations(services), key=lambda each: (each.method in CHANGES, each.path))


async def test_without_a_token_and_with_one_that_is_no_longer_good_nothing_is_answered(worlds):
    world = worlds[0]
    held = world.people()["everything"]
    del world.cluster.users[held]
    for operation in in_order(world.services):
        if operation.public:
            continue
        for token in ("", held):
            world.services.access.limiter._failed.clear()
            for target in requests(operation, world.ids)[:12]:
                answer = await ask(world.app, operation.method, target, world.headers(token))
                assert answer.status == 401, (operation.name, target, answer.text)
                assert "www-authenticate: Bearer" in answer.headers, operation.name
                assert not [form for form in forms_of(world.secret) if form in answer.text], (operation.name, answer.text)


async def test_a_session_that_has_run_out_is_answered_nothing(worlds):
    world = worlds[0]
    for operation in in_order(world.services):
        if operation.public:
            continue
        headers = world.headers() | {
            "Cookie": f"{world.services.settings.cookie_name}=made-up",
            "Origin": "http://127.0.0.1:8843",
        }
        answer = await ask(world.app, operation.method, requests(operation, world.ids)[0], headers)
        assert answer.status == 401, (operation.name, answer.text)


async def test_sensors_and_people_have_paths_of_their_own(worlds):
    world = worlds[0]
    people = world.people()
    for operation in in_order(world.services):
        if operation.public:
            continue
        other = people["everything"] if operation.of_sensors else people["sensor"]
        answer = await ask(world.app, operation.method, requests(operation, world.ids)[0], world.headers(other))
        assert (answer.status, "wrong_scope" in answer.text) == (403, True), (operation.name, answer.text)


async def answered(world, operation, target, held, number=0):
    """The answer, without what differs from one moment or world to the next by right: times, and the ids that were asked for."""
    kind, body = body_of(operation)
    headers = world.headers(held) | ({"Content-Type": kind} if kind else {})

    async def during():
        result = await world.services.store.ingest(later(world.secret, number))
        world.services.live.publish(result.changes)
        last = max(change.cursor for change in result.changes)
        # A stream with a query may have nothing to show of it: then it says how far it looked.
        return lambda text: f'"sid":{5_000 + number}' in text or f"id: {last}\n" in text

    answer = await ask(world.app, operation.method, target, headers, body, during)
    text = answer.text
    if "event-stream" in answer.headers:
        # How far a stream says that it is, and what comes after the marker, differs with the moment.
        said, marker, rest = text.partition(f'"sid":{5_000 + number}')
        text = re.sub(r"id: \d+\n\n?", "", said + marker + rest.partition("\n\n")[0])
    text = VOLATILE.sub(r"\1", text)
    for identifier in sorted(world.ids, key=len, reverse=True):
        text = text.replace(identifier, "ID").replace(identifier[:80], "ID")
    return answer.status, text


@pytest.mark.parametrize("who", ["shop", "nothing"])
async def test_what_is_not_theirs_neither_shows_nor_tells_in_any_answer(worlds, who):
    """Each request is asked in two worlds that differ in what is hidden; words of the one are searched for in both."""
    held = [world.people()[who] for world in worlds]
    asked = 0
    for operation in in_order(worlds[0].services):
        if operation.public or operation.of_sensors:
            continue
        targets = [requests(operation, world.ids, SECRETS) for world in worlds]
        for pair in zip(*targets, strict=True):
            asked += 1
            answers = [
                await answered(world, operation, target, token, asked)
                for world, target, token in zip(worlds, pair, held, strict=True)
            ]
            assert answers[0] == answers[1], (operation.name, pair)
            for world, (_, text), target in zip(worlds, answers, pair, strict=True):
                if world.secret in target:
                    continue  # what was asked for may be said again
                assert not [form for form in forms_of(world.secret) if form in text], (operation.name, target, text)
    assert asked > 100
    for world in worlds:
        hidden = [await world.services.store.alert(identifier) for identifier in world.ids[3:7]]
        assert not any(each.dismissed for each in hidden), "what is not theirs was changed"


async def test_the_words_that_are_looked_for_do_come_out_to_who_may_see_all(worlds):
    """The test above can fail: these paths show what it looks for."""
    world = worlds[0]
    held = world.people()["everything"]
    showing, asked = set(), 0
    for operation in in_order(world.services):
        if operation.method == "GET" and not operation.public and not operation.of_sensors:
            for target in requests(operation, world.ids)[:20]:
                asked += 1
                _, text = await answered(world, operation, target, held, asked)
                if any(form in text for form in forms_of(world.secret)):
                    showing.add(operation.path)
    events = {f"/api/v1/events/{path}" for path in ("statistics", "export", "stream")}
    assert {
        "/api/v1/alerts",
        "/api/v1/alerts/{event_id}",
        "/api/v1/alerts/stream",
        "/api/v1/sensors",
        "/metrics",
        *events,
    } <= showing


async def test_what_was_on_the_wire_needs_its_own_right_on_every_path(tmp_path, settings):
    """Two worlds that differ in payloads of shop's own alerts, asked by who may see the alerts and not what was sent."""
    shop = end("shop", "checkout", "known")
    made = []
    for secret in SECRETS:
        events = [between(shop, shop, sid=n, time=START + n, **wire(secret)) for n in (1, 2)]
        made.append(await make_world(tmp_path, settings, secret, events))
    held = [world.cluster.add("viewer", "get alerts shop") for world in made]
    asked = 0
    for operation in in_order(made[0].services):
        if operation.public or operation.of_sensors or operation.method in CHANGES:
            continue
        for target in requests(operation, made[0].ids):
            asked += 1
            answers = [await answered(world, operation, target, token, asked) for world, token in zip(made, held, strict=True)]
            assert answers[0] == answers[1], (operation.name, target)
            for world, (_, text) in zip(made, answers, strict=True):
                assert not [form for form in forms_of(world.secret) if form in text], (operation.name, target, text)
    for world in made:
        await world.services.store.close()

"""From stored events to a receiver: at once, in order, at least once; a flood is a few messages; nothing secret is told."""

import msgspec
import pytest
from tests.engine_events import START, event_document
from tests.kubernetes.waiting import until

from podlynx.expressions.event_filter import parse_event_filter
from podlynx.manager.webhooks.teller import ATTEMPTS

from .conftest import webhook

pytestmark = pytest.mark.anyio


def alerts(*numbers, **changed):
    return [event_document(sid=number, msg=f"rule {number}", time=START + number, **changed) for number in numbers]


async def test_what_arrives_is_told_and_what_was_there_before_is_not(bench, receiver):
    await bench.store.ingest(alerts(1))
    async with bench.at_work(webhook(receiver.url, labels="team:blue,site: north")):
        await bench.store.ingest(alerts(2))
        (body,) = await receiver.gets(1)
        await receiver.stays_at(1)
        assert (body["title"], body["count"], body["webhook"]) == ("rule 2", 1, "w")
        assert body["labels"] == {"team": "blue", "site": "north"}
        assert body["event"]["record.snort_signature_id"] == "2"
        state = bench.state
    assert (state.healthy, state.reason, state.delivered, state.messages) == (True, "Delivering", 1, 1)
    assert [(each.outcome, each.status) for each in state.deliveries] == [("delivered", 200)]


async def test_only_what_the_query_asks_for_and_no_exception_hides(bench, receiver):
    bench.hidden = (parse_event_filter("sid = 3").query,)
    async with bench.at_work(webhook(receiver.url, query="sid IN {3, 4} AND host = 'node-1'")):
        await bench.store.ingest(alerts(2, 3, 4))
        await bench.store.ingest(alerts(5, 4, host="node-9"))
        assert [body["title"] for body in await receiver.gets(1)] == ["rule 4"]
        await receiver.stays_at(1)


async def test_alike_alerts_are_one_message_that_counts_them(bench, receiver):
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest([*alerts(1), *(event_document(sid=7, time=START + n, src_port=2000 + n) for n in range(40))])
        bodies = await receiver.gets(2)
    assert [(body["count"], body["more"]) for body in bodies] == [(1, 0), (40, 39)]


async def test_a_flood_is_a_few_messages(bench, receiver):
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest(alerts(*range(1, 3_001)))
        bodies = await receiver.gets(10)
        await receiver.stays_at(10)
        assert sum(body["count"] for body in bodies) == 3_000
        assert bodies[-1]["summary"] == "and 2991 more alerts in 991 groups"
        assert bench.state.folded == 2_991
        assert len(bodies[-1]["description"]) < 1_000


async def test_pauses_grow_while_more_keeps_coming(bench, receiver):
    async with bench.at_work(webhook(receiver.url)):
        bench.arriving = [alerts(number) for number in range(1, 8)]
        await receiver.gets(7)
        await until(lambda: len(bench.pauses) > 10)
    first = bench.pauses.index(2.0)
    assert bench.pauses[first : first + 8] == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 1.0]


@pytest.mark.parametrize("status", [500, 503, 429, 401, 404, 302])
async def test_what_is_not_taken_is_tried_again_in_order(bench, receiver, status):
    receiver.answers = [(status, {"Location": "http://127.0.0.1:1/"}, b"no"), (200, {}, b"")]
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest(alerts(1, 2))
        titles = [body["title"] for body in await receiver.gets(3)]
        await until(lambda: bench.state.messages == 2)
    assert titles == ["rule 1", "rule 1", "rule 2"]
    assert (bench.state.retries, bench.state.dead) == (1, 0)


async def test_how_long_to_wait_is_heard(bench, receiver):
    receiver.answers = [(429, {"Retry-After": "77"}, b""), (200, {}, b"")]
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest(alerts(1))
        await receiver.gets(2)
    assert 77 in bench.pauses


async def test_a_message_that_will_never_be_taken_is_given_up_and_noted(bench, receiver):
    receiver.answers = [(400, {}, b"no such project"), (200, {}, b"")]
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest(alerts(1, 2))
        await receiver.gets(2)
        await until(lambda: bench.state.messages == 1)
        state = bench.state
    assert state.dead == 1
    assert [each.outcome for each in state.deliveries] == ["delivered", "dead"]
    assert state.deliveries[1].message == "127.0.0.1 answers 400: no such project"


ANSWERS = {
    "taken": ([200], {"delivered": 1}, {"delivered": 3}),
    "taken later": ([503, 429, 200], {"retrying": 2, "delivered": 1}, {"delivered": 3}),
    "refused for good": ([400], {"dead": 1}, {"dead": 3}),
    "refused for good later": ([500, 400], {"retrying": 1, "dead": 1}, {"dead": 3}),
}


@pytest.mark.parametrize("answers", ANSWERS)
async def test_deliveries_are_told_to_prometheus(bench, receiver, answers):
    statuses, deliveries, told = ANSWERS[answers]
    receiver.answers = [(status, {}, b"") for status in statuses]
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest([event_document(sid=7, time=START + n, src_port=n) for n in range(3)])
        await until(lambda: bench.state.delivered + bench.state.dead == 3)
    expected = {("deliveries_total", "Generic", outcome): number for outcome, number in deliveries.items()}
    assert bench.told == expected | {("alerts_total", "Generic", outcome): number for outcome, number in told.items()}


async def test_a_sample_is_no_alert_that_was_told_of(bench, receiver):
    async with bench.at_work(webhook(receiver.url, state="Test")):
        await receiver.gets(1)
        await until(lambda: bench.state.deliveries)
    assert bench.told == {("deliveries_total", "Generic", "tested"): 1}


async def test_one_that_is_never_reached_is_given_up_after_a_while(bench, receiver):
    receiver.answers = [(500, {}, b"")]
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest(alerts(1))
        await until(lambda: bench.state.dead == 1, 60)
        assert (bench.state.healthy, bench.state.reason) == (False, "GivenUp")
    assert len(receiver.posts) == ATTEMPTS
    assert sum(bench.pauses) > 1_800


async def test_a_restart_loses_nothing_and_tells_nothing_twice(bench, receiver):
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest(alerts(1))
        await receiver.gets(1)
        await until(lambda: next(iter(bench.ledger.entries.values())).cursor == 1)
    await bench.store.ingest(alerts(2))
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest(alerts(3))
        bodies = await receiver.gets(3)
        await receiver.stays_at(3)
    assert [body["title"] for body in bodies] == ["rule 1", "rule 2", "rule 3"]


async def test_one_that_ends_before_its_message_was_taken_sends_it_again(bench, receiver):
    receiver.answers = [(500, {}, b"")]
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest(alerts(1))
        await receiver.gets(2)
    before = len(receiver.posts)
    receiver.answers = [(200, {}, b"")]
    async with bench.at_work(webhook(receiver.url)):
        await receiver.gets(before + 1)
        await until(lambda: bench.state.messages == 1)
    assert receiver.bodies[-1]["title"] == "rule 1"


async def test_what_came_while_it_was_off_is_not_told(bench, receiver):
    async with bench.at_work(webhook(receiver.url)):
        pass
    async with bench.at_work(webhook(receiver.url, state="Disabled", generation=2)):
        await bench.store.ingest(alerts(1))
        assert (bench.state.healthy, bench.state.reason) == (None, "Disabled")
    async with bench.at_work(webhook(receiver.url, generation=3)):
        await bench.store.ingest(alerts(2))
        assert [body["title"] for body in await receiver.gets(1)] == ["rule 2"]


async def test_a_store_that_begins_anew_is_followed_from_its_begin(bench, receiver):
    async with bench.at_work(webhook(receiver.url)):
        pass
    (entry,) = bench.ledger.entries.values()
    bench.ledger.put(msgspec.structs.replace(entry, cursor=10**6))
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest(alerts(1))
        await receiver.gets(1)


async def test_state_test_sends_one_sample_a_generation(bench, receiver):
    for _ in range(2):
        async with bench.at_work(webhook(receiver.url, state="Test")):
            await until(lambda: bench.state.reason == "Tested")
            await bench.store.ingest(alerts(1))
            await receiver.stays_at(1)
    assert receiver.bodies[0]["title"].startswith("Podlynx test alert")
    receiver.answers = [(403, {}, b"who are you?")]
    async with bench.at_work(webhook(receiver.url, state="Test", generation=2)):
        await until(lambda: bench.state.reason == "TestFailed")
        assert "403: who are you?" in bench.state.message


async def test_state_debug_sends_nothing_and_shows_what_it_would(bench, receiver):
    async with bench.at_work(webhook(receiver.url, state="Debug")):
        await bench.store.ingest(alerts(1))
        await until(lambda: bench.state.deliveries)
        assert bench.state.deliveries[0].outcome == "shown"
        assert "rule 1" in bench.state.deliveries[0].message
    await receiver.stays_at(0)


async def test_secrets_go_to_the_receiver_only(bench, receiver):
    bench.secrets["Secret", "hooks", "headers"] = "Authorization: Bearer t0p-secret"
    receiver.answers = [(500, {}, b"")]
    reference = {"secretKeyRef": {"name": "hooks", "key": "headers"}}
    async with bench.at_work(webhook(receiver.url, headers=reference)) as task:
        await bench.store.ingest(alerts(1))
        await receiver.gets(2)
        bench.secrets["Secret", "hooks", "headers"] = "Authorization: Bearer n3w-secret"
        await until(lambda: receiver.posts[-1][1]["Authorization"] == "Bearer n3w-secret")
        told = msgspec.json.encode(bench.state).decode() + repr(task)
    assert receiver.posts[0][1]["Authorization"] == "Bearer t0p-secret"
    assert "secret" not in told + str(bench.objects.data)


async def test_a_secret_that_is_missing_is_said_and_waited_for(bench, receiver):
    reference = {"secretKeyRef": {"name": "hooks", "key": "headers"}}
    async with bench.at_work(webhook(receiver.url, headers=reference)):
        await bench.store.ingest(alerts(1))
        await until(lambda: "the Secret hooks has no key headers" in bench.state.message)
        bench.secrets["Secret", "hooks", "headers"] = "X-Key: 1"
        await receiver.gets(1)


async def test_what_may_not_be_reached_is_not_reached(bench, receiver):
    bench.guard._allowed = type(bench.guard._allowed)()
    async with bench.at_work(webhook(receiver.url)):
        await bench.store.ingest(alerts(1))
        await until(lambda: bench.state.retries)
        assert "add 127.0.0.1 to the value webhooks.allow" in bench.state.message
    await receiver.stays_at(0)

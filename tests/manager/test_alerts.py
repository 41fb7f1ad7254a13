"""The API as the page uses it: list, one in full, dismiss, restore, status, delivery."""

import msgspec
import pytest

from podlynx.models.status import MonitorStatus, RulesStatus, SensorStatus

from ..engine_events import HOST, ORIGIN, START, engine_event, event_document

pytestmark = pytest.mark.anyio


def lines(*events, host=HOST, origin=ORIGIN):
    return b"\n".join(msgspec.json.encode(msgspec.to_builtins(event) | {"host": host, "origin": origin}) for event in events)


async def listed(client, **parameters):
    answer = await client.get("/api/v1/alerts", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_delivered_event_is_a_row_and_opens_in_full(client, sensor):
    answer = await sensor.post("/api/v1/events", content=lines(engine_event()))
    assert answer.json() == {"accepted": 1, "duplicates": 0, "refused": 0, "refused_lines": []}
    page = await listed(client, query="sid:57461 AND back")
    assert {key: page[key] for key in page if key != "items"} == {
        "next_cursor": None,
        "total": 1,
        "total_cap": 10_000,
        "live_cursor": "1",
        "sees_nothing": False,
        "excepted": 0,
    }
    row = page["items"][0]
    assert {key: row[key] for key in row if key not in ("id", "event_id")} == {
        "count": 1,
        "first_time": str(START),
        "last_time": str(START),
        "last_seen": "2023-11-14T22:13:20.000000Z",
        "severity": 100,
        "description": "Signature Triggered Alert",
        "rule": {
            "gid": 1,
            "sid": 57461,
            "rev": 1,
            "msg": "MALWARE-BACKDOOR back door reached",
            "classtype": "trojan-activity",
            "priority": 1,
        },
        "source": {"ip": "10.0.0.1", "port": 51234, "name": "", "namespace": ""},
        "destination": {"ip": "10.0.0.2", "port": 8080, "name": "", "namespace": ""},
        "protocol": "TCP",
        "host": HOST,
        "dismissed": False,
    }
    detail = (await client.get(f"/api/v1/alerts/{row['event_id']}")).json()
    assert detail["podlynx"] == msgspec.to_builtins(engine_event(), builtin_types=())
    assert detail["record"]["snort_signature_id"] == "57461"
    assert detail["group_id"] == row["id"]
    assert detail["generated_time"].endswith("+00:00")


async def test_paging(client, store):
    await store.ingest([event_document(sid=n, time=START + n) for n in range(5)])
    first = await listed(client, limit=3)
    second = await listed(client, limit=3, cursor=first["next_cursor"])
    assert [row["rule"]["sid"] for row in first["items"] + second["items"]] == [4, 3, 2, 1, 0]
    assert second["next_cursor"] is None
    assert len((await listed(client, group="false", severity_min=100))["items"]) == 5


async def test_dismiss_and_restore(client, store):
    await store.ingest([event_document()])
    row = (await listed(client))["items"][0]
    for identifier in (row["id"], row["event_id"]):
        assert (await client.post(f"/api/v1/alerts/{identifier}/dismiss")).status_code == 204
        assert (await listed(client))["items"] == []
        assert (await listed(client, dismissed="true"))["items"][0]["dismissed"]
        assert (await client.post(f"/api/v1/alerts/{identifier}/restore")).status_code == 204
        assert len((await listed(client))["items"]) == 1


async def test_a_query_that_means_nothing_is_blamed_with_its_span(client):
    answer = await client.get("/api/v1/alerts", params={"query": "severity:>=70 sdi:5"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["span"]) == ("unknown_field", [14, 18])
    assert "Did you mean sid?" in error["hint"]


async def test_status_tells_what_the_sensor_tells(client, services, store):
    await store.ingest([event_document()])
    services.status_source = lambda: SensorStatus(
        monitors=[MonitorStatus(name="frontend", interfaces=["lo"], packets=7)],
        rules=RulesStatus(loaded=4017, source="community"),
    )
    status = (await client.get("/api/v1/status")).json()
    assert status["monitors"] == [{"name": "frontend", "interfaces": ["lo"], "packets": 7, "bytes": 0, "dropped": 0, "events": 0}]
    assert status["rules"] == {"loaded": 4017, "refused": 0, "source": "community"}
    assert status["store"]["events"] == 1
    services.status_source = lambda: {"monitors": [{"name": "plain", "interfaces": ["eth0"]}], "rules": {"loaded": 1}}
    assert (await client.get("/api/v1/status")).json()["monitors"][0]["name"] == "plain"


async def test_delivery_is_idempotent_and_takes_what_is_good(sensor):
    good, other = engine_event(), engine_event(sid=2)
    body = lines(good) + b"\n{broken\n\n" + lines(engine_event(src_ip="nowhere"), other) + b"\n"
    answer = (await sensor.post("/api/v1/events", content=body)).json()
    assert (answer["accepted"], answer["duplicates"], answer["refused"]) == (2, 0, 2)
    assert [refused["line"] for refused in answer["refused_lines"]] == [2, 4]
    again = (await sensor.post("/api/v1/events", content=lines(good, other))).json()
    assert (again["accepted"], again["duplicates"]) == (0, 2)
    assert (await sensor.post("/api/v1/events", content=b"")).json()["accepted"] == 0


async def test_a_batch_without_any_event_is_refused(sensor):
    answer = await sensor.post("/api/v1/events", content=b'{"hello": 1}')
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_events"
    assert "Line 1" in answer.json()["error"]["message"]


async def test_a_batch_of_too_many_lines_is_refused(sensor, settings):
    answer = await sensor.post("/api/v1/events", content=b"\n".join([b"{}"] * (settings.max_ingest_lines + 2)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")

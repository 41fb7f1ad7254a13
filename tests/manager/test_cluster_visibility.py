"""What somebody with rights in some namespaces only is shown, can find, and may change."""

# ruff: noqa: F811 a fixture is imported, then asked for by its name

import msgspec
import pytest

from podlynx.store import Search

from ..engine_events import START, WHOLE, event_document
from ..outputs.read_pcapng import read
from .test_cluster_access import ALICE, ask, clock, cluster, services  # noqa: F401 fixtures
from .test_sensors import report

pytestmark = pytest.mark.anyio


async def alerts_of_three(store):
    """In shop, between shop and pay, in pay, and of nobody that is known."""
    ends = [("shop/a", "shop/b"), ("shop/checkout", "pay/gateway"), ("pay/x", "pay/y"), ("", "")]
    await store.ingest([event_document(sid=n, time=START + n, source=s, dest=d) for n, (s, d) in enumerate(ends)])
    return {row.rule.sid: row for row in (await store.alerts(Search())).items}


async def listed(ask, held, **parameters):
    answer = (await ask("GET", "alerts", held, params=parameters)).json()
    return {row["rule"]["sid"]: row for row in answer["items"]}, answer["total"]


@pytest.mark.parametrize("group", ["true", "false"])
async def test_who_may_not_see_a_namespace_does_not_see_its_alerts(ask, cluster, store, group):
    await alerts_of_three(store)
    people = {"everything": ("get alerts",), "shop": ALICE, "pay": ("get alerts pay",), "none": ()}
    seen = {name: await listed(ask, cluster.add(name, *rights), group=group) for name, rights in people.items()}
    assert {name: sorted(rows) for name, (rows, _) in seen.items()} == {
        "everything": [0, 1, 2, 3],
        "shop": [0, 1],
        "pay": [1, 2],
        "none": [],
    }
    assert [total for _, total in seen.values()] == [4, 2, 2, 0]
    assert seen["shop"][0][1]["destination"] == {"ip": "10.0.0.2", "port": 8080, "name": "", "namespace": ""}
    assert seen["shop"][0][1]["source"]["name"] == "checkout"
    assert seen["pay"][0][1]["source"] == {"ip": "10.0.0.1", "port": 51234, "name": "", "namespace": ""}


@pytest.mark.parametrize("query", ["dest_name:gate*", "namespace:pay", "pod:gateway", "gateway", "dest_namespace:*", "pay"])
async def test_searching_does_not_tell_what_is_not_shown(ask, cluster, store, query):
    await alerts_of_three(store)
    assert sorted((await listed(ask, cluster.add("shop", *ALICE), query=query))[0]) == (
        [0] if query == "dest_namespace:*" else []
    )
    assert 1 in (await listed(ask, cluster.add("everything", "get alerts"), query=query))[0]
    assert sorted((await listed(ask, cluster.add("shop", *ALICE), query=f"NOT {query}"))[0]) == (
        [1] if query == "dest_namespace:*" else [0, 1]
    )


async def test_the_detail_shows_the_other_end_as_an_address_and_packets_by_right(ask, cluster, store):
    rows = await alerts_of_three(store)
    shop, pay = cluster.add("shop", *ALICE), cluster.add("pay", "get alerts pay")
    mine = (await ask("GET", f"alerts/{rows[1].event_id}", shop)).json()
    assert (mine["source_name"], mine["dest_name"], mine["dest_namespace"], mine["dest_ip"]) == ("checkout", "", "", "10.0.0.2")
    assert mine["podlynx"]["packet"]
    assert mine["podlynx"]["payload"]
    theirs = (await ask("GET", f"alerts/{rows[1].event_id}", pay)).json()
    assert (theirs["source_name"], theirs["dest_name"]) == ("", "gateway")
    event = theirs["podlynx"]
    assert (event["packet"], event["payload"], event["buffers"], event["matches"][0]["bytes"]) == ("", "", {}, "")
    assert event["matches"][0]["offset"] == 0
    assert (await ask("GET", f"alerts/{rows[2].event_id}", shop)).status_code == 404
    assert (await ask("GET", f"alerts/{rows[3].id}", shop)).status_code == 404


async def test_packets_are_downloaded_by_who_may_see_packets(ask, cluster, store):
    rows = await alerts_of_three(store)
    shop, pay = cluster.add("shop", *ALICE), cluster.add("pay", "get alerts pay")
    url = f"alerts/{rows[1].event_id}/pcapng"
    mine = await ask("GET", url, shop)
    assert (mine.status_code, mine.headers["content-type"]) == (200, "application/x-pcapng")
    (packet,) = read(mine.content).packets
    assert packet.data == WHOLE.packet
    assert rows[1].event_id in packet.comment
    refused = await ask("GET", url, pay)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert (await ask("GET", f"alerts/{rows[2].event_id}/pcapng", shop)).status_code == 404
    assert (await ask("GET", url, "nobody")).status_code == 401


async def test_where_and_for_whom_it_was_seen_is_told_to_whose_resource_it_is(ask, cluster, store):
    """The two ends of one alert; the resource is of the server's namespace."""
    asked = "GET /admin?token=s3cret HTTP/1.1"
    http = msgspec.structs.replace(WHOLE.http, request_line=asked)
    document = event_document(source="shop/checkout", dest="pay/gateway", host="node-7", origin="dpi.pay/guard", http=http)
    await store.ingest([document])
    shop, pay = cluster.add("shop", *ALICE), cluster.add("pay", "get alerts pay")
    told = {}
    for held in (shop, pay):
        detail = (await ask("GET", f"alerts/{document.id}", held)).json()
        (row,) = (await listed(ask, held))[0].values()
        told[held] = (detail["host"], detail["origin"], row["host"], detail["podlynx"]["http"]["request_line"])
    assert told == {shop: ("", "", "", asked), pay: ("node-7", "dpi.pay/guard", "node-7", "GET /admin?… HTTP/1.1")}
    for query in ("host:node-7", "origin:dpi.pay*", "guard", "node-7"):
        assert [(await listed(ask, held, query=query))[1] for held in (shop, pay)] == [0, 1], query


async def test_who_may_see_no_namespace_is_told_so_and_gets_no_stream(ask, cluster, store, services):
    nobody, pay, shop = cluster.add("nobody"), cluster.add("pay", "get alerts pay"), cluster.add("shop", *ALICE)

    async def told(held):
        return (await ask("GET", "alerts", held)).json()["sees_nothing"]

    assert not await told(nobody), "without any namespace there is nothing that could be refused"
    services.sensors.heard(report("n1", ("pay", "gateway", "10.244.1.7")))
    services.rights._names = (float("-inf"), [])
    assert [await told(held) for held in (nobody, pay)] == [True, False], "no alerts yet, but they can come"
    await store.ingest([event_document(dest="shop/web")])
    services.rights._names = (float("-inf"), [])
    assert [await told(held) for held in (nobody, pay, shop)] == [True, False, False]
    refused = await ask("GET", "alerts/stream", nobody)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert "podlynx-viewer" in refused.json()["error"]["hint"]


async def test_dismissing_needs_its_right_in_the_namespace(ask, cluster, store):
    rows = await alerts_of_three(store)
    pay = cluster.add("pay", "get alerts pay")
    refused = await ask("POST", f"alerts/{rows[1].id}/dismiss", pay)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    shop = cluster.add("shop", *ALICE)
    assert (await ask("POST", f"alerts/{rows[2].id}/dismiss", shop)).status_code == 404
    for verb in ("dismiss", "restore"):
        assert (await ask("POST", f"alerts/{rows[1].id}/{verb}", shop)).status_code == 204


async def test_totals_of_the_store_are_for_who_may_see_all(ask, cluster, store):
    await alerts_of_three(store)
    assert (await ask("GET", "status", cluster.add("everything", "get alerts"))).json()["store"]["events"] == 4
    assert (await ask("GET", "status", cluster.add("shop", *ALICE))).json()["store"]["events"] == 0

"""The saved objects for Kibana and OpenSearch Dashboards: each field, query and aggregation in them, asked of a real engine."""

import importlib.util
import json
from pathlib import Path

import pytest

from podlynx.store.search.address import Engine
from podlynx.store.search.store import SearchStore

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "kibana" / "podlynx.ndjson"
OBJECTS = [json.loads(line) for line in FILE.read_text().splitlines()]
VISUALISATIONS = [each for each in OBJECTS if each["type"] == "visualization"]
INDEX = "/tigera_secure_ee_events*"


def test_the_file_is_what_the_generator_makes():
    spec = importlib.util.spec_from_file_location("write_kibana", ROOT / "setup" / "write_kibana.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert FILE.read_text() == module.lines(), "make gen"


def test_every_reference_is_in_the_file_and_has_its_place():
    there = {(each["type"], each["id"]) for each in OBJECTS}
    for each in OBJECTS:
        for reference in each["references"]:
            assert (reference["type"], reference["id"]) in there
    (dashboard,) = [each for each in OBJECTS if each["type"] == "dashboard"]
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    assert {panel["panelRefName"] for panel in panels} == {each["name"] for each in dashboard["references"]}
    cells = [(panel["gridData"]["x"] + x, panel["gridData"]["y"] + y) for panel in panels
        for x in range(panel["gridData"]["w"]) for y in range(panel["gridData"]["h"])]  # fmt: skip
    assert len(cells) == len(set(cells)), "panels lie over one another"


@pytest.fixture
async def filled(anyio_backend, engine):
    store = SearchStore(Engine(url=engine.url))
    await store.ingest(
        [
            event_document(sid=n, time=START + n * 3600 * 10**9, dest="shop/web-1", metadata=["mitre_attack T1190"])
            for n in range(5)
        ]
        + [event_document(sid=9, dest="pay/api-1", src_ip="192.0.2.1")]
    )
    await store.dismiss(event_document(sid=9, dest="pay/api-1", src_ip="192.0.2.1").id)
    await store.cursor()
    yield engine
    await store.close()
    engine.send("DELETE", f"{INDEX},podlynx-absorbed-tigera_secure_ee_events,podlynx-state-tigera_secure_ee_events")


def aggregations_of(visualisation):
    return json.loads(visualisation["attributes"]["visState"])["aggs"]


def query_of(saved):
    source = json.loads(saved["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert source["query"]["language"] == "lucene"
    return {"query_string": {"query": source["query"]["query"], "analyze_wildcard": True}}


async def test_the_index_pattern_finds_the_events_and_its_time_is_a_date(filled):
    (pattern,) = [each["attributes"] for each in OBJECTS if each["type"] == "index-pattern"]
    fields = filled.ask("GET", f"/{pattern['title']}/_field_caps?fields=*")["fields"]
    assert list(fields[pattern["timeFieldName"]]) == ["date"]


async def test_every_field_is_in_the_index_and_can_be_counted(filled):
    fields = filled.ask("GET", f"{INDEX}/_field_caps?fields=*")["fields"]
    (search,) = [each["attributes"] for each in OBJECTS if each["type"] == "search"]
    assert set(search["columns"]) <= set(fields)
    for visualisation in VISUALISATIONS:
        for each in aggregations_of(visualisation):
            if field := each["params"].get("field"):
                assert all(kind["aggregatable"] for kind in fields[field].values()), field


async def test_the_saved_search_lists_what_is_open_newest_first(filled):
    (search,) = [each for each in OBJECTS if each["type"] == "search"]
    sort = [{field: order} for field, order in search["attributes"]["sort"]]
    hits = filled.ask("POST", f"{INDEX}/_search", {"query": query_of(search), "sort": sort})["hits"]["hits"]
    assert [hit["_source"]["podlynx"]["sid"] for hit in hits] == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("visualisation", VISUALISATIONS, ids=[each["id"] for each in VISUALISATIONS])
async def test_every_visualisation_counts_each_open_alert_once(filled, visualisation):
    body = {"size": 0, "query": query_of(visualisation), **nested(aggregations_of(visualisation))}
    answer = filled.ask("POST", f"{INDEX}/_search", body)
    assert answer["_shards"]["failed"] == 0
    assert answer["hits"]["total"]["value"] == 5
    buckets = answer["aggregations"]["buckets"]["buckets"]
    if "techniques" not in visualisation["id"]:
        assert sum(each["doc_count"] for each in buckets) == 5


def nested(aggregations):
    """As Kibana sends them: one bucket inside the other, the metrics in the innermost."""
    metrics = {each["id"]: {each["type"]: {"field": each["params"]["field"]}}
        for each in aggregations if each["schema"] == "metric" and each["type"] != "count"}  # fmt: skip
    inside = {"aggs": metrics} if metrics else {}
    for each in reversed([each for each in aggregations if each["schema"] != "metric"]):
        inside = {"aggs": {"buckets": {**request_of(each), **inside}}}
    return inside


def request_of(aggregation):
    params = aggregation["params"]
    if aggregation["type"] == "date_histogram":
        return {"date_histogram": {"field": params["field"], "fixed_interval": "30m", "min_doc_count": params["min_doc_count"]}}
    assert (aggregation["type"], params["orderBy"]) == ("terms", "1")
    return {"terms": {"field": params["field"], "size": params["size"], "order": {"_count": params["order"]}}}

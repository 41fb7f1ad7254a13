"""`eve.json` of the shared captures, read by a real rsyslog with the settings of deploy/rsyslog into real search engines."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from ..absent import absent
from ..store import engines

INDEX = "podlynx-eve"
STALL_SECONDS = 120
"""Without one more document for so long nothing more will come."""


@pytest.fixture(scope="module", params=engines.installed() or [""])
def engine(request):
    if not request.param:
        absent("no search engine is here: make search-engines")
    engine = engines.Engine(request.param).start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def eve(request, tmp_path_factory):
    """The lines of some thousand alerts."""
    checkout = request.config.rootpath
    captures = Path(os.environ.get("PODLYNX_CONFORMANCE", checkout.parent / "shared" / "conformance"))
    rules = captures / "rules" / "snort3-community.rules"
    if not rules.is_file():
        absent("the shared captures are not beside the checkout")
    path = tmp_path_factory.mktemp("eve") / "eve.json"
    command = [
        checkout / ".venv/bin/podlynx",
        "inspect",
        captures / "wide.pcap.zst",
        "--rules",
        rules,
        "--format",
        "eve",
        "--quiet",
    ]
    with path.open("wb") as out:
        subprocess.run(list(map(str, command)), stdout=out, check=True)
    return path


def test_no_alert_is_lost_on_the_way(request, tmp_path, engine, eve):
    if shutil.which("rsyslogd") is None:
        absent("rsyslog is not installed (Debian: rsyslog, rsyslog-elasticsearch)")
    deploy = request.config.rootpath / "deploy" / "rsyslog"
    lines = eve.read_bytes().splitlines()
    engine.ask("PUT", f"/_index_template/{INDEX}", json.loads((deploy / "eve-template.json").read_text()))
    refused = tmp_path / "refused.json"
    config = (deploy / "eve.conf").read_text()
    for default, here in (
        ("/var/log/calico/snort-alerts/*/*/*/eve.json", str(eve)),
        ("/var/log/podlynx-eve-refused.json", str(refused)),
        ('serverport="9200"', f'serverport="{engine.port}"'),
        ('global(maxMessageSize="256k")', f'global(maxMessageSize="256k" workDirectory="{tmp_path}")'),
    ):
        assert default in config
        config = config.replace(default, here)
    (tmp_path / "rsyslog.conf").write_text(config)
    command = ["rsyslogd", "-n", "-f", str(tmp_path / "rsyslog.conf"), "-i", str(tmp_path / "pid")]
    with subprocess.Popen(command) as rsyslog:
        try:
            stored = arrived(engine, len(lines))
        finally:
            rsyslog.terminate()
    assert not refused.exists(), refused.read_text()[:2000]
    assert stored == len(lines) > 100
    compare(engine, [json.loads(line) for line in lines])


def arrived(engine, wanted):
    seen, since = -1, time.monotonic()
    while seen < wanted and time.monotonic() - since < STALL_SECONDS:
        time.sleep(0.5)
        engine.send("POST", f"/{INDEX}/_refresh")
        now = engine.send("GET", f"/{INDEX}/_count").json().get("count", 0)
        if now != seen:
            seen, since = now, time.monotonic()
    return seen


def compare(engine, records):
    """Figures over the engine's documents are those over the lines."""
    by_rule = {"size": 0, "aggs": {"rules": {"terms": {"field": "alert.signature_id", "size": 10_000}}}}
    buckets = engine.ask("POST", f"/{INDEX}/_search", by_rule)["aggregations"]["rules"]["buckets"]
    counts = {}
    for record in records:
        counts[record["alert"]["signature_id"]] = counts.get(record["alert"]["signature_id"], 0) + 1
    assert {bucket["key"]: bucket["doc_count"] for bucket in buckets} == counts
    longest = max(records, key=lambda record: len(record.get("packet", "")))
    asked = {"query": {"term": {"flow_id": longest["flow_id"]}}, "size": 100}
    found = [hit["_source"] for hit in engine.ask("POST", f"/{INDEX}/_search", asked)["hits"]["hits"]]
    assert longest in found

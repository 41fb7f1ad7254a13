"""A real Prometheus that scrapes what manager, operator and sensor answer, and is asked every query of the dashboard."""

import asyncio
import http.server
import json
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import pytest
from tests.deploy.monitoring import ALERTS, expressions, program
from tests.engine_events import engine_event
from tests.ports import free_port

from podlynx.kubernetes.watch import INTERRUPTIONS
from podlynx.manager.exposition import exposed
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.models.selftest import SelftestResult, SelftestStage
from podlynx.models.sensor_figures import SensorFigures
from podlynx.models.sensor_report import CaptureReport, PodMonitor, ResourceReport, RulesReport, SensorReport
from podlynx.operator import metrics as of_operator
from podlynx.operator.metrics import OperatorMetrics
from podlynx.store import open_store
from podlynx.telemetry.metrics import CONTENT_TYPE, Figures, exposition
from podlynx.telemetry.sensor_metrics import readings
from podlynx.telemetry.shared import CERTIFICATE_EXPIRY, LOOP_LAG, build

FIGURES = SensorFigures(
    dropped={"ring_full": 1},
    not_inspected={"bad checksum": 1},
    caps={"flows_evicted": 1},
    events_lost={"spool_full": 1},
    spool_limit_bytes=100,
    rules_loaded_at=1,
)
REPORT = SensorReport(
    node="n1",
    boot="b",
    version="1",
    time=1.0,
    monitors=[PodMonitor(namespace="shop", pod="front", uid="1", monitored=True)],
    resources=[ResourceReport(namespace="shop", name="front", success=False)],
    rules=RulesReport(version="v", loaded=1),
    capture=CaptureReport(alive=True),
    figures=FIGURES,
)


async def of_manager(folder):
    store = open_store(folder / "events.db")
    services = Services(store, Settings())
    services.rules_state = lambda: type("", (), {"version": "v", "loaded": 1, "refused": 0, "error": "", "fetched": "2026-01-01"})
    services.sensors.heard(REPORT)
    passed = SelftestResult(node="n1", passed=True, stages=[SelftestStage("streamed", 0.1)])
    services.selftests.results["n1"] = (passed, 1.0)
    services.metrics.answered("/api/v1/alerts", 200, 0.01)
    await services.ingest.events([engine_event()], host="n1", origin="dpi.shop/front")
    text = await exposed(services)
    await store.close()
    return text


def operator():
    INTERRUPTIONS.add("pods")
    told = OperatorMetrics()
    told.add(LOOP_LAG, lambda: 0.1)
    told.add(of_operator.LEADING, lambda: 1)
    told.add(of_operator.READY, lambda: 1)
    told.add(CERTIFICATE_EXPIRY, lambda: {("webhook",): 2e9})
    return told.text()


def sensor():
    return exposition(Figures([build("sensor", "n1"), (LOOP_LAG, 0.1), *readings([REPORT])]))


class Answering(http.server.ThreadingHTTPServer):
    """Answers these texts by path."""

    def __init__(self, texts):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = texts[self.path.split("?")[0]]
                self.send_response(200)
                self.send_header("Content-Type", CONTENT_TYPE)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                return

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


CONFIGURATION = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{alerts}]
scrape_configs:
  - job_name: manager
    metrics_path: /manager
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: operator
    metrics_path: /operator
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: sensor
    metrics_path: /sensor
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Prometheus:
    """Asked over its API."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}/api/v1"

    def ask(self, path, **parameters):
        with urllib.request.urlopen(f"{self.address}/{path}?{urllib.parse.urlencode(parameters)}", timeout=10) as answer:
            return json.load(answer)["data"]

    def up(self):
        try:
            return {each["labels"]["job"]: each["health"] for each in self.ask("targets")["activeTargets"]}
        except OSError:
            return {}


@pytest.fixture
def prometheus(tmp_path):
    binary = program("prometheus")
    texts = {"/manager": asyncio.run(of_manager(tmp_path)), "/operator": operator(), "/sensor": sensor()}
    served = Answering(texts)
    port = free_port()
    configuration = tmp_path / "prometheus.yml"
    configuration.write_text(CONFIGURATION.format(alerts=ALERTS, port=served.server_port))
    listening = [f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={tmp_path / 'data'}"]
    log = (tmp_path / "prometheus.log").open("wb")
    process = subprocess.Popen([binary, f"--config.file={configuration}", *listening], stdout=log, stderr=log)
    try:
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(20)
        served.shutdown()
        log.close()


def test_a_real_prometheus_scrapes_every_process_and_answers_the_dashboard(prometheus):
    end = time.monotonic() + 60
    while set(prometheus.up().values()) != {"up"} or len(prometheus.up()) < 3:
        assert time.monotonic() < end, prometheus.up()
        time.sleep(0.2)
    # Rates want two scrapes.
    end = time.monotonic() + 60
    while missing := [name for name, query in expressions().items() if not prometheus.ask("query", query=query)["result"]]:
        assert time.monotonic() < end, f"no answer to {missing}"
        time.sleep(0.5)

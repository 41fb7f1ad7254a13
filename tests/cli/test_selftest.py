"""`podlynx selftest` against a demo that runs, and what it prints."""

import json
import os
import subprocess
import sys

import pytest
from tests.running_demo import RunningDemo

from podlynx.cli.selftest import shown
from podlynx.models.selftest import SelftestResult, SelftestStage
from podlynx.sensor.errors import CaptureDeniedError
from podlynx.sensor.privilege import require_capture

TOKEN = "of-this-test"


def selftest(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "podlynx", "selftest", *arguments],
        env={**os.environ, "PODLYNX_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )


def test_on_a_desk_the_packet_arrives_too(tmp_path, monkeypatch):
    try:
        require_capture()
    except CaptureDeniedError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("PODLYNX_TOKEN", TOKEN)
    with RunningDemo(tmp_path) as demo:
        done = selftest("--url", f"http://127.0.0.1:{demo.page_port}", "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["passed"]) == (0, True), done.stdout + done.stderr
    assert [each["name"] for each in result["stages"]] == ["sent", "inspected", "stored", "streamed"]


def test_a_database_cannot_be_tested():
    done = selftest("--database", "events.db")
    assert done.returncode == 2
    assert "--url" in done.stderr


def test_where_it_ends_is_printed_with_why_and_what_to_do():
    stages = [SelftestStage("sent", 0.0), SelftestStage("inspected", 0.0061)]
    text = shown(
        SelftestResult(node="n1", passed=False, stages=stages, failed_stage="spooled", reason="no room", mend="make room")
    )
    assert text.splitlines() == [
        "node n1",
        "  ok            0 ms  sent to a monitored pod",
        "  ok            6 ms  captured, and our rule fired",
        "  FAILED              on the node's disk: no room",
        "          mend: make room",
    ]

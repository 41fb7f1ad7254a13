"""What is generated and committed is that of the chart and of the locked packages."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from tests.documented_metrics import documented

CHECKOUT = Path(__file__).resolve().parents[2]
LOCKED = re.compile(r"^([a-z0-9-]+==\S+)", re.MULTILINE)
METRIC = re.compile(r"\bpodlynx_[a-z_]+")


@pytest.mark.parametrize("file", ["podlynx.yaml", "farewell.yaml"])
def test_the_plain_manifests_are_those_of_the_chart(helm, generator, file):
    written = (CHECKOUT / "deploy" / "manifests" / file).read_text()
    assert written == generator.rendered(helm, file), "make gen renews it"


def test_the_image_installs_what_the_tests_ran_with():
    image = LOCKED.findall((CHECKOUT / "deploy" / "requirements.lock").read_text())
    tested = LOCKED.findall((CHECKOUT / "requirements.lock").read_text())
    assert set(image) <= set(tested), "make gen renews it"
    project = (CHECKOUT / "pyproject.toml").read_text()
    dependencies = re.search(r"^dependencies = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)[1]
    wanted = set(re.findall(r'"([a-z0-9-]+)', dependencies))
    assert wanted <= {each.partition("==")[0] for each in image}


@pytest.mark.parametrize("file", ["dashboards/podlynx.json", "alerts/podlynx.yaml"])
def test_dashboard_and_alerts_ask_for_metrics_that_there_are(file):
    text = (CHECKOUT / "deploy" / "chart" / "podlynx" / file).read_text()
    msgspec.yaml.decode(text)  # of JSON too
    asked = set(METRIC.findall(text))
    assert asked
    told = {name for process in ("Manager", "Operator", "Sensor") for name in documented(process)}
    assert {re.sub(r"_bucket$", "", name) for name in asked} <= told


def test_the_page_of_metrics_is_that_of_the_code():
    made = subprocess.run([sys.executable, "setup/write_metrics.py"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert made.stdout == (CHECKOUT / "docs" / "metrics.md").read_text(), "make gen renews it"

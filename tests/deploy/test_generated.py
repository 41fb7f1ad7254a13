"""What is generated and committed is that of the chart and of the locked packages."""

import re
from pathlib import Path

import msgspec
import pytest

from podlynx.manager.metrics import Figures, exposition
from podlynx.models.sensor_report import SensorReport, SensorState

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
    report = SensorState(report=SensorReport(node="n", boot="b", version="1", time=1.0), age_seconds=1.0)
    told = exposition(Figures(uptime=1.0, rules_age=1.0, sensors=[report]))
    text = (CHECKOUT / "deploy" / "chart" / "podlynx" / file).read_text()
    msgspec.yaml.decode(text)  # of JSON too
    asked = set(METRIC.findall(text))
    assert asked
    assert asked <= set(re.findall(r"^# TYPE (\S+)", told, re.MULTILINE))

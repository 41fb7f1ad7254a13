"""Prometheus' own programs: those of the PATH, or what `setup/prometheus.sh` unpacked."""

import json
import os
import shutil
from pathlib import Path

from tests.absent import absent

CHECKOUT = Path(__file__).resolve().parents[2]
CHART = CHECKOUT / "deploy" / "chart" / "podlynx"
ALERTS = CHART / "alerts" / "podlynx.yaml"
DASHBOARD = CHART / "dashboards" / "podlynx.json"
UNPACKED = CHECKOUT / ".cache" / "prometheus" / "usr" / "bin"


def program(name):
    """Its path; skips where it is not there."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{UNPACKED}")
    return found or absent(f"{name} is not here: setup/prometheus.sh brings it")


def expressions():
    """{title and letter: query} of the dashboard, with Grafana's variables filled in."""
    return {
        f"{panel['title']} {target['refId']}": target["expr"].replace("$__rate_interval", "1m").replace("$__range", "1h")
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel.get("targets", [])
    }

"""The alert rules, held against made-up clusters by promtool; and that somebody who is woken finds what to do."""

import re
import subprocess

import msgspec
import pytest
from tests.deploy.monitoring import ALERTS, CHECKOUT, expressions, program

CASES = msgspec.yaml.decode((CHECKOUT / "tests" / "deploy" / "alert_cases.yaml").read_bytes())
RULES = [rule for group in msgspec.yaml.decode(ALERTS.read_bytes())["groups"] for rule in group["rules"]]
RUNBOOK = (CHECKOUT / "docs" / "runbook.md").read_text()


def promtool(*arguments):
    done = subprocess.run([program("promtool"), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def tried(alert, case, series, firing):
    """One test of promtool's: so many alerts of that name fire then."""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)',
                "eval_time": case["at"],
                "exp_samples": [{"labels": "{}", "value": firing}],
            }
        ],
    }


def test_every_alert_fires_when_it_should_and_only_then(tmp_path):
    tests = [
        tried(alert, case, series, firing)
        for alert, case in CASES.items()
        for series, firing in ((case["fires"], 1), (case["quiet"], 0))
    ]
    file = tmp_path / "test.yaml"
    file.write_bytes(msgspec.yaml.encode({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": tests}))
    promtool("test", "rules", file)


def test_every_alert_has_its_cases():
    assert [rule["alert"] for rule in RULES] == list(CASES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_whoever_is_woken_finds_what_it_means_how_to_look_and_how_to_mend_it(rule):
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
    assert rule["labels"]["severity"] in ("critical", "warning")
    entry = re.search(rf"^## {rule['alert']}\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert entry, "no entry in docs/runbook.md"
    for part in ("**Means.**", "**Look.**", "**Mend.**"):
        assert part in entry[1]


def test_the_runbook_tells_of_no_alert_that_there_is_not():
    assert set(re.findall(r"^## (Podlynx\S+)", RUNBOOK, re.MULTILINE)) == set(CASES)


def test_prometheus_reads_the_rules():
    promtool("check", "rules", ALERTS)


def test_prometheus_reads_every_query_of_the_dashboard(tmp_path):
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(expressions().values())]
    file = tmp_path / "queries.yaml"
    file.write_bytes(msgspec.yaml.encode({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", file)

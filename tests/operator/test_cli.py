"""`podlynx doctor` and `podlynx operator` as a person runs them."""

import msgspec
import pytest
import structlog
from tests.ports import free_port

from podlynx.cli import run
from podlynx.cli.exits import Exit
from podlynx.kubernetes.errors import ApiError
from podlynx.operator import diagnosis
from podlynx.operator.farewell import OperatorRuns


@pytest.fixture(autouse=True)
def own_logs():
    """A command sends the process's log lines to the standard error of its test, which does not outlive it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def kubeconfig(api_server, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(api_server.kubeconfig))


def test_the_doctor_prints_a_line_a_finding_with_its_mend(kubeconfig, capsys):
    assert run(["doctor", "-n", "nowhere"]) == Exit.PROBLEM
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok       API groups: calicoGroups both (found)")
    at = lines.index("FAULT    the operator: is not installed in namespace nowhere")
    assert lines[at + 1].split() == ["mend:", "install", "the", "chart,", "or", "name", "the", "namespace"]


def test_the_doctor_speaks_json(kubeconfig, capsys):
    run(["doctor", "--json"])
    findings = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert findings[0]["about"] == "API groups"
    assert {each["verdict"] for each in findings} <= {"ok", "warning", "fault"}


def test_the_doctor_tells_what_it_may_not_read_and_goes_on(kubeconfig, monkeypatch, capsys):
    async def forbidden(client):
        raise ApiError(403, "Forbidden", "customresourcedefinitions is forbidden")

    monkeypatch.setattr(diagnosis, "look", forbidden)
    run(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("warning  Calico: cannot be read: customresourcedefinitions is forbidden")
    assert any("the operator" in line for line in lines[2:])


def test_without_a_cluster_both_say_so(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    for command in (["doctor"], ["operator", "--health-port", str(free_port()), "--webhook-port", str(free_port())]):
        assert run(command) == Exit.UNREADABLE
        assert "no cluster to talk to" in capsys.readouterr().err


def test_a_wrong_setting_is_named(kubeconfig, monkeypatch, capsys):
    monkeypatch.setenv("PODLYNX_CALICO_GROUPS", "neither")
    assert run(["operator"]) == Exit.USAGE
    assert "PODLYNX_CALICO_GROUPS is 'neither'; it may be auto, both, v1, v3, sideBySide" in capsys.readouterr().err


def test_the_command_prints_what_is_left(kubeconfig, monkeypatch, capsys):
    async def said(client, settings):
        return ["Namespace tigera-dpi is still being deleted"]

    monkeypatch.setattr("podlynx.cli.operator.farewell_of", said)
    assert run(["operator", "--farewell"]) == Exit.PROBLEM
    assert capsys.readouterr().out == "left: Namespace tigera-dpi is still being deleted\n"


def test_the_command_says_that_an_operator_runs_and_how_to_end_it(kubeconfig, monkeypatch, capsys):
    async def runs(client, settings):
        raise OperatorRuns("somebody holds the Lease")

    monkeypatch.setattr("podlynx.cli.operator.farewell_of", runs)
    assert run(["operator", "--farewell"]) == Exit.PROBLEM
    assert "kubectl -n podlynx-system delete deployment podlynx-operator" in capsys.readouterr().err

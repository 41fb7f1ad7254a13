"""`podlynx status`: every DeepPacketInspection of a cluster, node by node."""

import json
import os

import pytest
from tests.cli.cluster import install_kubectl

from podlynx.cli import run
from podlynx.cli.status import GROUPS

THEN = "2026-11-25T08:00:00Z"
UNKNOWN = (1, "", 'error: the server doesn\'t have a resource type "deeppacketinspections"\n')
FORBIDDEN = (1, "", "Error from server (Forbidden): customresourcedefinitions.apiextensions.k8s.io is forbidden\n")
V1 = "crd.projectcalico.org"


def inspection(*nodes, **status):
    return {"metadata": {"namespace": "default", "name": "sample"}, "status": {"nodes": list(nodes), **status}}


def node(name, *, success, messages=()):
    conditions = [{"message": message, "lastUpdated": THEN} for message in messages]
    return {"node": name, "active": {"success": success, "lastUpdated": THEN}, "errorConditions": conditions}


@pytest.fixture
def status(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def printed(*items, group="projectcalico.org", arguments=(), ours=GROUPS, **others):
        definitions = {"items": [{"metadata": {"name": f"deeppacketinspections.{each}"}} for each in ours or ()]}
        served = {
            "get customresourcedefinitions": FORBIDDEN if ours is None else (0, json.dumps(definitions), ""),
            **{f"get deeppacketinspections.{each}": (0, json.dumps({"items": held}), "") for each, held in others.items()},
            f"get deeppacketinspections.{group}": (0, json.dumps({"items": items}), ""),
        }
        install_kubectl(tmp_path, {**served, "get deeppacketinspections.": UNKNOWN})
        code = run(["status", *arguments])
        out, err = capsys.readouterr()
        return code, [line.split() for line in out.splitlines()], err

    return printed


def test_a_row_for_each_node(status):
    code, rows, _ = status(inspection(node("n1", success=True), node("n2", success=True)))
    assert code == 0
    assert rows == [
        ["NAMESPACE", "NAME", "NODE", "MONITORED", "SINCE", "MESSAGE"],
        ["default", "sample", "n1", "yes", THEN],
        ["default", "sample", "n2", "yes", THEN],
    ]


def test_what_is_not_monitored_has_its_reason_and_the_exit_code_says_so(status):
    code, rows, _ = status(inspection(node("n1", success=False, messages=["old", "no interface of pod a"])))
    assert code == 1
    assert rows[1] == ["default", "sample", "n1", "no", THEN, "old"]
    assert rows[2] == ["default", "sample", "n1", "no", "no", "interface", "of", "pod", "a"]


def test_what_is_over_is_not_told(status):
    _, rows, _ = status(inspection(node("n1", success=True, messages=["no interface of pod a"])))
    assert rows[1] == ["default", "sample", "n1", "yes", THEN]


def test_a_resource_that_nothing_reports_on_has_its_condition(status):
    refused = {"type": "Ready", "status": "False", "message": "the selector makes no sense"}
    code, rows, _ = status(inspection(conditions=[refused]))
    assert code == 1
    assert " ".join(rows[1]) == "default sample - no - the selector makes no sense"


@pytest.mark.parametrize("group", ["crd.projectcalico.org", "podlynx.io"])
def test_whichever_group_the_cluster_serves(status, group):
    assert status(inspection(node("n1", success=True)), group=group)[0] == 0


@pytest.mark.parametrize("ours", [GROUPS, None], ids=["CRDs may be read", "and may not"])
def test_what_somebody_wrote_in_the_second_group_counts_and_copies_do_not(status, ours):
    owner = {"apiVersion": "projectcalico.org/v3", "kind": "DeepPacketInspection", "uid": "u1"}
    copy, own = inspection(node("n1", success=True)), inspection(node("n1", success=True))
    copy["metadata"] |= {"name": "copy", "ownerReferences": [owner]}
    own["metadata"]["name"] = "own"
    code, rows, _ = status(inspection(node("n1", success=True)), ours=ours, **{V1: [copy, own]})
    assert (code, [row[1] for row in rows[1:]]) == (0, ["sample", "own"])


def test_what_calico_serves_for_itself_is_not_asked_for(status):
    theirs = inspection()
    code, rows, _ = status(theirs, ours=[V1], **{V1: [inspection(node("n1", success=True))]})
    assert (code, len(rows)) == (0, 2)


def test_what_is_not_ready_has_a_row_though_every_node_works(status):
    concealed = {"type": "Ready", "status": "False", "message": "rename this one"}
    code, rows, _ = status(inspection(node("n1", success=True), conditions=[concealed]))
    assert code == 1
    assert " ".join(rows[1]) == "default sample - no - rename this one"
    assert rows[2] == ["default", "sample", "n1", "yes", THEN]


def test_a_cluster_without_podlynx(status):
    code, rows, said = status(group="example.org")
    assert (code, rows) == (3, [])
    assert "does not know DeepPacketInspection" in said


def test_nothing_to_inspect_yet(status):
    code, rows, said = status()
    assert (code, rows) == (0, [])
    assert "no DeepPacketInspection is there" in said

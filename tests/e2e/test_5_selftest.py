"""`podlynx selftest` on a real node: stage by stage to the page, and in nobody's list."""

import json

from tests.e2e.manager import PERSON, Manager
from tests.e2e.shop import Shop
from tests.e2e.typed import kubectl, objects, typed

AS = f"--as podlynx-system/{PERSON}"


def test_a_packet_of_ours_goes_from_every_monitored_node_to_the_page(monitored: Shop, manager: Manager):
    node = objects("pods -n default -l app=frontend")[0]["spec"]["nodeName"]
    result = json.loads(typed(f"podlynx selftest --node {node} --json {AS}"))
    assert result["passed"], result
    assert [each["name"] for each in result["stages"]] == ["sent", "inspected", "spooled", "delivered", "stored", "streamed"]
    listed = typed(f"podlynx events list --json {AS}")
    assert "self-test" not in listed


def test_the_operator_tells_its_figures_without_a_token_and_without_names(monitored: Shop, manager: Manager):
    (pod,) = [each["metadata"]["name"] for each in objects("pods -n podlynx-system -l app.kubernetes.io/component=operator")][:1]
    told = kubectl(f"get --raw /api/v1/namespaces/podlynx-system/pods/{pod}:8081/proxy/metrics")
    assert "podlynx_operator_leading 1.0" in told
    assert "sample-dpi-frontend" not in told

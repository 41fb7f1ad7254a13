"""Every way in which a pod may hang on the network: bridge, routed, both families, the node's own, and one that shows half."""

import time

import pytest
from tests.e2e.manager import Manager
from tests.e2e.redirect_peer import redirected
from tests.e2e.rules import TOKEN_RULE
from tests.e2e.shop import Shop
from tests.e2e.test_2_identity import address_of, inspection, server, watched
from tests.e2e.typed import apply, kubectl, objects, until

QUERY = f"sid:{TOKEN_RULE.split(':')[1]}"


@pytest.mark.parametrize(("node", "kind"), [("n2", "bridge"), ("n3", "routed")])
def test_both_families_on_either_kind_of_network(namespace: str, manager: Manager, node: str, kind: str):
    apply(
        server("web", namespace, node=node), server("client", namespace, node="n1"), inspection(kind, namespace, "app == 'web'")
    )
    address_of("web", namespace)
    address_of("client", namespace)
    until(lambda: watched(manager, "web"), 20)
    for given in objects(f"pod web -n {namespace}")[0]["status"]["podIPs"]:
        address = given["ip"]
        began = time.time()
        Shop(f"[{address}]:8080" if ":" in address else f"{address}:8080").attack_from("client", namespace)
        alert = manager.alert(QUERY, since=began)
        assert (alert["dest_ip"], alert["dest_name"], alert["host"]) == (address, "web", node)
        assert alert["source_name"] == "client", "the other end is named by the manager"


def test_a_pod_on_the_nodes_network_is_an_error_that_says_so(namespace: str, manager: Manager):
    apply(
        server("hostly", namespace, node="n2", hostNetwork=True, containers=[pause()]), inspection("hostly", namespace, "all()")
    )

    def told() -> bool:
        (resource,) = objects(f"deeppacketinspections.projectcalico.org hostly -n {namespace}")
        by_node = {node["node"]: node for node in resource.get("status", {}).get("nodes", [])}
        assert by_node.keys() >= {"n1", "n2"}
        assert not by_node["n2"]["active"]["success"]
        messages = [error["message"] for error in by_node["n2"]["errorConditions"]]
        assert any("hostly" in message and "hostNetwork" in message for message in messages), messages
        assert by_node["n1"]["active"]["success"], "no pod of this node is missed"
        return True

    until(told, 30)


def pause() -> dict[str, object]:
    """A container that opens no port of the node."""
    return {
        "name": "quiet",
        "image": "localhost/podlynx-shop:1",
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": "PORT", "value": "0"}],
    }


def test_a_link_that_shows_one_direction_only_is_never_a_silent_green(namespace: str, manager: Manager):
    apply(
        server("half", namespace, node="n2"),
        server("sender", namespace, node="n2"),
        inspection("half", namespace, "app == 'half'"),
    )
    address = address_of("half", namespace)
    address_of("sender", namespace)
    until(lambda: watched(manager, "half"), 20)
    with redirected("n2", f"{namespace}/sender", f"{namespace}/half"):

        def told() -> bool:
            kubectl(f"exec -n {namespace} sender -- /shop -attack http://{address}:8080/")
            (resource,) = objects(f"deeppacketinspections.projectcalico.org half -n {namespace}")
            (node,) = [node for node in resource.get("status", {}).get("nodes", []) if node["node"] == "n2"] or [None]
            assert node
            assert not node["active"]["success"]
            assert any("half" in error["message"] and "pod" in error["message"] for error in node["errorConditions"])
            return True

        until(told, 40, every=1)

"""On the cluster of `make cluster`, with the chart installed: `make e2e` says so by PODLYNX_E2E. Without it nothing here is run.

Cases type what a user types. Each leaves the cluster as it found it; the ones that disturb everybody come last, by file name.
"""

import os
from collections.abc import Iterator

import pytest
from tests.e2e import rules
from tests.e2e.manager import Manager
from tests.e2e.shop import Shop
from tests.e2e.typed import kubectl, until

if not os.environ.get("PODLYNX_E2E"):
    collect_ignore_glob = ["test_*.py"]

SAMPLE = "demo/60-deep-packet-inspection/sample-dpi-frontend.yaml"
RESOURCES = "demo/60-deep-packet-inspection/resource-dpi.yaml"
KEEPER = """
apiVersion: projectcalico.org/v3
kind: DeepPacketInspection
metadata: {name: keeper, namespace: keeps-sensors}
spec: {selector: has(nobody)}
"""


@pytest.fixture(scope="session")
def manager() -> Iterator[Manager]:
    """The manager, by its Service, as somebody who may see everything. Its rules are the community's where they are at hand."""
    with Manager("podlynx-system") as opened:
        rules.provide(opened)
        yield opened


@pytest.fixture(scope="session")
def shop() -> Shop:
    """The boutique in `default`, as the walk-through has it. It stays: making it takes long, and it disturbs nobody."""
    kubectl("apply -f demo/boutiqueshop/app.manifests.yaml")
    kubectl("rollout status deployment/frontend --timeout=120s")
    return Shop(until(lambda: kubectl("get svc frontend-external -ojsonpath={.status.loadBalancer.ingress[0].ip}"), 30))


@pytest.fixture(scope="session")
def sensors() -> Iterator[None]:
    """Sensors on every node from here on: a resource that chooses nobody keeps them while the cases' own come and go."""
    kubectl("create namespace keeps-sensors")
    kubectl("apply -f -", stdin=KEEPER)
    yield
    kubectl("delete namespace keeps-sensors")


@pytest.fixture
def monitored(shop: Shop, manager: Manager, sensors: None) -> Iterator[Shop]:
    """The shop's frontend with the walk-through's DeepPacketInspection, every node's monitor at work."""
    kubectl(f"apply -f {SAMPLE}")
    manager.until_watched("default", "sample-dpi-frontend")
    yield shop
    kubectl(f"delete -f {SAMPLE} --ignore-not-found")


@pytest.fixture
def namespace(sensors: None) -> Iterator[str]:
    """A namespace of the case's own."""
    name = f"case-{os.getpid()}-{next(_numbers)}"
    kubectl(f"create namespace {name}")
    yield name
    kubectl(f"delete namespace {name} --wait=false")


_numbers = iter(range(1, 10_000))

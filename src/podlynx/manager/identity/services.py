"""Services and the pods behind them: which one stands in front of a pod's port, where that can be known."""

from collections.abc import Iterable, Iterator
from typing import Final

from podlynx.manager.identity.facts import PodFacts, ServiceFacts

MAX_SERVICES: Final = 20_000
"""Services of the cluster that are kept; one more is counted and left out."""


class Services:
    """As they are now, by namespace."""

    def __init__(self) -> None:
        self._by_namespace: dict[str, dict[str, ServiceFacts]] = {}
        self._count = 0
        self.refused_full = 0

    def set(self, service: ServiceFacts) -> None:
        """A Service that is new or was changed."""
        there = self._by_namespace.setdefault(service.namespace, {})
        if service.uid not in there:
            if self._count >= MAX_SERVICES:
                self.refused_full += 1
                return
            self._count += 1
        there[service.uid] = service

    def remove(self, service: ServiceFacts) -> None:
        """A Service that is gone."""
        there = self._by_namespace.get(service.namespace, {})
        if there.pop(service.uid, None) is not None:
            self._count -= 1
        if not there:
            self._by_namespace.pop(service.namespace, None)

    def before(self, pod: PodFacts, port: int, protocol: str) -> tuple[str, int | None]:
        """(`namespace/name`, port) that the pod's port was reached by, each only where there is but one answer."""
        ways = list(self._ways(pod, port, protocol))
        names, ports = {name for name, _ in ways}, {number for _, number in ways}
        return next(iter(names)) if len(names) == 1 else "", next(iter(ports)) if len(ports) == 1 else None

    def _ways(self, pod: PodFacts, port: int, protocol: str) -> Iterator[tuple[str, int]]:
        for service in self._by_namespace.get(pod.namespace, {}).values():
            if service.headless or not selects(service, pod):
                continue
            for each in service.ports:
                target = pod.ports.get(each.target) if isinstance(each.target, str) else each.target
                if target == port and each.protocol == protocol:
                    yield f"{service.namespace}/{service.name}", each.port


def selects(service: ServiceFacts, pod: PodFacts) -> bool:
    """Whether the Service's selector takes the pod; a Service without a selector takes none."""
    same = service.namespace == pod.namespace and bool(service.selector)
    return same and all(pod.labels.get(key) == value for key, value in service.selector.items())


def any_selected(service: ServiceFacts, pods: Iterable[PodFacts]) -> bool:
    """Whether one of the pods stands behind the Service."""
    return any(selects(service, pod) for pod in pods)

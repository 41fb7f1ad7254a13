"""`podlynx status` (and `kubectl podlynx status`): every DeepPacketInspection of a cluster, node by node."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.kubectl import Kubectl
from podlynx.cli.options import value
from podlynx.cli.terminal import complain

GROUPS: Final = ("projectcalico.org", "crd.projectcalico.org", "podlynx.io")
"""The first that the cluster serves is what people write; a second one holds copies."""
_HEAD: Final = ("NAMESPACE", "NAME", "NODE", "MONITORED", "SINCE", "MESSAGE")

Row = tuple[str, ...]


def status(
    *,
    namespace: Annotated[str, value("Only this namespace. Default: all.", "--namespace", "-n")] = "",
    context: Annotated[str, value("Context of the kubeconfig.")] = "",
    kubeconfig: Annotated[str, value("Kubeconfig file. Default: as kubectl finds it.")] = "",
) -> int:
    """Print which DeepPacketInspections are monitored on which node. Exit code 1 where one is not."""
    found = _inspections(Kubectl(context, kubeconfig), namespace)
    if not found:
        complain("no DeepPacketInspection is there", "docs/install.md shows the first one", word="note")
        return Exit.OK
    rows = [row for each in found for row in rows_of(each)]
    widths = [max(len(row[column]) for row in [_HEAD, *rows]) for column in range(len(_HEAD))]
    for row in [_HEAD, *rows]:
        print("   ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return Exit.OK if all(row[3] == "yes" for row in rows) else Exit.PROBLEM


def rows_of(inspection: dict[str, Any]) -> Iterator[Row]:
    """One row a node, and one more for each further message; a resource that no node reports on yet has one row."""
    about = inspection.get("metadata") or {}
    name = (str(about.get("namespace", "")), str(about.get("name", "")))
    state = inspection.get("status") or {}
    nodes = state.get("nodes") or []
    if not nodes:
        yield (*name, "-", "no", "-", _condition(state))
    for node in nodes:
        active = node.get("active") or {}
        messages = [str(each.get("message", "")) for each in node.get("errorConditions") or []]
        # Conditions that are over are kept; what stands beside a node that works is history.
        shown = [""] if active.get("success") else messages[-3:] or ["no reason was given"]
        for number, message in enumerate(shown):
            first = (str(node.get("node", "")), "yes" if active.get("success") else "no", str(active.get("lastUpdated", "")))
            yield (*name, *(first if number == 0 else (first[0], first[1], "")), message)


def _condition(state: dict[str, Any]) -> str:
    """Why nothing is reported: the first condition that is not as it should be."""
    for condition in state.get("conditions") or []:
        if condition.get("status") == "False":
            return str(condition.get("message", ""))
    return "no node has reported yet"


def _inspections(kubectl: Kubectl, namespace: str) -> list[dict[str, Any]]:
    where = ("-n", namespace) if namespace else ("--all-namespaces",)
    for group in GROUPS:
        try:
            answer = kubectl.json("get", f"deeppacketinspections.{group}", *where)
        except CommandError as error:
            if "doesn't have a resource type" in str(error):
                continue
            raise
        return msgspec.convert(answer.get("items") or [], list[dict[str, Any]])
    mend = "install Podlynx first (docs/install.md): its operator brings the resource"
    raise CommandError(Exit.UNREADABLE, "this cluster does not know DeepPacketInspection", mend)

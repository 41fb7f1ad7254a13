"""`podlynx status` (and `kubectl podlynx status`): every DeepPacketInspection of a cluster, node by node."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.kubectl import Kubectl
from podlynx.cli.options import value
from podlynx.cli.terminal import complain
from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.inspections import is_copy

GROUPS: Final = ("projectcalico.org", "crd.projectcalico.org", "podlynx.io")
"""Where a cluster may serve them. Which of these Calico serves for itself, only the CRDs tell."""
_RESOURCE: Final = "deeppacketinspections"
_OURS: Final = ",".join(f"{key}={value}" for key, value in OURS.items())
_HEAD: Final = ("NAMESPACE", "NAME", "NODE", "MONITORED", "SINCE", "MESSAGE")
_SHOWN: Final = 3
"""Messages of a node, the newest."""
_MONITORED: Final = _HEAD.index("MONITORED")

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
    return Exit.OK if all(row[_MONITORED] == "yes" for row in rows) else Exit.PROBLEM


def rows_of(inspection: dict[str, Any]) -> Iterator[Row]:
    """One row a node, and one more for each further message; and one for the whole, where it is not Ready for another reason."""
    about = inspection.get("metadata") or {}
    name = (str(about.get("namespace", "")), str(about.get("name", "")))
    state = inspection.get("status") or {}
    nodes = state.get("nodes") or []
    working = all((node.get("active") or {}).get("success") for node in nodes)
    if not nodes or (working and _ready(state).get("status", "True") != "True"):
        yield (*name, "-", "no", "-", _condition(state))
    for node in nodes:
        active = node.get("active") or {}
        messages = [str(each.get("message", "")) for each in node.get("errorConditions") or []]
        shown = [""] if active.get("success") else messages[-_SHOWN:] or ["no reason was given"]
        for number, message in enumerate(shown):
            first = (str(node.get("node", "")), "yes" if active.get("success") else "no", str(active.get("lastUpdated", "")))
            yield (*name, *(first if number == 0 else (first[0], first[1], "")), message)


def _ready(state: dict[str, Any]) -> dict[str, Any]:
    return next((each for each in state.get("conditions") or [] if each.get("type") == "Ready"), {})


def _condition(state: dict[str, Any]) -> str:
    """Why it is not Ready, or that nobody said so."""
    found = _ready(state)
    return str(found.get("message", "")) if found.get("status", "True") != "True" else "no node has reported yet"


def _inspections(kubectl: Kubectl, namespace: str) -> list[dict[str, Any]]:
    where = ("-n", namespace) if namespace else ("--all-namespaces",)
    answers = {group: answer for group in _groups(kubectl) if (answer := _asked(kubectl, group, where)) is not None}
    if not answers:
        mend = "install Podlynx first (docs/install.md): its operator brings the resource"
        raise CommandError(Exit.UNREADABLE, "this cluster does not know DeepPacketInspection", mend)
    found = [each for answer in answers.values() for each in msgspec.convert(answer.get("items") or [], list[dict[str, Any]])]
    followed = GROUPS[0] in answers
    return [each for each in found if not (followed and is_copy(each))]


def _groups(kubectl: Kubectl) -> list[str]:
    """The groups whose CRD is ours; all of them where CRDs may not be read."""
    try:
        found = kubectl.json("get", "customresourcedefinitions", "-l", _OURS).get("items") or []
    except CommandError as error:
        if error.code is not Exit.NO_PRIVILEGE:
            raise
        return list(GROUPS)
    ours = {str(each["metadata"]["name"]) for each in found}
    return [group for group in GROUPS if f"{_RESOURCE}.{group}" in ours]


def _asked(kubectl: Kubectl, group: str, where: tuple[str, ...]) -> dict[str, Any] | None:
    """What a group holds; None where the cluster does not serve it."""
    try:
        return kubectl.json("get", f"{_RESOURCE}.{group}", *where)
    except CommandError as error:
        if "doesn't have a resource type" in str(error):
            return None
        raise

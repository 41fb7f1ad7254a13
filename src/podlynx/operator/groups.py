"""Which of Calico's API groups are ours in this cluster: the table "Beside Calico". Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from podlynx.kubernetes.calico import Found
from podlynx.kubernetes.crds import (
    BESIDE_DETECTION,
    BESIDE_EXCEPTION,
    BESIDE_INSPECTION,
    BESIDE_WEBHOOK,
    DETECTION,
    EXCEPTION,
    V1_INSPECTION,
    V3_INSPECTION,
    WEBHOOK,
    Kind,
)
from podlynx.operator.desired import NAME, NAME_BESIDE
from podlynx.operator.settings import CalicoGroups

Mode = Literal["both", "v1", "v3", "sideBySide", "refused"]
_KINDS: Final[dict[Mode, tuple[Kind, ...]]] = {
    "both": (V3_INSPECTION, V1_INSPECTION, DETECTION, EXCEPTION, WEBHOOK),
    "v1": (V1_INSPECTION, DETECTION, BESIDE_EXCEPTION, BESIDE_WEBHOOK),
    "v3": (V3_INSPECTION, DETECTION, EXCEPTION, WEBHOOK),
    "sideBySide": (BESIDE_INSPECTION, BESIDE_DETECTION, BESIDE_EXCEPTION, BESIDE_WEBHOOK),
    "refused": (),
}
_SENTENCES: Final[dict[Mode, str]] = {
    "both": "projectcalico.org/v3 is the source, and a copy in crd.projectcalico.org/v1 follows it.",
    "v1": "Calico serves projectcalico.org/v3 itself: write DeepPacketInspections with apiVersion crd.projectcalico.org/v1.",
    "v3": "Calico's own CRDs are in projectcalico.org and none in crd.projectcalico.org, which stays so: list with "
    "`kubectl get deeppacketinspections.projectcalico.org`.",
    "sideBySide": "Side by side with Calico's own: write DeepPacketInspections with apiVersion podlynx.io/v1; the monitors are "
    "podlynx-dpi.",
    "refused": "Calico's own intrusion detection controller runs here, and both cannot own the same names: set calicoGroups to "
    "sideBySide to compare them, or remove Calico's.",
}


@dataclass(frozen=True)
class Groups:
    """The decision: what is served, by which names."""

    mode: Mode
    kinds: tuple[Kind, ...]
    """Whose CRDs we keep."""
    message: str
    """The decision in a sentence, with what it means for people."""

    @property
    def inspections(self) -> tuple[Kind, ...]:
        """The DeepPacketInspections, the source first."""
        return tuple(kind for kind in self.kinds if kind.name == "DeepPacketInspection")

    @property
    def followed(self) -> bool:
        """Whether `projectcalico.org/v3` is read, so that a v1 object with an owner there is a copy."""
        return V3_INSPECTION in self.kinds

    @property
    def served(self) -> tuple[str, ...]:
        """`group/version` of each of them."""
        return tuple(kind.resource.api_version for kind in self.inspections)

    @property
    def detection(self) -> Kind:
        """The IntrusionDetection."""
        return BESIDE_DETECTION if self.mode == "sideBySide" else DETECTION

    @property
    def exceptions(self) -> Kind | None:
        """The AlertException."""
        return next((kind for kind in self.kinds if kind in (EXCEPTION, BESIDE_EXCEPTION)), None)

    @property
    def webhooks(self) -> Kind | None:
        """The SecurityEventWebhook."""
        return next((kind for kind in self.kinds if kind in (WEBHOOK, BESIDE_WEBHOOK)), None)

    @property
    def name(self) -> str:
        """Name of the monitors."""
        return NAME_BESIDE if self.mode == "sideBySide" else NAME


def decide(wanted: CalicoGroups, found: Found) -> Groups:
    """The groups; what a person set outweighs what was found."""
    mode: Mode = _automatic(found) if wanted == "auto" else wanted
    how = "found" if wanted == "auto" else "set"
    return Groups(mode, _KINDS[mode], f"calicoGroups {mode} ({how}): {_SENTENCES[mode]}")


def _automatic(found: Found) -> Mode:
    if found.controller:
        return "refused"
    if found.aggregated:
        return "v1"
    if found.foreign_v3 and not found.foreign_v1:
        return "v3"  # a CRD in the other group would flip Calico's operator to its old mode at its next restart
    if found.foreign_v1 and not found.foreign_v3:
        return "v1"  # and the reverse; Calico's API server, installed later, would shadow CRDs of v3
    return "both"

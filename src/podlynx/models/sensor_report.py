"""What a sensor tells the manager with each heartbeat, and what the operator reads there: contract between the three."""

from typing import Annotated, Literal

import msgspec

from podlynx.models.selftest import SelftestReport
from podlynx.models.sensor_figures import SensorFigures

_Short = Annotated[str, msgspec.Meta(max_length=255)]
_Sentence = Annotated[str, msgspec.Meta(max_length=1024)]
ERROR_CAP = 10
"""Error conditions that a resource's status keeps a node (CRD: `status.nodes[].errorConditions`)."""


class PodMonitor(msgspec.Struct, frozen=True, kw_only=True):
    """One pod that a resource selects on this node. Counters run since the pod was attached."""

    namespace: _Short
    pod: _Short
    uid: _Short
    addresses: Annotated[list[_Short], msgspec.Meta(max_length=16)] = []
    interfaces: Annotated[list[_Short], msgspec.Meta(max_length=16)] = []
    packets: int = 0
    bytes: int = 0
    events: int = 0
    skipped: int = 0
    """Packets that were not looked at by a rule of ours."""
    shed: dict[_Short, int] = {}
    """Packets for which there was no time, by reason."""
    shed_bytes: int = 0
    incomplete: _Sentence = ""
    """What of it was not inspected of late; empty: everything was."""
    monitored: bool = False
    error: _Sentence = ""
    """Why it is not monitored: the pod, the cause, and the mode that would help."""


class ResourceReport(msgspec.Struct, frozen=True, kw_only=True):
    """One DeepPacketInspection as this node sees it. `success`: every matching pod of the node is being monitored."""

    namespace: _Short
    name: _Short
    generation: int = 0
    success: bool
    errors: Annotated[list[_Sentence], msgspec.Meta(max_length=ERROR_CAP)] = []
    pods: Annotated[list[_Short], msgspec.Meta(max_length=1024)] = []
    """Names of the pods that it selects here."""


class RulesReport(msgspec.Struct, frozen=True, kw_only=True):
    """The rule set that the node's inspector uses. `version` is the hash the manager serves it by; empty: bundled or own."""

    version: _Short = ""
    source: _Short = ""
    loaded: int = 0
    refused: int = 0
    error: _Sentence = ""


class CaptureReport(msgspec.Struct, frozen=True, kw_only=True):
    """The node's inspector process and its ring. `alive` is false from the moment it ended until its successor captures."""

    alive: bool
    mode: Literal["host", "pod"] = "host"
    error: _Sentence = ""
    restarts: int = 0
    packets: int = 0
    bytes: int = 0
    dropped: int = 0
    provisional: int = 0
    """Interfaces captured although nobody knows yet whose they are."""
    counters: dict[str, int] = {}
    """Everything else that was counted, by name (caps, drops by reason)."""


class SensorReport(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /api/v1/sensors/{node}/heartbeat`: state as of now; a later one replaces an earlier one."""

    node: _Short
    boot: _Short
    """Names this start of the sensor, so that its successor's report is not taken for it."""
    version: _Short
    time: float
    """Epoch seconds at the sensor."""
    resources: Annotated[list[ResourceReport], msgspec.Meta(max_length=4096)] = []
    monitors: Annotated[list[PodMonitor], msgspec.Meta(max_length=4096)] = []
    rules: RulesReport = RulesReport()
    capture: CaptureReport = msgspec.field(default_factory=lambda: CaptureReport(alive=False))
    spooled: int = 0
    """Events on disk that wait for the manager."""
    selftest: SelftestReport | None = None
    """The last self-test that was asked for, as far as it came here."""
    figures: SensorFigures = msgspec.field(default_factory=SensorFigures)


class HeartbeatAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`rules_version`: the set that the manager wants in use; fetch it at `GET /api/v1/rules/{version}`; empty: it has none."""

    rules_version: _Short = ""
    interval_seconds: float = 2.0
    selftest: _Short = ""
    """Token of a self-test that the sensor is to make now; empty: none."""


class SensorState(msgspec.Struct, frozen=True, kw_only=True):
    """A report and how many seconds ago it came in, by the manager's monotonic clock."""

    report: SensorReport
    age_seconds: float


class SensorStates(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /api/v1/sensors`. `uptime_seconds`: of the manager: a young one has not heard of everybody yet."""

    uptime_seconds: float
    rules_version: _Short = ""
    rules_source: _Short = ""
    rules_fetched: _Short = ""
    """ISO 8601, when the manager got this set."""
    rules_error: _Sentence = ""
    sensors: list[SensorState] = []

"""What the sensor tells the manager: every resource as this node sees it, every selected pod, and why one is not monitored."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec

from podlynx.models.sensor_report import ERROR_CAP, PodMonitor, ResourceReport, RulesReport
from podlynx.sensor.node.attachment import GRACE_SECONDS, Attachment
from podlynx.sensor.node.attachments import Attachments
from podlynx.sensor.node.capture import CaptureState
from podlynx.sensor.node.faults import Progress, fault_of
from podlynx.sensor.node.objects import Inspection, Pod, ResourceKey
from podlynx.sensor.node.placement import Placement
from podlynx.sensor.node.roster import Roster

POD_CAP: Final = 1024
"""Names of pods in one resource's report."""
MONITOR_CAP: Final = 4096
SENTENCE: Final = 1024
"""Characters of an error (`models.sensor_report`)."""


class Outlook(msgspec.Struct, frozen=True):
    """What holds for the whole node."""

    capture: CaptureState
    rules: RulesReport
    mode: str
    pods_known: bool = True
    """Whether the node's pods have been read; before, none is missed."""

    @property
    def fault(self) -> str:
        """Why nothing at all is monitored on this node; empty: nothing stands in the way."""
        if not self.rules.loaded and self.rules.error:
            also = "" if self.capture.alive else f"; {self.capture.reason}"
            return f"nothing is inspected on this node: no rules are loaded ({self.rules.error}){also}"
        if not self.capture.alive:
            return f"nothing is inspected on this node: {self.capture.reason}"
        if not self.rules.loaded:
            return "nothing is inspected on this node: no rules are loaded (they are being compiled)"
        return "" if self.pods_known else "nothing is known of this node: its pods have not been read yet"


class Reporter:
    """Makes the parts of a report that tell of pods and resources."""

    def __init__(self, roster: Roster, attachments: Attachments, outlook: Callable[[], Outlook]) -> None:
        self.events: Counter[str] = Counter()
        """Events by UID of the pod."""
        self._waiting: dict[str, float] = {}
        """Since when (monotonic seconds) the interfaces of selected pods, by UID, wait to be captured."""
        self._roster, self._attachments, self._outlook = roster, attachments, outlook

    def monitors(self) -> list[PodMonitor]:
        """Every pod that some resource selects."""
        outlook = self._outlook()
        selected = [pod for pod in self._roster.pods() if self._roster.selecting(pod.uid)]
        kept = {pod.uid for pod in selected}
        self._waiting = {uid: since for uid, since in self._waiting.items() if uid in kept}
        return [self._monitor(pod, outlook) for pod in selected[:MONITOR_CAP]]

    def resources(self, monitors: list[PodMonitor]) -> list[ResourceReport]:
        """Every resource of the cluster: one that selects nothing here succeeds as long as the node could monitor."""
        by_key: dict[ResourceKey, list[PodMonitor]] = {}
        for monitor in monitors:
            for key in self._roster.selecting(monitor.uid):
                by_key.setdefault(key, []).append(monitor)
        fault = self._outlook().fault
        return [_resource(each, by_key.get(each.key, []), fault) for each in self._roster.inspections()]

    def _monitor(self, pod: Pod, outlook: Outlook) -> PodMonitor:
        attachment = self._attachments.attachment(pod.uid) or Attachment()
        placement = attachment.placement
        indexes, names = (placement.indexes, placement.names) if placement else ((), ())
        ways = [outlook.capture.seen(index) for index in indexes]
        accounts = [outlook.capture.account(index) for index in indexes]
        shed: Counter[str] = Counter()
        for account in accounts:
            shed.update({reason: amount.packets for reason, amount in account.shed.items() if amount.packets})
        incomplete = next(filter(None, (outlook.capture.incomplete(index) for index in indexes)), "")
        watched = placement is not None and self._attachments.watches(placement)
        progress = self._progress(pod.uid, placement, time.monotonic())
        error = outlook.fault or self._filter_fault() or fault_of(pod, attachment, outlook.capture, progress, mode=outlook.mode)
        return PodMonitor(
            namespace=pod.namespace,
            pod=pod.name,
            uid=pod.uid,
            addresses=list(pod.addresses),
            interfaces=list(names[:16]),
            packets=sum(way.packets for way in ways),
            bytes=sum(way.bytes for way in ways),
            events=self.events[pod.uid],
            skipped=sum(account.skipped.packets for account in accounts),
            shed=dict(shed),
            shed_bytes=sum(amount.bytes for account in accounts for amount in account.shed.values()),
            incomplete=f"pod {pod.title}: {incomplete}"[:SENTENCE] if incomplete else "",
            monitored=watched and not error,
            error=error[:SENTENCE],
        )

    def _progress(self, uid: str, placement: Placement | None, now: float) -> Progress:
        """How far the pod's interfaces have come on their way into the capture."""
        if placement is None or self._attachments.watches(placement):
            self._waiting.pop(uid, None)
            return "captured"
        if not self._attachments.finds_room(placement):
            self._waiting.pop(uid, None)
            return "no room"
        return "overdue" if now - self._waiting.setdefault(uid, now) > GRACE_SECONDS else "soon"

    def _filter_fault(self) -> str:
        fault = self._attachments.watch_list.fault
        return f"the kernel does not take the list of interfaces to watch: {fault}" if fault else ""


def _resource(inspection: Inspection, pods: list[PodMonitor], fault: str) -> ResourceReport:
    own = inspection.fault or fault
    errors = [own] if own else list(dict.fromkeys(said for pod in pods if (said := pod.error or pod.incomplete)))
    return ResourceReport(
        namespace=inspection.key.namespace,
        name=inspection.key.name,
        generation=inspection.generation,
        success=not errors,
        errors=[error[:SENTENCE] for error in errors[:ERROR_CAP]],
        pods=[pod.pod for pod in pods[:POD_CAP]],
    )

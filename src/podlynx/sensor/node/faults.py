"""Why a pod is not monitored, in a sentence that names the pod, the cause, and the mode that would help."""

import time
from typing import Literal

from podlynx.sensor.confined.messages import MAX_INTERFACES
from podlynx.sensor.node.attachment import GRACE_SECONDS, Attachment
from podlynx.sensor.node.capture import CaptureState
from podlynx.sensor.node.objects import Pod
from podlynx.sensor.node.placement import Placement

Progress = Literal["captured", "soon", "overdue", "no room"]
"""How far a pod's interfaces have come: `soon` and `overdue` wait for the inspector, less or more than the grace."""
_INSIDE = "captureMode: pod captures inside the pod's network namespace"


def fault_of(pod: Pod, attachment: Attachment, capture: CaptureState, progress: Progress, *, mode: str) -> str:
    """The sentence; empty where the pod is monitored, or will be in a moment."""
    what = _fault(pod, attachment, capture, progress, mode=mode)
    return f"pod {pod.title} {what}" if what else ""


def _fault(pod: Pod, attachment: Attachment, capture: CaptureState, progress: Progress, *, mode: str) -> str:
    placement = attachment.placement
    if pod.host_network:
        return attachment.reason
    if placement is None:
        return _without_place(attachment, mode)
    if placement.fault:
        return placement.fault
    if progress == "no room":
        return f"finds no room: {MAX_INTERFACES} interfaces of this node are watched already; select fewer pods"
    if progress == "overdue":
        return (
            f"is not monitored: its interface {', '.join(placement.names)} is not captured yet; the log of the sensor says more"
        )
    return _one_way(placement, capture, mode)


def _without_place(attachment: Attachment, mode: str) -> str:
    if time.monotonic() - attachment.waiting_since < GRACE_SECONDS:
        return ""
    help_ = f"; {_INSIDE}" if mode == "host" else ""
    return f"is not monitored: {attachment.reason or 'its interface is not known yet'}{help_}"


def _one_way(placement: Placement, capture: CaptureState, mode: str) -> str:
    for index, name in zip(placement.indexes, placement.names, strict=True):
        missing = capture.missing(index)
        if missing:
            shown = "towards" if missing == "from" else "from"
            help_ = f"; {_INSIDE}" if mode == "host" else ""
            return (
                f"is not monitored: its interface {name} shows packets {shown} the pod only: the others take a way past it "
                f"(eBPF host routing, for one), or nobody answers{help_}"
            )
    return ""

"""Why a pod is not monitored, in a sentence that names the pod, the cause, and the mode that would help."""

import time

from podlynx.sensor.confined.messages import MAX_INTERFACES
from podlynx.sensor.node.attachment import GRACE_SECONDS, Attachment
from podlynx.sensor.node.capture import CaptureState
from podlynx.sensor.node.objects import Pod
from podlynx.sensor.node.placement import Placement

_INSIDE = "captureMode: pod captures inside the pod's network namespace"


def fault_of(pod: Pod, attachment: Attachment, capture: CaptureState, *, room: bool, mode: str) -> str:
    """The sentence; empty where the pod is monitored, or will be in a moment. `room`: the kernel's filter has it."""
    what = _fault(pod, attachment, capture, room=room, mode=mode)
    return f"pod {pod.title} {what}" if what else ""


def _fault(pod: Pod, attachment: Attachment, capture: CaptureState, *, room: bool, mode: str) -> str:
    placement = attachment.placement
    if pod.host_network:
        return attachment.reason
    if placement is None:
        return _without_place(attachment, mode)
    if placement.fault:
        return placement.fault
    if not room:
        return f"finds no room: {MAX_INTERFACES} interfaces of this node are watched already; select fewer pods"
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
                f"is not monitored: its interface {name} shows packets {shown} the pod only, so the others take a way past it "
                f"(eBPF host routing, for one){help_}"
            )
    return ""

"""Capture inside the pods (`captureMode: pod`): a socket of each selected pod's namespace, handed to the inspector."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Final

import msgspec

from podlynx.sensor.confined.door import NodeInspector
from podlynx.sensor.interfaces.inside import Closed, Opened, Wish, namespace_of, open_inside
from podlynx.sensor.interfaces.processes import PodProcesses
from podlynx.sensor.node.objects import Pod
from podlynx.sensor.node.placement import NoPlacement, Placement, Sought

FIRST_NUMBER: Final = 1 << 24
"""Numbers from here on name sockets: no kernel counts its interfaces that far."""
LOOK_SECONDS: Final = 1.0
"""How often it is looked whether the pods' namespaces are still theirs."""


class _Held(msgspec.Struct):
    """One pod's socket, as the inspector has it."""

    number: int
    process_uid: str
    pid: int
    namespace: int


class InsidePods:
    """Finds places by entering. Only for selected pods: each costs a ring."""

    needs_selection = True

    def __init__(self, inspector: NodeInspector, processes: PodProcesses) -> None:
        self._inspector, self._processes = inspector, processes
        self._held: dict[str, _Held] = {}
        self._numbers = count(FIRST_NUMBER)

    async def find(self, sought: Sequence[Sought]) -> Mapping[str, Placement | NoPlacement]:
        """Enter these pods' namespaces and hand their sockets over."""
        pods = [each.pod for each in sought]
        processes = await asyncio.to_thread(self._processes.scan)
        wishes = [Wish(pod.process_uid, tuple(processes.get(pod.process_uid, ()))) for pod in pods]
        answers = await asyncio.to_thread(open_inside, wishes)
        return {pod.uid: self._place(pod, answer) for pod, answer in zip(pods, answers, strict=True)}

    def left(self, uid: str) -> None:
        """The pod is gone, or no resource selects it any more."""
        if (held := self._held.pop(uid, None)) is not None:
            self._inspector.release(held.number)

    async def hand_over_again(self) -> None:
        """A new inspector captures: it needs sockets of its own."""
        held = list(self._held.values())
        answers = await asyncio.to_thread(open_inside, [Wish(each.process_uid, (each.pid,)) for each in held])
        for each, answer in zip(held, answers, strict=True):
            if isinstance(answer, Opened):
                self._inspector.adopt(each.number, answer.descriptor)

    async def run(self, lost: Callable[[str], None]) -> None:
        """Tell of pods whose namespace is gone (it ended, or its sandbox was made anew), until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for uid, held in list(self._held.items()):
                if namespace_of(held.pid) != held.namespace:
                    self.left(uid)
                    lost(uid)

    def _place(self, pod: Pod, answer: Opened | Closed) -> Placement | NoPlacement:
        if isinstance(answer, Closed):
            return NoPlacement(answer.reason)
        self.left(pod.uid)
        held = self._held[pod.uid] = _Held(next(self._numbers), pod.process_uid, answer.pid, answer.namespace)
        self._inspector.adopt(held.number, answer.descriptor)
        return Placement((held.number,), ("inside the pod",), time.time_ns(), inside=True)

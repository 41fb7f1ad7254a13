"""Capture inside the pods (`captureMode: pod`): a socket of each selected pod's namespace, handed to the inspector."""

import asyncio
import os
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
    captured: bool = False
    """Whether the inspector said so."""


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

    def captures(self, placement: Placement, /) -> bool:
        """Whether the inspector said that it has the pod's socket."""
        return any(held.captured for held in self._held.values() if held.number in placement.indexes)

    def adopted(self, number: int) -> None:
        """The inspector has that socket."""
        for held in self._held.values():
            held.captured |= held.number == number

    def inspector_ended(self) -> None:
        """It had every socket; its successor has none yet."""
        for held in self._held.values():
            held.captured = False

    async def hand_over_again(self, lost: Callable[[str], None]) -> None:
        """A new inspector captures: it needs sockets of its own. `lost` is told of pods that have no place for one any more."""
        held = list(self._held.items())
        answers = await asyncio.to_thread(open_inside, [Wish(each.process_uid, (each.pid,)) for _, each in held])
        for (uid, each), answer in zip(held, answers, strict=True):
            theirs = self._held.get(uid) is each  # else it left, or was entered anew, while this one was opened
            if isinstance(answer, Opened) and theirs and answer.namespace == each.namespace:
                self._inspector.adopt(each.number, answer.descriptor)
                continue
            if isinstance(answer, Opened):
                os.close(answer.descriptor)
            if theirs:
                self.left(uid)
                lost(uid)

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

"""Somebody who listens to an inspector and remembers."""

import asyncio
import os
import time
from pathlib import Path

from podlynx.models.engine_event import decode_aftermaths, decode_events
from podlynx.sensor.confined.messages import Rules

WORD = Rules("words", [("words.rules", b'alert udp any any -> any any ( msg:"a word"; content:"firstword"; sid:1; rev:1; )\n')])


class Listener:
    """Implements `InspectorListener`."""

    def __init__(self):
        self.states, self.seen, self.told, self.patterns_of, self.refusals, self.sockets = [], [], [], [], [], []
        self.counted, self.watched, self.followed = None, (), []

    def capturing(self, *, alive, reason=""):
        self.states.append((alive, reason))

    def watching(self, ifindexes):
        self.watched = tuple(ifindexes)

    def events(self, lines):
        self.seen += [(event, time.time_ns()) for event in decode_events(lines)]

    def aftermaths(self, lines):
        self.followed += decode_aftermaths(lines)

    def figures(self, figures):
        self.counted = figures

    def loaded(self, loaded):
        self.told.append(loaded)

    def patterns(self, patterns):
        self.patterns_of.append(patterns)

    def adopted(self, ifindex):
        self.sockets.append(ifindex)

    def refused(self, refused):
        self.refusals.append(refused)

    @property
    def alive(self):
        return bool(self.states) and self.states[-1][0]


def inspector_pid():
    """The pid of the inspector that this process started."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return next(int(pid) for pid in children if b"inspector" in Path(f"/proc/{pid}/cmdline").read_bytes())


async def until(holds, seconds=15.0):
    """Wait until it holds; fail where it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never held"
        await asyncio.sleep(0.005)

"""An inspector that captures nothing: for tests and simulations of everything around it."""

import asyncio

from podlynx.sensor.confined.messages import Loaded


class NullInspector:
    """Implements `NodeInspector`: at once ready, content with any rules."""

    def __init__(self):
        self.restarts = 0
        self.watched = ()
        self.lodged = {}
        self.listener = None
        self._rules = None
        self._stopped = asyncio.Event()

    async def run(self, listener):
        self.listener = listener
        listener.capturing(alive=True)
        if self._rules is not None:
            listener.loaded(Loaded(self._rules.version, loaded=1))
        await self._stopped.wait()
        listener.capturing(alive=False, reason="stopped")

    def begin_with(self, rules):
        self._rules = rules

    def use(self, rules):
        self.listener.loaded(Loaded(rules.version, loaded=1))

    def watch(self, ifindexes):
        self.watched = tuple(ifindexes)
        if self.listener is not None:
            self.listener.watching(self.watched)

    def lodge(self, addresses):
        self.lodged = dict(addresses)

    def adopt(self, ifindex, descriptor):
        raise AssertionError("nothing is adopted here")

    def release(self, ifindex):
        pass

    async def stop(self):
        self._stopped.set()

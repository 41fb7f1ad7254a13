"""The sensors of `ingest.py`, all in one process: each has a spool on disk, and ships it with the code that runs on a node.

    ingest_sensors.py FOLDER SENSORS RATE SECONDS

Prints one JSON line: events sent, seconds from the last append to the last acknowledgement, CPU seconds of this process.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import structlog
from storm import Storm

from podlynx.sensor.node.door import ManagerDoor
from podlynx.sensor.spool.shipping import Shipper
from podlynx.sensor.spool.spool import Spool

POOL = 2_000
"""Events that are made beforehand for each sensor; each time round they get new times, some new paths."""
TICK = 0.1
PATIENCE = 600.0
MOMENT = 1_700_000_000_000_000_000


class Sensor:
    """One node."""

    def __init__(self, folder: Path, number: int, url: str) -> None:
        self._lines = [line.replace(b"%d" % MOMENT, b"@TIME@") for line in Storm(number).lines(POOL, MOMENT, 0)]
        self._own = b"?id=%d-" % number
        self._number = 0
        self.spool = Spool(folder / f"spool-{number}", host=f"node-{number}")
        self.door = ManagerDoor(url, f"node-{number}", token=folder / "node.token", authority=folder / "ca.crt")
        self.shipper = Shipper(self.spool, self.door)

    def append(self, count: int) -> None:
        """So many events of now."""
        now = time.time_ns()
        self.spool.append([self._next(now + each) for each in range(count)])
        self.shipper.wake()

    def _next(self, moment: int) -> bytes:
        line = self._lines[self._number % POOL].replace(b"@TIME@", b"%d" % moment)
        self._number += 1
        return line.replace(self._own, b"%b%d-" % (self._own, self._number)) if self._number % 8 == 0 else line


async def run(folder: Path, sensors: int, rate: int, seconds: float) -> None:
    """Append at that rate, then wait until all is acknowledged."""
    url = (folder / "url").read_text()
    nodes = [Sensor(folder, number, url) for number in range(sensors)]
    running = [asyncio.create_task(node.shipper.run()) for node in nodes]
    cpu = time.process_time()
    began, sent, most = time.monotonic(), 0, 0
    while (passed := time.monotonic() - began) < seconds:
        due = int(min(passed + TICK, seconds) * rate)
        for place, node in enumerate(nodes):
            count = (due - sent) // sensors + (place < (due - sent) % sensors)
            await asyncio.to_thread(node.append, count)
        sent = max(due, sent)
        most = max(most, sum(node.spool.waiting for node in nodes))
        await asyncio.sleep(max(0.0, began + passed + TICK - time.monotonic()))
    last = time.monotonic()
    while (waiting := sum(each.spool.waiting for each in nodes)) and time.monotonic() - last < PATIENCE:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    took = time.monotonic() - last
    for task in running:
        task.cancel()
    counters = [node.spool.counters for node in nodes]
    print(
        json.dumps(
            {
                "sent": sent,
                "append_seconds": round(last - began, 1),
                "seconds_after_last": round(took, 1),
                "waiting": waiting,
                "most_waiting": most,
                "shipped": sum(node.shipper.shipped for node in nodes),
                "refused": sum(node.shipper.refused for node in nodes),
                "dropped": sum(each.dropped + each.lost for each in counters),
                "sensors_cpu_seconds": round(time.process_time() - cpu, 1),
            }
        )
    )


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))

"""A sensor without capture: numbered events into the real spool, shipped by the real code, until it is killed.

    sensor_process.py FOLDER

What was spooled is noted in FOLDER/spooled after `append` returned: a number that was not noted is spooled again after a kill, as
the same event, which harms nobody. The manager's address is read from FOLDER/url again and again: each start has another port.
"""

import asyncio
import sys
from pathlib import Path

from tests.chaos.source import NODE, line

from podlynx.sensor.node.door import ManagerDoor
from podlynx.sensor.spool.shipping import Shipper
from podlynx.sensor.spool.spool import Spool

BATCH = 20
PAUSE = 0.01
MOST_WAITING = 3000
"""A slow machine is not to be measured here: more than this is not made before some is delivered."""


async def run(folder: Path) -> None:
    """Until killed, or until FOLDER/enough is there and all is shipped."""
    spool = Spool(folder / "spool", host=NODE, file_bytes=64 << 10)
    noted = folder / "spooled"
    number = int(noted.read_text() or 0) if noted.exists() else 0
    door = ManagerDoor("http://127.0.0.1:1", NODE, token=folder / "node.token")
    shipper = Shipper(spool, door)
    shipping = asyncio.create_task(shipper.run())
    while not ((folder / "enough").exists() and spool.waiting == 0):
        door.moved((folder / "url").read_text() if (folder / "url").exists() else "http://127.0.0.1:1")
        if not (folder / "enough").exists() and spool.waiting < MOST_WAITING:
            spool.append([line(each) for each in range(number, number + BATCH)])
            number += BATCH
            fresh = noted.with_suffix(".new")
            fresh.write_text(str(number))
            fresh.replace(noted)
            shipper.wake()
        await asyncio.sleep(PAUSE)
    shipping.cancel()
    spool.close()
    (folder / "drained").touch()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))

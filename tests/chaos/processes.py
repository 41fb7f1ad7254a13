"""Sensor and manager as processes that are killed and started again, and what they left behind."""

import asyncio
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("PODLYNX_CHAOS_SEED", "1"))
KILLS = int(os.environ.get("PODLYNX_CHAOS_KILLS", "20"))
PATIENCE = 300.0


class Process:
    """Sensor or manager, started again after each kill."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self._folder = kind, folder
        self.start()

    def start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "src")])}
        command = [sys.executable, "-m", f"tests.chaos.{self.kind}_process", str(self._folder)]
        with (self._folder / f"{self.kind}.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, cwd=CHECKOUT, stdout=log, stderr=log)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


def prepared(folder: Path) -> Path:
    """The folder, with what both need to meet."""
    (folder / "node.token").write_text(secrets.token_urlsafe(32))
    return folder


def spooled(folder: Path) -> int:
    """How many events the sensor has spooled: the numbers below."""
    noted = folder / "spooled"
    return int(noted.read_text()) if noted.exists() else 0


async def killed(chance: random.Random, victims, kills: int) -> None:
    """So many at random moments, each started again at once or a little later."""
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.0, 0.6))
        victim = chance.choice(victims)
        await asyncio.to_thread(victim.kill)
        await asyncio.sleep(chance.choice((0.0, 0.0, 0.3)))
        await asyncio.to_thread(victim.start)


async def drained(folder: Path) -> int:
    """No more events are made; answers how many were once all are delivered."""
    (folder / "enough").touch()
    await until((folder / "drained").exists, f"the spool does not empty; see {folder / 'sensor.log'}")
    return spooled(folder)


async def until(condition, what: str) -> None:
    """Waits for it, generously."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.05)


def stored_once(numbers, last: int) -> None:
    """Each number that was spooled is there, and none twice. One that was spooled and not noted yet may be there too."""
    found = list(numbers)
    assert len(found) == len(set(found)), "stored twice"
    missing = set(range(last)) - set(found)
    assert not missing, f"of {last} spooled events {len(missing)} are missing, {min(missing)} first"

"""kill -9 at random moments, of sensor and manager: every event that was spooled is stored exactly once."""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest
from tests.engine_events import START

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

    @property
    def alive(self) -> bool:
        return self._process.poll() is None


def until(condition, what):
    """Waits for it, generously."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def spooled(folder):
    noted = folder / "spooled"
    return int(noted.read_text()) if noted.exists() else 0


@pytest.fixture
def processes(tmp_path):
    (tmp_path / "node.token").write_text(secrets.token_urlsafe(32))
    running = [Process("manager", tmp_path), Process("sensor", tmp_path)]
    yield running
    for process in running:
        process.kill()


def test_every_spooled_event_is_stored_once_whoever_is_killed(tmp_path, processes):
    chance = random.Random(SEED)
    until(lambda: spooled(tmp_path) > 0, "the sensor does not begin")
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.0, 0.6))
        victim = chance.choice(processes)
        victim.kill()
        time.sleep(chance.choice((0.0, 0.0, 0.3)))
        victim.start()
    (tmp_path / "enough").touch()
    until((tmp_path / "drained").exists, "the spool does not empty; see sensor.log")
    last = spooled(tmp_path)
    connection = apsw.Connection(str(tmp_path / "events.db"))
    numbers = [time - START for (time,) in connection.execute("SELECT time FROM events ORDER BY time")]
    assert len(numbers) == len(set(numbers)), "stored twice"
    assert set(range(last)) <= set(numbers), f"of {last} spooled events {len(set(range(last)) - set(numbers))} are missing"
    assert (
        connection.execute("SELECT events FROM totals").get
        == len(numbers)
        == connection.execute("SELECT sum(count) FROM groups").get
    )
    assert connection.pragma("integrity_check") == "ok"

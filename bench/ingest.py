"""How many events a second the manager takes in, and how it answers people meanwhile.

    ingest.py [--rate 20000] [--seconds 60] [--sensors 20] [--calm 2000] [--quick]

A real manager process (HTTPS, names, merging, SQLite) and a process of simulated sensors, each with the spool and the shipping of
a node. First the storm: events of 2 kB at the full rate; all must be stored within a minute after the last one was sent, none be
missing. Then the calm: a tenth of that, while the API is asked for lists, searches, single alerts and counts, each answer timed.
"""

import argparse
import asyncio
import contextlib
import datetime
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import httpx2
from results import keep, machine

from podlynx.operator.certificates import issue, new_authority

BENCH = Path(__file__).parent
QUESTIONS = (
    "/api/v1/alerts",
    "/api/v1/alerts?group=false",
    "/api/v1/alerts?query=login",
    "/api/v1/alerts?query=sid:20131&group=false",
    "/api/v1/alerts?query=dest:10.3.0.0/16",
    "/api/v1/alerts?cursor=NEXT",
    "/api/v1/alerts/LATEST",
    "/api/v1/status",
)
"""Asked one after the other, four times a second."""
PAUSE = 0.25
BOUND_SECONDS = 60
"""All is stored so soon after the last event was sent: what the manager does not take at once waits in the sensors' spools."""
BOUND_P95_MS = 200


def prepare(folder: Path) -> None:
    """Certificates and tokens, as the operator would."""
    now = datetime.datetime.now(datetime.UTC)
    authority = new_authority(now)
    server = issue(authority, ["127.0.0.1"], now)
    for name, content in (("ca.crt", authority.certificate), ("tls.crt", server.certificate), ("tls.key", server.key)):
        (folder / name).write_bytes(content)
    for name in ("people.token", "node.token"):
        (folder / name).write_text(secrets.token_urlsafe(32))


@contextlib.contextmanager
def manager(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process, once it serves."""
    with (folder / "manager.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, str(BENCH / "ingest_manager.py"), str(folder)], stdout=log, stderr=log)
    try:
        while not (folder / "url").exists():
            if process.poll() is not None:
                raise SystemExit((folder / "manager.log").read_text())
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def load(folder: Path, sensors: int, rate: int, seconds: float) -> dict[str, float]:
    """What the sensors' process says at its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(BENCH / "ingest_sensors.py"), str(folder), str(sensors), str(rate), str(seconds)),
        stdout=subprocess.PIPE,
    )
    said, _ = await process.communicate()
    figures: dict[str, float] = json.loads(said)
    return figures


async def asked(folder: Path, ended: asyncio.Event) -> list[float]:
    """Seconds of each answer, until `ended`."""
    headers = {"Authorization": f"Bearer {(folder / 'people.token').read_text()}"}
    url, taken = (folder / "url").read_text(), []
    places = {"NEXT": "", "LATEST": ""}
    async with httpx2.AsyncClient(base_url=url, verify=str(folder / "ca.crt"), headers=headers, timeout=60) as client:
        number = 0
        while not ended.is_set():
            question = QUESTIONS[number % len(QUESTIONS)]
            number += 1
            for name, value in places.items():
                question = question.replace(name, value)
            began = time.monotonic()
            answer = await client.get(question)
            taken.append(time.monotonic() - began)
            answer.raise_for_status()
            if question == "/api/v1/alerts":
                page = answer.json()
                places = {"NEXT": page["next_cursor"] or "", "LATEST": page["items"][0]["event_id"]}
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), PAUSE)
    return taken


async def storm(folder: Path, pid: int, arguments: argparse.Namespace) -> dict[str, object]:
    """The full rate."""
    before = cpu_seconds(pid)
    figures = await load(folder, arguments.sensors, arguments.rate, arguments.seconds)
    stored = events_in(folder)
    used = cpu_seconds(pid) - before
    return {
        "holds": stored == figures["sent"] and figures["seconds_after_last"] <= BOUND_SECONDS,
        **figures,
        "stored": stored,
        "missing": figures["sent"] - stored,
        "manager_cpu_seconds": round(used, 1),
        "manager_cpu_us_an_event": round(used / max(stored, 1) * 1e6, 1),
        "bytes_on_disk_an_event": round((folder / "events.db").stat().st_size / max(stored, 1)),
    }


async def calm(folder: Path, arguments: argparse.Namespace) -> dict[str, object]:
    """Few events, and people who ask."""
    ended = asyncio.Event()
    asking = asyncio.create_task(asked(folder, ended))
    figures = await load(folder, arguments.sensors, arguments.calm, arguments.seconds / 2)
    ended.set()
    taken = sorted(await asking)
    cuts = statistics.quantiles(taken, n=100)
    return {
        "holds": cuts[94] * 1e3 < BOUND_P95_MS and not figures["dropped"],
        "events_a_second": arguments.calm,
        "answers": len(taken),
        "p50_ms": round(cuts[49] * 1e3, 1),
        "p95_ms": round(cuts[94] * 1e3, 1),
        "max_ms": round(taken[-1] * 1e3, 1),
        "dropped": figures["dropped"],
    }


def events_in(folder: Path) -> int:
    """Stored events, by the database itself."""
    connection = apsw.Connection(str(folder / "events.db"), flags=apsw.SQLITE_OPEN_READONLY)
    return int(connection.execute("SELECT count(*) FROM events").get or 0)


async def measured(arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Both halves."""
    prepare(folder)
    with manager(folder) as process:
        first = await storm(folder, process.pid, arguments)
        print(json.dumps(first, indent=2), flush=True)
        return {"storm": first, "calm": await calm(folder, arguments)}


def main() -> None:
    """Print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=20_000, help="events a second, all sensors together")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--sensors", type=int, default=20)
    parser.add_argument("--calm", type=int, default=2_000, help="events a second while the API is asked")
    parser.add_argument("--quick", action="store_true", help="a tenth of it, not kept")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seconds /= 6
    on = machine()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
        figures = asyncio.run(measured(arguments, Path(folder)))
    print(json.dumps(figures, indent=2))
    if not arguments.quick:
        print(keep("ingest", {"load_before": on["load_before"], "rate": arguments.rate, "seconds": arguments.seconds, **figures}))


if __name__ == "__main__":
    main()

"""How fast a database of five million events answers: first pages, searches, counts over thirty days.

    store.py [--events 5000000] [--rounds 5]

The database is built once and kept in build/: events of the storm go in by the manager's own way, then they are repeated inside
SQLite, spread over thirty days, every eighth with an HTTP request of its own. Each question is asked once (not counted), then
`rounds` times; the slowest counts.
"""

import argparse
import asyncio
import json
import time
from pathlib import Path

import apsw
from results import keep
from storm import Storm

from podlynx.expressions.fields import BY_NAME
from podlynx.expressions.query import parse_query
from podlynx.models.event import Endpoint, document
from podlynx.store import Retention, Search, Statistic
from podlynx.store.sqlite.store import SqliteStore

CHECKOUT = Path(__file__).resolve().parents[1]
FIRST = 200_000
"""Events that go in by the manager's own way."""
NODES = 20
DAYS = 30
SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
PLENTY = Retention(seconds=10**9, bytes=1 << 40)
WEEK = f"time:>={NOW // SECOND - 7 * 86_400}"
SOME = frozenset({"team-3", "team-7"})
LIMITS = {"page": 100, "search": 500, "count": 1000}
"""Milliseconds."""


def questions() -> list[tuple[str, str, object]]:
    """(kind, what, Search or Statistic)."""
    page, search, count = "page", "search", "count"

    def asked(text: str, **more: object) -> Search:
        return Search(query=parse_query(text), **more)

    return [
        (page, "groups", Search()),
        (page, "single events", Search(grouped=False)),
        (page, "groups, severe", Search(severity_min=70)),
        (page, "groups, dismissed", Search(dismissed=True)),
        (page, "groups of two namespaces", Search(namespaces=SOME)),
        (page, "single events of two namespaces", Search(grouped=False, namespaces=SOME)),
        (search, "word of all", asked("command")),
        (search, "word of all, single events", asked("command", grouped=False)),
        (search, "word of a twelfth", asked("login")),
        (search, "word of a twelfth, single events", asked("login", grouped=False)),
        (search, "rare word", asked("advisories/20131")),
        (search, "rare word, single events", asked("advisories/20131", grouped=False)),
        (search, "one request", asked("http:once2400008")),
        (search, "one request, single events", asked("once2400008", grouped=False)),
        (search, "no such word", asked("nowhereatall")),
        (search, "two words of two namespaces", asked("login command", namespaces=SOME)),
        (search, "sid", asked("sid:20131")),
        (search, "sid, single events", asked("sid:20131", grouped=False)),
        (search, "network", asked("dest:10.3.0.0/16")),
        (search, "pod, single events", asked("pod:web-3-4", grouped=False)),
        (search, "node and word", asked("node:node-3 AND login")),
        (count, "by time", Statistic(intervals=30)),
        (count, "by sid", Statistic(field=BY_NAME["sid"])),
        (count, "by source and day", Statistic(field=BY_NAME["source_ip"], interval=86_400)),
        (count, "by namespace", Statistic(field=BY_NAME["namespace"])),
        (count, "by node", Statistic(field=BY_NAME["host"], intervals=30)),
        (count, "by class, of two namespaces", Statistic(field=BY_NAME["classtype"], namespaces=SOME)),
        (count, "by pod, of a rule", Statistic(field=BY_NAME["pod"], query=parse_query("sid:20131"))),
        (count, "by rule's message, of two nodes", Statistic(field=BY_NAME["msg"], query=parse_query("node:node-1*"))),
        (count, "by node and day, severe", Statistic(field=BY_NAME["host"], interval=86_400, query=parse_query("severity:>=70"))),
        (count, "by node, of a word", Statistic(field=BY_NAME["host"], query=parse_query("login"), intervals=30)),
        (count, "by node, of a word of requests", Statistic(field=BY_NAME["host"], query=parse_query("http:upload"))),
        (count, "by reference", Statistic(field=BY_NAME["reference"])),
        (count, "by source, of a week", Statistic(field=BY_NAME["source_ip"], query=parse_query(WEEK))),
        (
            count,
            "by pod and day, of all but a node",
            Statistic(field=BY_NAME["pod"], query=parse_query("NOT node:node-3"), interval=86_400),
        ),
        (count, "by severity, with the dismissed", Statistic(field=BY_NAME["severity"], dismissed=None, intervals=30)),
    ]


async def first(path: Path) -> None:
    """Some events by the manager's own way, all within one hour."""
    store = SqliteStore(path, retention=PLENTY)
    for node in range(NODES):
        storm, a_node = Storm(node), FIRST // NODES
        for begin in range(0, a_node, 2000):
            events = storm.events(2000, NOW - 3600 * SECOND + begin * 300_000 * 1000, 300_000 * 1000)
            documents = [
                document(
                    event,
                    host=event.host,
                    origin=event.origin,
                    destination=Endpoint(event.destination.name, event.destination.namespace, "web-*"),
                    observers=event.observers,
                )
                for event in events
                if event.destination
            ]
            await store.ingest(documents, told=False)
    await store.close()


def repeat(path: Path, events: int) -> None:
    """The same again and again, each time an hour and more earlier."""
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "off")
    connection.pragma("synchronous", "off")
    connection.pragma("cache_size", -1_000_000)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(events)")]
    rounds = events // FIRST
    earlier = DAYS * 86_400 * SECOND // rounds
    changed = {"seq": "seq + :by", "id": "id || '-' || :round", "time": "time - :earlier"}
    own = "iif(request_id IS NOT NULL AND seq % 8 = 0, :request + seq, request_id)"
    taken = ", ".join(own if name == "request_id" else changed.get(name, name) for name in columns)
    connection.execute("BEGIN")
    for round_ in range(1, rounds):
        values = {"by": FIRST * round_, "round": round_, "earlier": earlier * round_, "request": FIRST * (round_ + 10)}
        connection.execute(f"INSERT INTO events SELECT {taken} FROM events WHERE seq <= {FIRST}", values)
        connection.execute(f"INSERT INTO documents SELECT seq + :by, body FROM documents WHERE seq <= {FIRST}", values)
        fresh = f"SELECT :request + seq AS id FROM events WHERE seq <= {FIRST} AND seq % 8 = 0 AND request_id IS NOT NULL"
        connection.execute(f"INSERT INTO requests SELECT id, randomblob(16) FROM ({fresh})", values)
        text = "'GET /shop/upload/once' || id || ' HTTP/1.1 shop.example Mozilla/5.0'"
        connection.execute(f"INSERT INTO request_words (rowid, http) SELECT id, {text} FROM ({fresh})", values)
        print(f"\r{round_ + 1} of {rounds}", end="", flush=True)
    connection.execute("DELETE FROM hourly")
    connection.execute("INSERT INTO hourly SELECT trait_id, time / 3600000000000, count(*) FROM events GROUP BY 1, 2")
    for level in ("rule", "place"):
        sums = f"SELECT hour, {level}_id, sum(count) FROM hourly JOIN traits ON traits.id = trait_id GROUP BY 1, 2"
        connection.execute(f"DELETE FROM {level}_hours")
        connection.execute(f"INSERT INTO {level}_hours {sums}")
    figures = "SELECT group_id AS id, count(*) AS n, min(time) AS first FROM events GROUP BY 1"
    connection.execute(
        f"UPDATE groups SET count = f.n, open_count = f.n, first_time = f.first FROM ({figures}) f WHERE f.id = groups.id"
    )
    connection.execute("UPDATE totals SET events = (SELECT count(*) FROM events)")
    connection.execute("COMMIT")
    connection.pragma("journal_mode", "wal")
    connection.close()
    print()


def built(events: int) -> Path:
    """The database, made where it is not there yet."""
    path = CHECKOUT / "build" / f"events-{events}.db"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        half = path.with_suffix(".half")
        half.unlink(missing_ok=True)
        asyncio.run(first(half))
        repeat(half, events)
        half.rename(path)
    return path


async def timed(path: Path, rounds: int) -> list[dict[str, object]]:
    """Each question's slowest answer."""
    store = SqliteStore(path, retention=PLENTY, read_seconds=600)
    await store.dismiss((await store.alerts(Search())).items[3].id)
    answers: list[dict[str, object]] = []
    for kind, what, question in questions():
        taken, used = [], []
        for _ in range(rounds + 1):
            began, cpu = time.monotonic(), time.process_time()
            await (store.count(question) if isinstance(question, Statistic) else store.alerts(question))
            taken.append(round((time.monotonic() - began) * 1e3, 1))
            used.append(round((time.process_time() - cpu) * 1e3, 1))
        said = {
            "kind": kind,
            "what": what,
            "cold_ms": taken[0],
            "slowest_ms": max(taken[1:]),
            "cpu_ms": max(used[1:]),
            "limit_ms": LIMITS[kind],
        }
        print(json.dumps(said), flush=True)
        answers.append(said)
    await store.close()
    return answers


def main() -> None:
    """Print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    path = built(arguments.events)
    answers = asyncio.run(timed(path, arguments.rounds))
    over = [each["what"] for each in answers if float(str(each["slowest_ms"])) > float(str(each["limit_ms"]))]
    print("over the limit:", ", ".join(map(str, over)) or "none")
    figures = {"events": arguments.events, "gib": round(path.stat().st_size / 2**30, 2), "answers": answers}
    if arguments.events >= 5_000_000:
        print(keep("store", figures))


if __name__ == "__main__":
    main()

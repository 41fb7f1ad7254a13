"""Which events are one, with a clock that stands where a case puts it."""

import msgspec
import pytest

from podlynx.manager import merge_table
from podlynx.manager.merge_table import REMEMBERED_SECONDS, WAIT_SECONDS, Table
from podlynx.manager.sightings import MAX_COMPARED

from ..engine_events import START
from .observed import plain, sensor_event


def client(**changed):
    return plain(sensor_event("client", **changed))


def server(**changed):
    return plain(sensor_event("server", **changed))


def told(table, *steps, peer_watched=True):
    """What becomes of each (second, document), and at the end of what is due then: (part, pods that observe it)."""
    parts = []
    for second, document in steps:
        sighting, part = table.offer(document, second, peer_watched=peer_watched)
        parts.append((part, sorted(end[2] for end in sighting.ends)))
    return parts


BOTH = ["checkout-7d4b9-x2x4z", "gateway-0"]
C, S = [BOTH[0]], [BOTH[1]]
LATE = WAIT_SECONDS * 5

CASES = {
    "the client's side waits, the server's takes it over": ([(0, client()), (0.02, server())], [("waiting", C), ("own", BOTH)]),
    "the server's side waits for nobody": ([(0, server()), (0.02, client())], [("own", S), ("join", BOTH)]),
    "a later retry is told apart": ([(0, server()), (1, server())], [("own", S), ("repeat", S)]),
    "a retry of what waits waits with it": ([(0, client()), (0.05, client())], [("waiting", C), ("waiting", C)]),
    "a retry of what was joined": ([(0, server()), (1, client()), (2, client())], [("own", S), ("join", BOTH), ("repeat", BOTH)]),
    "another rule is another event": ([(0, client()), (0, server(sid=2))], [("waiting", C), ("own", S)]),
    "another segment is another event": ([(0, client()), (0, server(sequence=7))], [("waiting", C), ("own", S)]),
    "an answer is no request": ([(0, client()), (0, server(direction="S2C"))], [("waiting", C), ("own", S)]),
    "one rule twice on one segment, at both ends": (
        [(0, client()), (0, client(packet_number=18)), (0.01, server()), (0.01, server(packet_number=18))],
        [("waiting", C), ("waiting", C), ("own", BOTH), ("own", BOTH)],
    ),
    "without a sequence number the payload tells": (
        [
            (0, client(protocol="UDP", sequence=None, payload=b"a")),
            (0, client(protocol="UDP", sequence=None, payload=b"b")),
            (0.01, server(protocol="UDP", sequence=None, payload=b"b")),
        ],
        [("waiting", C), ("waiting", C), ("own", BOTH)],
    ),
    "an event that nobody monitored is by itself": ([(0, client(observers=[])), (0, server())], [("own", []), ("own", S)]),
    "long after it is another event": (
        [(0, server()), (REMEMBERED_SECONDS + 1, client())],
        [("own", S), ("waiting", C)],
    ),
}


@pytest.mark.parametrize(("steps", "expected"), CASES.values(), ids=CASES)
def test_cases(steps, expected):
    assert told(Table(), *steps) == expected


def test_nobody_is_waited_for_where_the_other_end_is_not_monitored():
    assert told(Table(), (0, client()), peer_watched=False) == [("own", C)]


def test_what_waited_is_due_once_and_a_late_server_joins():
    table = Table()
    told(table, (0, client()))
    assert table.next_due() == WAIT_SECONDS
    assert table.due(WAIT_SECONDS / 2) == []
    (waited,) = table.due(WAIT_SECONDS)
    assert (waited.document.host, table.due(LATE), table.next_due()) == ("node-client", [], None)
    assert told(table, (LATE, server())) == [("join", BOTH)]


def test_the_servers_document_keeps_what_only_the_client_could_know():
    table = Table()
    told(table, (0, client()))
    sighting, _ = table.offer(server(), 0.01, peer_watched=True)
    document = sighting.document
    assert (document.host, document.origin, document.dest_ip) == ("node-server", "dpi.pay/watch", "10.244.2.9")
    assert [(each.host, each.side) for each in document.observers] == [("node-server", "server"), ("node-client", "client")]
    assert [key.id for key in sighting.absorbed] == [client().id]


def test_one_that_could_not_be_stored_is_new_when_it_is_sent_again():
    table = Table()
    sighting, _ = table.offer(server(), 0, peer_watched=True)
    table.failed(sighting)
    assert told(table, (1, server())) == [("own", S)]


def test_it_is_bounded_and_counts(monkeypatch):
    monkeypatch.setattr(merge_table, "MAX_EVENTS", 3)
    monkeypatch.setattr(merge_table, "MAX_WAITING", 2)
    table = Table()
    assert [part for part, _ in told(table, *((0, client(sequence=n)) for n in range(3)))] == ["waiting", "waiting", "own"]
    assert table.not_awaited_full == 1
    table.due(1)
    told(table, *((1, server(sequence=n)) for n in range(10, 20)))
    assert (len(table._known), len(table._alike)) == (3, 3)
    assert table.forgotten_full == 10
    assert table._waiting_bytes == 0


def alike(side, number, **changed):
    """One of many that only their frames tell apart: UDP, the same payload."""
    return plain(sensor_event(side, protocol="UDP", sequence=None, packet_number=number, time=START + number, **changed))


@pytest.mark.parametrize("peers", [True, False], ids=["both ends", "one end"])
def test_a_packet_that_is_repeated_makes_no_more_work_the_more_there_are(peers):
    table, many = Table(), 2_000
    parts = [table.offer(alike("client", n), 0, peer_watched=True)[1] for n in range(many)]
    if peers:
        parts += [table.offer(alike("server", n), 0.01, peer_watched=True)[1] for n in range(many)]
    assert parts == ["waiting"] * many + ["own"] * (many if peers else 0)
    assert table._alike.compared <= 2 * len(parts)


def test_ends_that_a_sensor_invents_make_no_endless_work():
    table, many = Table(), 500
    for n in range(many):
        # Each shares the server's end, so that none joins another; each set is its own.
        ends = [
            *sensor_event("server").observers,
            *(msgspec.structs.replace(o, pod=f"p{n}") for o in sensor_event("client").observers),
        ]
        table.offer(alike("server", n, observers=ends), 0, peer_watched=False)
    assert table._alike.compared <= MAX_COMPARED * many
    assert table.not_compared_full > 0
    table.offer(alike("server", 1), 1 + REMEMBERED_SECONDS, peer_watched=False)
    assert len(table._known) == 1

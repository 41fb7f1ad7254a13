"""`podlynx events` over a database file: what is printed, written, dismissed, and how it ends."""

import asyncio
import csv
import io
import json
import os
import pty
import re
import subprocess
import sys

import pytest

from podlynx.store import open_store

from ..engine_events import START, HttpSummary, event_document
from ..outputs.read_pcapng import read

HOSTILE = "\x1b[2Jcleared\r\n\u202ereversed\x07"
STYLE = re.compile(r"\x1b\[[0-9;]*m")


def stored(path, documents):
    async def store():
        opened = open_store(path)
        await opened.ingest(documents)
        await opened.close()

    asyncio.run(store())
    return path


@pytest.fixture
def database(tmp_path):
    """Rule 1 twice (one group), rule 2 by an attacker who writes to terminals, rule 3 between two namespaces."""
    return stored(
        tmp_path / "events.db",
        [
            event_document(sid=1, src_port=1000),
            event_document(sid=1, src_port=1001, time=START + 10**9),
            event_document(sid=2, time=START + 2 * 10**9, msg=HOSTILE, http=HttpSummary(f"GET /{HOSTILE} HTTP/1.1", "=1+1")),
            event_document(sid=3, time=START + 3 * 10**9, source="shop/checkout", dest="pay/gateway", priority=3),
        ],
    )


@pytest.fixture
def events(podlynx, database):
    return lambda verb, *arguments, **more: podlynx("events", verb, *arguments, "--database", database, **more)


def listed(ended):
    return [json.loads(line) for line in ended.out.splitlines()]


def test_a_list_for_the_eye(events):
    ended = events("list", "--utc")
    assert ended.code == 0
    head, *lines = ended.out.splitlines()
    assert head.split() == ["TIME", "SEV", "COUNT", "RULE", "MESSAGE", "SOURCE", "DESTINATION", "ID"]
    assert [re.search(r"1:(\d):1", line)[1] for line in lines] == ["3", "2", "1"]
    assert "2023-11-14 22:13:23" in lines[0]
    assert "shop/checkout:51234" in lines[0]
    assert "pay/gateway:8080" in lines[0]


WANTED = [
    ((), [3, 2, 1]),
    (("--single",), [3, 2, 1, 1]),
    (("sid:1", "--single"), [1, 1]),
    (("sid:2", "OR", "sid:3"), [3, 2]),
    (("severity:>=70", "canceltoken"), [1]),
    (("-n", "pay"), [3]),
    (("--severity", "70"), [2, 1]),
    (("--limit", "1"), [3]),
    (("--dismissed",), []),
]


@pytest.mark.parametrize(("arguments", "sids"), WANTED, ids=[" ".join(arguments) for arguments, _ in WANTED])
def test_a_list_for_a_machine(events, arguments, sids):
    ended = events("list", "--json", *arguments)
    assert (ended.code, [row["rule"]["sid"] for row in listed(ended)]) == (0, sids)


def test_many_pages_are_one_list(podlynx, tmp_path):
    path = stored(tmp_path / "many.db", [event_document(sid=n, time=START + n) for n in range(1200)])
    ended = podlynx("events", "list", "--json", "--limit", 1100, "--database", path)
    assert [row["rule"]["sid"] for row in listed(ended)] == list(range(1199, 99, -1))
    assert "1,100 of 1,200 alerts" in ended.err


WRONG = [
    (
        ("list", "severity:>=70 sdi:5"),
        2,
        ["There is no field 'sdi'", "    severity:>=70 sdi:5", "                  ^^^^", "Did you mean sid?"],
    ),
    (("list", "--limit", "0"), 2, ["--limit takes"]),
    (("list", "--severity", "101"), 2, ["--severity takes"]),
    (("list", "-n", 'a" OR sid:1'), 2, ["unclosed", "^"]),
    (("show",), 2, ["which event?"]),
    (("show", "nothing"), 1, ["no event or group with the id 'nothing'"]),
    (("dismiss",), 2, ["either ids or --query"]),
    (("dismiss", "a", "--query", "sid:1"), 2, ["either ids or --query"]),
    (("dismiss", "--query", "sid:1"), 2, ["2 events would be dismissed", "--yes"]),
    (("dismiss", "nothing"), 1, ["no event or group"]),
    (("tail", "--dismissed"), 2, ["not dismissed yet"]),
    (("tail", "--last", "501"), 2, ["--last takes"]),
    (("export", "--format", "xml"), 2, ["xml"]),
]


@pytest.mark.parametrize(("arguments", "code", "said"), WRONG, ids=[" ".join(arguments) for arguments, *_ in WRONG])
def test_what_is_wrong_is_said_and_how_to_mend_it(events, arguments, code, said):
    ended = events(*arguments)
    assert ended.code == code
    assert ended.out == ""
    for text in said if said != ["unclosed", "^"] else ["^"]:
        assert text in ended.err


def test_places(podlynx, tmp_path):
    missing = podlynx("events", "list", "--database", tmp_path / "none.db")
    assert (missing.code, (tmp_path / "none.db").exists()) == (3, False)
    both = podlynx("events", "list", "--database", tmp_path / "none.db", "--url", "http://127.0.0.1:1")
    assert (both.code, "different places" in both.err) == (2, True)
    untold = podlynx("events", "list", "--url", "http://127.0.0.1:1", env={"PODLYNX_TOKEN": ""})
    assert (untold.code, "PODLYNX_TOKEN" in untold.err) == (2, True)
    nobody = podlynx("events", "list", "--url", "http://127.0.0.1:1", env={"PODLYNX_TOKEN": "t"})
    assert (nobody.code, "could not be asked" in nobody.err) == (6, True)
    no_address = podlynx("events", "list", "--url", "manager:8443", env={"PODLYNX_TOKEN": "t"})
    assert (no_address.code, "https://podlynx.example" in no_address.err) == (2, True)
    no_database = tmp_path / "text.db"
    no_database.write_text("no database, but long enough to be read as one " * 20)
    assert podlynx("events", "list", "--database", no_database).code == 3


def test_a_report(events):
    (row,) = listed(events("list", "--json", "sid:1"))
    shown = events("show", row["id"], "--utc").out
    for text in (
        "MALWARE-BACKDOOR back door reached",
        "rule 1:1:1, critical (100), A Network Trojan was detected",
        "2023-11-14 22:13:21.000000 UTC",
        "POST /secid_canceltoken.cgi HTTP/1.1",
        "cve,2021-1234",
        '1. content:"X-CMD"   5 bytes at 0 of http_header',
        "00000000  58 2d 43 4d 44 3a 20 54  65 73 74 0d 0a           |X-CMD: Test..|",
        "          ^^ ^^ ^^ ^^ ^^",
        "2 events of group",
    ):
        assert text in shown
    whole = json.loads(events("show", row["event_id"], "--json").out)
    assert (whole["id"], whole["podlynx"]["src_port"]) == (row["event_id"], 1001)


@pytest.mark.parametrize("verb", [("list",), ("show",)])
def test_what_an_attacker_wrote_does_nothing_to_a_terminal(events, verb):
    (row,) = listed(events("list", "--json", "sid:2"))
    out = events(*verb, *([row["id"]] if verb == ("show",) else ["sid:2"])).out
    assert "\\x1b[2Jcleared\\x0d\\x0a\\u202ereversed\\x07" in out
    assert not set(out) & set("\x1b\r\u202e\x07")


def on_a_terminal(columns, *arguments, **environment):
    """What a terminal of that width shows."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": str(columns), "TZ": "UTC", **environment}
        os.execv(sys.executable, [sys.executable, "-m", "podlynx.cli", "events", *map(str, arguments)])
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.waitpid(pid, 0)
    os.close(terminal)
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [60, 80, 100, 140, 200])
def test_lines_fit_the_terminal(database, columns):
    shown = on_a_terminal(columns, "list", "--database", database, NO_COLOR="")
    assert "\x1b[" in shown
    plain = STYLE.sub("", shown).splitlines()
    assert any("MALWARE-BACKDOOR"[:8] in line for line in plain)
    assert all(len(line) <= columns for line in plain if "note" not in line)
    assert len(plain) >= 4


def test_no_colours_where_they_are_not_wanted(database):
    assert "\x1b[" not in on_a_terminal(100, "list", "--database", database, NO_COLOR="1")


def test_a_terminal_is_shown_no_packets(database):
    assert "--output" in on_a_terminal(100, "export", "--format", "pcapng", "--database", database)


def test_exports(events, tmp_path):
    assert [json.loads(line)["podlynx"]["sid"] for line in events("export").out.splitlines()] == [3, 2, 1, 1]
    rows = list(csv.DictReader(io.StringIO(events("export", "sid:2", "--format", "csv").out, newline="")))
    assert [row["http_host"] for row in rows] == ["'=1+1"]
    assert events("export", "--format", "pcapng", "-o", tmp_path / "x.pcapng").code == 0
    assert len(read((tmp_path / "x.pcapng").read_bytes()).packets) == 4


def test_a_file_is_there_once_it_is_whole(events, tmp_path):
    target = tmp_path / "out" / "x.ndjson"
    missing = events("export", "-o", target)
    assert (missing.code, "cannot write" in missing.err) == (3, True)
    target.parent.mkdir()
    target.write_text("before")
    assert events("export", "sdi:1", "-o", target).code == 2
    assert target.read_text() == "before"
    assert events("pcap", "nothing", "-o", target).code == 1
    assert ([each.name for each in target.parent.iterdir()], target.read_text()) == (["x.ndjson"], "before")


def test_packets_of_an_event(events, tmp_path):
    (row,) = listed(events("list", "--json", "sid:3"))
    assert events("pcap", row["id"], "-o", tmp_path / "one.pcapng").code == 0
    (packet,) = read((tmp_path / "one.pcapng").read_bytes()).packets
    assert row["event_id"] in packet.comment


def test_an_event_without_packets_says_so(podlynx, tmp_path):
    document = event_document(packet=b"")
    path = stored(tmp_path / "bare.db", [document])
    ended = podlynx("events", "pcap", document.id, "-o", tmp_path / "x.pcapng", "--database", path)
    assert (ended.code, "alerts/packets" in ended.err, (tmp_path / "x.pcapng").exists()) == (1, True, False)


def test_dismissing(events):
    (row,) = listed(events("list", "--json", "sid:3"))
    assert "1 alert" in events("dismiss", row["id"]).err
    assert [each["rule"]["sid"] for each in listed(events("list", "--json"))] == [2, 1]
    assert [each["rule"]["sid"] for each in listed(events("list", "--json", "--dismissed"))] == [3]
    assert events("dismiss", "--undo", row["id"]).code == 0
    assert "dismissed: 3 events" in events("dismiss", "--query", "sid:<3", "--yes").err
    assert [each["rule"]["sid"] for each in listed(events("list", "--json"))] == [3]
    assert "dismissed: 0 events" in events("dismiss", "--query", "sid:<3").err


def test_looking_forgets_nothing(podlynx, tmp_path):
    """The events are of 2023, and a manager keeps them for 30 days: that is not for who looks."""
    path = stored(tmp_path / "events.db", [event_document(sid=n) for n in range(3)])
    (row, *_) = listed(podlynx("events", "list", "--json", "--database", path))
    podlynx("events", "dismiss", row["id"], "--database", path)
    assert len(listed(podlynx("events", "list", "--json", "--database", path))) == 2


@pytest.mark.parametrize("verb", [("list", "--limit", "1200"), ("export",), ("export", "--format", "csv")], ids=" ".join)
def test_a_reader_that_has_enough_is_no_fault(tmp_path, verb):
    path = stored(tmp_path / "many.db", [event_document(sid=n, time=START + n) for n in range(1200)])
    command = [sys.executable, "-m", "podlynx.cli", "events", *verb, "--database", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert b"error" not in process.stderr.read()


def test_what_comes_is_printed_once_and_at_once(database):
    command = [
        sys.executable,
        "-m",
        "podlynx.cli",
        "events",
        "tail",
        "NOT sid:2",
        "--json",
        "--last",
        "2",
        "--database",
        str(database),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert [json.loads(process.stdout.readline())["podlynx"]["sid"] for _ in range(2)] == [1, 3]
        stored(database, [event_document(sid=n, time=START - n) for n in (2, 5, 6)])
        assert [json.loads(process.stdout.readline())["podlynx"]["sid"] for _ in range(2)] == [5, 6]
    finally:
        process.terminate()
        process.wait(timeout=20)

"""`podlynx inspect`: good captures, bad ones, many, and what the exit code says."""

import gzip
import json
import os
import struct
import subprocess
import sys

import pytest
from tests.outputs.read_pcapng import read as read_pcapng
from tests.rules.conversation import capture


@pytest.fixture
def folder(tmp_path, attack, benign):
    """A folder of captures at two depths, with a note that is none."""
    place = tmp_path / "captures"
    (place / "deep").mkdir(parents=True)
    (place / "a.pcap").write_bytes(attack)
    (place / "b.pcap.gz").write_bytes(gzip.compress(benign))
    (place / "deep" / "without-suffix").write_bytes(attack)
    (place / "note.txt").write_text("no capture")
    return place


def alerts(ended):
    return [json.loads(line) for line in ended.out.splitlines()]


def test_a_capture_gives_its_alert_and_a_summary(podlynx, tmp_path, rules, attack):
    (tmp_path / "a.pcap").write_bytes(attack)
    ended = podlynx("inspect", tmp_path / "a.pcap", "--rules", rules)
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 1
    assert '[1:1:2] "TEST back door"' in ended.out
    assert "1 flow: 1 alert (2 rules" in ended.err


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_standard_input(podlynx, rules, attack, compress):
    ended = podlynx("inspect", "-", "--rules", rules, stdin=compress(attack))
    assert (ended.code, len(ended.out.splitlines())) == (0, 1)


def test_a_capture_may_come_in_byte_by_byte(podlynx, rules, attack, tmp_path):
    (tmp_path / "a.pcap").write_bytes(attack)
    pipe = f'dd if={tmp_path / "a.pcap"} bs=1 status=none | "$0" -m podlynx.cli inspect - --rules {rules}'
    ended = subprocess.run(["bash", "-c", pipe, sys.executable], capture_output=True, text=True, check=True, timeout=60)
    assert len(ended.stdout.splitlines()) == 1


def test_a_folder_is_walked_and_each_line_names_its_capture(podlynx, folder, rules):
    ended = podlynx("inspect", folder, "--rules", rules, "--format", "alert-json", "--json")
    assert ended.code == 0
    assert [alert["file"] for alert in alerts(ended)] == [str(folder / "a.pcap"), str(folder / "deep" / "without-suffix")]
    summary = json.loads(ended.err)
    assert (summary["captures"], summary["alerts"], summary["damaged"]) == (3, 2, 0)


def test_each_alert_gets_a_capture_file_with_the_packets_around_it(podlynx, tmp_path, rules):
    secret = "Bearer c2VjcmV0LW9mLXNvbWVib2R5"
    asked = {
        "tcp": [
            "> HEAD /first HTTP/1.1\r\n\r\n",
            "< HTTP/1.1 204 No\r\n\r\n",
            f"> GET /backdoor HTTP/1.1\r\nAuthorization: {secret}\r\n\r\n",
        ]
    }
    asked["tcp"].append("< HTTP/1.1 204 Gotcha\r\n\r\n")
    (tmp_path / "a.pcap").write_bytes(capture(asked))
    ended = podlynx("inspect", tmp_path / "a.pcap", "--rules", rules, "--pcap-out", tmp_path / "out")
    assert ended.code == 0
    (file,) = (tmp_path / "out").iterdir()
    assert file.name.startswith("00001-a-1-1-packet-")
    packets = read_pcapng(file.read_bytes()).packets
    alert = next(number for number, packet in enumerate(packets) if packet.comment)
    assert "1:1:2 TEST back door" in packets[alert].comment
    assert any(b"/backdoor" in packet.data for packet in packets[: alert + 1])
    assert secret.encode() not in file.read_bytes()
    assert [packet.time for packet in packets] == sorted(packet.time for packet in packets)


def test_secrets_are_shown_on_demand_only(podlynx, tmp_path, rules):
    request = {"get": "/backdoor", "headers": ["Cookie: sid=c2VjcmV0"]}
    (tmp_path / "a.pcap").write_bytes(capture(request))
    shown = {}
    for more in ([], ["--show-secrets"]):
        ended = podlynx("inspect", tmp_path / "a.pcap", "--rules", rules, "--format", "eve", "--quiet", *more)
        shown[bool(more)] = alerts(ended)[0]
    assert "sid=" not in json.dumps(shown[False])
    assert len(shown[False]["payload"]) == len(shown[True]["payload"])


@pytest.mark.parametrize(
    ("more", "said"),
    [(["--fields", "colour"], "'colour' is no field"), (["--format", "eve", "--fields", "msg"], "eve has no fields")],
)
def test_fields_that_cannot_be(podlynx, tmp_path, rules, attack, more, said):
    (tmp_path / "a.pcap").write_bytes(attack)
    ended = podlynx(
        "inspect", tmp_path / "a.pcap", "--rules", rules, *(["--format", "alert-json"] if "eve" not in more else []), *more
    )
    assert (ended.code, said in ended.err) == (2, True)


def test_captures_do_not_share_flows(podlynx, folder, rules):
    """The second of two equal captures would be a retransmission if they did."""
    ended = podlynx("inspect", folder / "a.pcap", folder / "a.pcap", "--rules", rules)
    assert len(ended.out.splitlines()) == 2


DAMAGE = {
    "cut short": (lambda good: good[:-20], 1),
    "empty": (lambda good: b"", 0),
    "wrong magic": (lambda good: b"\x7fELF" + good[4:], 0),
    "header only, then noise": (lambda good: good[:24] + b"\xff" * 64, 0),
    "gzip cut short": (lambda good: gzip.compress(good)[:-30], None),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_capture_is_told_and_its_good_part_inspected(podlynx, tmp_path, rules, attack, kind):
    damage, found = DAMAGE[kind]
    path = tmp_path / "damaged.pcap"
    path.write_bytes(damage(attack))
    ended = podlynx("inspect", path, "--rules", rules)
    assert ended.code == 3
    assert ended.err.startswith("error: ")
    assert str(path) in ended.err
    assert found is None or len(ended.out.splitlines()) == found


def test_a_packet_of_no_bytes_is_no_damage(podlynx, tmp_path, rules, attack):
    path = tmp_path / "zero.pcap"
    path.write_bytes(attack[:24] + struct.pack("<IIII", 1_700_000_000, 0, 0, 0) + attack[24:])
    ended = podlynx("inspect", path, "--rules", rules)
    assert (ended.code, len(ended.out.splitlines())) == (0, 1)


def test_in_a_folder_damage_is_a_warning_unless_strict(podlynx, folder, rules, attack):
    (folder / "c.pcap").write_bytes(attack[:-20])
    ended = podlynx("inspect", folder, "--rules", rules)
    assert (ended.code, len(ended.out.splitlines())) == (0, 3)
    assert "warning: " in ended.err
    assert podlynx("inspect", folder, "--rules", rules, "--strict").code == 3


def test_a_folder_in_which_nothing_can_be_read_is_a_failure(podlynx, tmp_path, rules):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.pcap").write_text("hello")
    assert podlynx("inspect", tmp_path / "bad", "--rules", rules).code == 3


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["inspect"], 2, "no capture is named"),
        (["inspect", "{tmp}/absent.pcap"], 3, "no such file"),
        (["inspect", "{tmp}/nothing"], 3, "no captures in"),
        (["inspect", "{tmp}/a.pcap", "--rules", "{tmp}/absent.rules"], 3, "no such file"),
        (["inspect", "{tmp}/a.pcap", "--format", "xml"], 2, "alert-fast"),
        (["inspect", "{tmp}/a.pcap", "--colour"], 2, "--colour"),
        (["inspct"], 2, "inspct"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(podlynx, tmp_path, attack, arguments, code, says):
    (tmp_path / "nothing").mkdir()
    (tmp_path / "a.pcap").write_bytes(attack)
    ended = podlynx(*(each.format(tmp=tmp_path) for each in arguments))
    assert ended.code == code
    assert says in ended.err


def test_a_file_that_may_not_be_read(podlynx, tmp_path, rules, attack):
    path = tmp_path / "secret.pcap"
    path.write_bytes(attack)
    path.chmod(0)
    if os.geteuid() == 0:
        # Root reads everything unless these two capabilities are gone.
        prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")
    else:
        prefix = ()
    ended = podlynx("inspect", path, "--rules", rules, prefix=prefix)
    assert ended.code == 3
    assert "permission" in ended.err


def test_a_reader_that_has_enough_is_no_fault(podlynx, tmp_path, rules, attack):
    for number in range(300):
        (tmp_path / f"{number}.pcap").write_bytes(attack)
    pipe = f'"$0" -m podlynx.cli inspect {tmp_path} --rules {rules} --quiet | head -n 1; echo ${{PIPESTATUS[0]}}'
    ended = subprocess.run(["bash", "-c", pipe, sys.executable], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.splitlines()[-1] == "0"
    assert ended.stderr == ""

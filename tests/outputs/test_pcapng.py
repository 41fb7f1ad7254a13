"""The capture file of an alert: what a reader of the format finds in it."""

import shutil
import subprocess

import pytest

from podlynx.models.engine_event import Capture, CapturedPacket
from podlynx.outputs.pcapng import PcapngWriter, pcapng

from ..absent import absent
from ..engine_events import START, engine_event
from .read_pcapng import read

FRAME = bytes.fromhex(
    "020000000002020000000001080045000029000000004006f9ac0a0000010a000002c82a1f90000003e9000013895018ffff0000000058"
)
AROUND = Capture(
    link_type=1,
    before=[CapturedPacket(START - 5, 60, FRAME[:42]), CapturedPacket(START - 3, len(FRAME), FRAME)],
    after=[CapturedPacket(START + 9, 1514, FRAME)],
)
EVENT = engine_event(packet=FRAME, packet_time=START + 1, link_type=1, interface="veth1", capture=AROUND)


def test_the_alerts_packet_stands_between_the_others_and_names_the_alert():
    packets = read(pcapng(EVENT, "some_id")).packets
    assert [packet.time - START for packet in packets] == [-5, -3, 1, 9]
    assert [packet.data for packet in packets] == [FRAME[:42], FRAME, FRAME, FRAME]
    assert [packet.length for packet in packets] == [60, len(FRAME), len(FRAME), 1514]
    assert {(packet.link_type, packet.interface) for packet in packets} == {(1, "veth1")}
    comments = [packet.comment for packet in packets]
    assert comments[2] == "Podlynx alert 1:57461:1 MALWARE-BACKDOOR back door reached (priority 1, some_id)"
    assert comments[:2] + comments[3:] == ["", "", ""]


def test_of_a_flow_that_ended_by_itself_the_last_packet_names_the_alert():
    packets = read(pcapng(engine_event(packet=b"", link_type=101, capture=AROUND), "x")).packets
    assert [bool(packet.comment) for packet in packets] == [False, True, False]
    assert {packet.link_type for packet in packets} == {1}, "theirs, not that of the packet which is not there"


def test_without_packets_it_is_a_file_that_says_so():
    empty = read(pcapng(engine_event(packet=b"", capture=None), "x"))
    assert empty.packets == []
    assert empty.comment.endswith("no packets are kept of it")


def test_events_of_several_interfaces_share_a_file():
    writer = PcapngWriter()
    seen = [(1, "a"), (101, "a"), (1, "a"), (1, "b")]
    events = [engine_event(packet=FRAME, link_type=link, interface=name) for link, name in seen]
    data = writer.begin() + b"".join(writer.alert(event, str(number)) for number, event in enumerate(events))
    assert [(packet.link_type, packet.interface) for packet in read(data).packets] == seen
    assert data.count(b"\x02\0\x01\0a\0\0\0") == 2, "an interface is told once"


def test_tshark_opens_it(tmp_path):
    if shutil.which("tshark") is None:
        absent("tshark is not installed")
    path = tmp_path / "alert.pcapng"
    path.write_bytes(pcapng(EVENT, "some_id"))
    fields = ["frame.time_epoch", "frame.len", "frame.comment", "tcp.dstport"]
    asked = ["tshark", "-r", str(path), "-T", "fields", *(part for field in fields for part in ("-e", field))]
    lines = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    assert [row[1] for row in rows] == ["60", "55", "55", "1514"]
    assert rows[2][0].endswith(".000000001")
    assert ["some_id" in row[2] for row in rows] == [False, False, True, False]


@pytest.mark.parametrize(
    "msg", ["\u2028" * 5000, 'quo"te\n', "\ud83d".encode("utf-8", "surrogatepass").decode("utf-8", "replace")]
)
def test_any_message_fits_a_comment(msg):
    assert len(read(pcapng(engine_event(packet=FRAME, msg=msg), "x")).packets[0].comment.encode()) <= 2048

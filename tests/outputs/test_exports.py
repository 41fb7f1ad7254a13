"""Files of many events: what each format holds, and that a spreadsheet runs nothing of them."""

import csv
import io
import json

import msgspec
import pytest

from podlynx.models.event import EventDocument
from podlynx.outputs.exports import EXPORTS

from ..engine_events import HttpSummary, event_document
from .read_pcapng import read

DOCUMENTS = [
    event_document(sid=1, dest="shop/frontend-1"),
    event_document(sid=2, protocol="ICMP", src_port=None, dst_port=None, http=None),
]


def exported(name, *batches):
    writer = EXPORTS[name].writer()
    return writer.begin() + b"".join(writer.more(batch) for batch in batches)


def cells(documents):
    return list(csv.DictReader(io.StringIO(exported("csv", documents).decode(), newline="")))


def test_json_lines_are_the_documents():
    lines = exported("ndjson", DOCUMENTS, DOCUMENTS[:1]).splitlines()
    assert [msgspec.json.decode(line, type=EventDocument) for line in lines] == [*DOCUMENTS, DOCUMENTS[0]]


def test_a_row_of_a_spreadsheet():
    one, two = cells(DOCUMENTS)
    assert one["time"] == "2023-11-14T22:13:20.000000Z"
    assert (one["sid"], one["dest_namespace"], one["dest_name"], one["dest_port"]) == ("1", "shop", "frontend-1", "8080")
    assert one["http_request"] == "POST /secid_canceltoken.cgi HTTP/1.1"
    assert one["references"] == "cve,2021-1234 url,example.com/advisory"
    assert (two["source_port"], two["http_request"]) == ("", "")


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x")', "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", "=cmd|' /C calc'!A0"]
)
def test_no_cell_is_a_formula(text):
    (row,) = cells([event_document(http=HttpSummary(text, text, text), msg=text, dest=f"ns/{text}")])
    for name in ("http_request", "http_host", "http_user_agent", "name", "dest_name"):
        assert row[name] == f"'{text}"


@pytest.mark.parametrize("text", ['a"b', "a,b", "a\nb", "a\r\nb", "a\0b", "é", "a=b", "x" * 5000])
def test_a_cell_stays_one_cell(text):
    (row,) = cells([event_document(http=HttpSummary(text))])
    assert row["http_request"] == text.replace("\0", "")
    assert None not in row


def test_packets_name_their_events():
    file = read(exported("pcapng", DOCUMENTS))
    assert [packet.data for packet in file.packets] == [each.podlynx.packet for each in DOCUMENTS]
    assert all(each.id in packet.comment for each, packet in zip(DOCUMENTS, file.packets, strict=True))


def test_events_without_packets_leave_nothing():
    assert read(exported("pcapng", [event_document(packet=b"")])).packets == []


def test_nothing_found_is_a_file_all_the_same():
    assert exported("ndjson", []) == b""
    assert exported("csv", []).startswith(b"time,id,severity,")
    assert read(exported("pcapng", [])).packets == []


def test_json_lines_hold_any_text():
    (line,) = exported("ndjson", [event_document(msg='"\n\u2028')]).splitlines()
    assert json.loads(line)["name"] == '"\n\u2028'

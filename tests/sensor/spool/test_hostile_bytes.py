"""Bytes of a spool file that any disk or person may have made: whole records are found, and nothing is raised."""

import io

from hypothesis import example, given
from hypothesis import strategies as st

from podlynx.sensor.spool.records import MARK, RECORD_CAP, about, of_host, packed, read_records
from podlynx.sensor.spool.spool import Spool

PAYLOADS = st.binary(max_size=60) | st.just(MARK) | st.just(packed(b"a record in a record"))
NOISE = st.binary(max_size=40) | st.just(MARK) | st.just(packed(b"cut short")[:-3]) | st.just(MARK + b"\xff" * 8)


def records(data: bytes, start: int = 0) -> list[bytes]:
    return [record.payload for record in read_records(io.BytesIO(data), start, len(data))]


@given(st.lists(PAYLOADS, max_size=8))
def test_records_are_read_as_they_were_written(payloads):
    assert records(b"".join(map(packed, payloads))) == payloads


@given(st.lists(st.tuples(NOISE, PAYLOADS), max_size=6), NOISE)
def test_noise_between_records_costs_none_of_the_last(parts, tail):
    data = b"".join(noise + packed(payload) for noise, payload in parts)
    found = records(data + tail)
    assert not parts or packed(parts[-1][1]) in map(packed, found)
    assert all(len(payload) <= RECORD_CAP for payload in found)


@given(st.binary(max_size=300), st.integers(0, 300))
def test_any_bytes_from_any_offset_raise_nothing(data, start):
    assert all(packed(payload) in data for payload in records(data, min(start, len(data))))


@given(st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"host":"\xff"}')
@example(b'{"priority":1e999,"time":99999999999999999999}')
def test_any_payload_has_a_priority_and_a_host(payload):
    priority, time = about(payload)
    assert isinstance(priority, int)
    assert isinstance(time, int)
    assert of_host(payload, "here") in (True, False)


@given(st.dictionaries(st.sampled_from(["000000000001.events", "1.events", "x.events", "cursor"]), st.binary(max_size=120)))
def test_a_folder_with_any_files_opens_and_takes_events(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("spool")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    spool = Spool(folder)
    spool.append([b'{"new":1}'])
    assert spool.read(10_000, 1 << 30).events[-1] == b'{"new":1}'

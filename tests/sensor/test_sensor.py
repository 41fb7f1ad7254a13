"""A sensor on loopback: events reach the sink, rules are reloaded, a sink in trouble loses nothing."""

import asyncio
import socket

import pytest

from podlynx.rules import compile_sources, find_rules
from podlynx.sensor import CaptureDeniedError, Monitor, Sensor, SensorError, require_capture


def rule(text, sid):
    return f'alert tcp any any -> any any ( msg:"{text}"; content:"{text}"; sid:{sid}; rev:1; )\n'


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.rules"
    path.write_text(rule("firstword", 1))
    return path


@pytest.fixture
def may_capture():
    try:
        require_capture()
    except CaptureDeniedError:
        pytest.skip("this process may not capture packets (CAP_NET_RAW)")


class Line:
    """A TCP server on loopback that reads what it is sent."""

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.read, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def read(self, reader, writer):
        await reader.read()
        writer.close()

    async def say(self, text):
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(text)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


async def first(seen, sid):
    for _ in range(1000):
        if any(event.sid == sid for event in seen):
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"no event of rule {sid} within 10 s")


@pytest.mark.anyio
async def test_events_reach_the_sink_also_after_it_failed_and_after_a_reload(file, may_capture):
    seen, failures = [], iter([OSError("disk full")])

    async def sink(events):
        for error in failures:
            raise error
        seen.extend(events)

    async with Line() as line:
        sensor = Sensor(Monitor("test", ("lo",), (line.port,)), compile_sources(find_rules([file])))
        sensor.start()
        running = asyncio.create_task(sensor.run(sink))
        await line.say(b"firstword")
        await first(seen, 1)
        file.write_text(rule("otherword", 2))
        assert await sensor.reload()
        await asyncio.sleep(0.2)
        await line.say(b"otherword")
        await first(seen, 2)
        await sensor.stop()
        await running
    status = sensor.status()
    assert status.monitors[0].packets > 0
    assert status.rules.loaded == 1
    assert seen[0].interface == "lo"


@pytest.mark.anyio
async def test_rules_that_cannot_be_used_leave_the_old_ones(file):
    sensor = Sensor(Monitor("test", ("lo",)), compile_sources(find_rules([file])))
    file.write_text("nonsense\n")
    assert not await sensor.reload()
    file.unlink()
    assert not await sensor.reload()
    assert sensor.rules.report.loaded == 1


@pytest.mark.parametrize(
    ("interfaces", "ports", "says"),
    [(("nosuch0",), (), "nosuch0"), ((), (), "0 interfaces"), (("lo",), (70000,), "70000"), (("lo",), (0,), "0 is no port")],
)
def test_what_cannot_be_watched(interfaces, ports, says):
    with pytest.raises(SensorError, match=says) as caught:
        Monitor("x", interfaces, ports).check()
    assert caught.value.mend


def test_the_interfaces_that_there_are_are_named():
    with pytest.raises(SensorError) as caught:
        Monitor("x", ("nosuch0",)).check()
    assert socket.if_nameindex()[0][1] in caught.value.mend

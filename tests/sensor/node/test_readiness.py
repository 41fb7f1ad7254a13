"""The probe's answer, whoever asks; and how long the node went without a sensor."""

import asyncio
import time

import pytest
from tests.ports import free_port

from podlynx.sensor.errors import SensorError
from podlynx.sensor.node.downtime import Downtime
from podlynx.sensor.node.readiness import Readiness
from podlynx.sensor.node.settings import SensorSettings


@pytest.fixture
def anyio_backend():
    return "asyncio"


async def ask(port, request, host="127.0.0.1"):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer.decode()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("request_", "reason", "begins", "ends"),
    [
        (b"GET /readiness HTTP/1.1\r\nHost: x\r\n\r\n", "", "HTTP/1.1 200", "ok\n"),
        (b"GET /readiness?x=1 HTTP/1.0\r\n\r\n", "no rules", "HTTP/1.1 503", "no rules\n"),
        (b"GET /readiness HTTP/1.1\r\naccept: application/json\r\n\r\n", "no rules", "HTTP/1.1 503", '"missing":["no rules"]}\n'),
        (b"GET /livez HTTP/1.1\r\n\r\n", "no rules", "HTTP/1.1 200", "ok\n"),
        (b"GET /metrics HTTP/1.1\r\n\r\n", "", "HTTP/1.1 200", "podlynx_x 1\n"),
        (b"GET / HTTP/1.1\r\n\r\n", "", "HTTP/1.1 404", ""),
        (b"POST /readiness HTTP/1.1\r\n\r\n", "", "HTTP/1.1 404", ""),
        (b"\r\n\r\n", "", "HTTP/1.1 404", ""),
        (b"\xff" * 20_000, "", "", ""),
    ],
)
async def test_the_probes_answer(unused_port, request_, reason, begins, ends):
    readiness = Readiness(unused_port, lambda: reason, lambda: b"podlynx_x 1\n")
    await readiness.start()
    answer = await ask(unused_port, request_)
    await readiness.stop()
    assert answer.startswith(begins)
    assert answer.endswith(ends)


@pytest.fixture
def unused_port():
    return free_port()


@pytest.mark.anyio
async def test_a_port_that_is_taken_everywhere_is_an_error(unused_port):
    first, second = Readiness(unused_port, str), Readiness(unused_port, str)
    await first.start()
    with pytest.raises(OSError, match=str(unused_port)):
        await second.start()
    await first.stop()


@pytest.mark.parametrize("clean", [True, False], ids=["stopped in order", "killed"])
def test_the_time_without_a_sensor_is_told_by_the_next_one(tmp_path, clean):
    first = Downtime(tmp_path, "a")
    first.began()
    assert first.gap_ms == 0
    if clean:
        first.stopped()
    time.sleep(0.05)
    second = Downtime(tmp_path, "b")
    second.began()
    assert 50 <= second.gap_ms < 5000
    assert second.unclean is not clean


COMPLETE = {"DPI_NODENAME": "n", "PODLYNX_MANAGER": "https://m"}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"DPI_NODENAME": ""}, "DPI_NODENAME is not set"),
        ({"PODLYNX_MANAGER": " "}, "PODLYNX_MANAGER is not set"),
        ({"PODLYNX_CAPTURE_MODE": "both"}, "PODLYNX_CAPTURE_MODE is 'both'"),
        ({"PODLYNX_GROUPS": "v3"}, "PODLYNX_GROUPS is 'v3'"),
        ({"PODLYNX_GROUPS": ","}, "PODLYNX_GROUPS is ''"),
    ],
)
def test_settings_that_make_no_sense(changed, says):
    with pytest.raises(SensorError, match=says) as caught:
        SensorSettings.from_environment(COMPLETE | changed)
    assert caught.value.mend


def test_settings_have_the_defaults_of_the_manual():
    settings = SensorSettings.from_environment(COMPLETE)
    assert settings.groups == ("projectcalico.org/v3", "crd.projectcalico.org/v1")
    assert (settings.capture_mode, settings.own_rules, settings.manager_authority) == ("host", None, None)

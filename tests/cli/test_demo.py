"""`podlynx demo`: the alert arrives, and nothing stays behind, however it ends."""

import os
import signal
import socket
import time

import pytest
from tests.running_demo import RunningDemo

from podlynx.sensor import CaptureDeniedError, require_capture

WITHOUT_CAPTURE = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")


@pytest.fixture
def may_capture():
    try:
        require_capture()
    except CaptureDeniedError:
        pytest.skip("this process may not capture packets (CAP_NET_RAW)")


@pytest.fixture
def start(tmp_path, rules):
    """Starts a demo that stays; whatever happens, it is gone after the test."""
    started = []

    def run():
        demo = RunningDemo(tmp_path / "data", ["--rules", str(rules)])
        started.append(demo)
        demo.start()
        return demo

    yield run
    for demo in started:
        demo.end(signal.SIGKILL)
        demo.process.stderr.close()


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "demo.rules"
    path.write_text(
        'alert tcp any any -> any any ( msg:"TEST demo"; flow:to_server,established; '
        'http_uri; content:"/secid_canceltoken.cgi"; http_header; content:"X-CMD"; sid:1; rev:1; )\n'
    )
    return path


def free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_once_ends_well_when_the_alert_is_stored(podlynx, rules, may_capture):
    ended = podlynx("demo", "--once", "--rules", rules)
    assert ended.code == 0
    assert "alert:   1:1:1 TEST demo" in ended.err
    assert "curl http://127.0.0.1:" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_polite_signal_ends_it_all(start, may_capture, number):
    demo = start()
    demo.wait()
    assert demo.end(number) == 0
    assert free(demo.page_port)
    assert free(demo.shop_port)


def test_killed_at_any_moment_it_starts_again(start, may_capture):
    for moment in (0.2, 0.6, 1.2):
        demo = start()
        time.sleep(moment)
        demo.end(signal.SIGKILL)
    start().wait()


def test_two_at_the_same_time(start, may_capture):
    first, second = start(), start()
    first.wait()
    second.wait()
    assert len({first.page_port, first.shop_port, second.page_port, second.shop_port}) == 4


def test_a_taken_port(podlynx, rules, may_capture):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option in ("--port", "--page-port"):
            ended = podlynx("demo", "--once", "--rules", rules, option, port)
            assert ended.code == 5
            assert str(port) in ended.err


@pytest.mark.skipif(os.geteuid() != 0, reason="dropping a capability needs root")
@pytest.mark.parametrize("arguments", [["demo", "--once"], ["run", "-i", "lo"]], ids=" ".join)
def test_without_the_privilege(podlynx, arguments):
    ended = podlynx(*arguments, prefix=WITHOUT_CAPTURE)
    assert ended.code == 4
    assert "CAP_NET_RAW" in ended.err


def test_an_interface_that_is_not_there(podlynx, may_capture, rules):
    ended = podlynx("run", "-i", "nosuch0", "--rules", rules)
    assert ended.code == 3
    assert "lo" in ended.err

"""How much commands that stay tell."""

import json
import logging
from datetime import datetime, timedelta

import pytest
import structlog

from podlynx.cli.exits import CommandError
from podlynx.cli.logs import configure_logs


@pytest.fixture(autouse=True)
def _undone():
    yield
    structlog.reset_defaults()
    logging.basicConfig(handlers=[], force=True)


@pytest.mark.parametrize(
    ("variable", "level", "shown"),
    [
        ("", logging.INFO, ["info", "warning", "error"]),
        ("", logging.WARNING, ["warning", "error"]),
        ("debug", logging.INFO, ["debug", "info", "warning", "error"]),
        ("Error", logging.INFO, ["error"]),
    ],
)
def test_the_variable_outranks_the_command(monkeypatch, capsys, variable, level, shown):
    monkeypatch.setenv("PODLYNX_LOG_LEVEL", variable)
    configure_logs(level)
    log = structlog.get_logger("podlynx.tests")
    for each in ("debug", "info", "warning", "error"):
        getattr(log, each)(f"a line of {each}")
    said = capsys.readouterr().err
    assert [each for each in ("debug", "info", "warning", "error") if f"a line of {each}" in said] == shown


def test_a_level_that_there_is_not_is_said(monkeypatch):
    monkeypatch.setenv("PODLYNX_LOG_LEVEL", "loud")
    with pytest.raises(CommandError, match="PODLYNX_LOG_LEVEL is 'loud'"):
        configure_logs()


def test_in_a_pod_each_line_is_an_object_with_time_level_and_event(monkeypatch, capsys):
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    configure_logs()
    structlog.get_logger().warning("a thing happened", node="n1", token="s3cr3t")
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["event"], line["node"]) == ("warning", "a thing happened", "n1")
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
    assert "s3cr3t" not in str(line)


def test_a_fault_is_told_with_its_place_in_the_same_line(monkeypatch, capsys):
    monkeypatch.setenv("PODLYNX_LOG_FORMAT", "json")
    configure_logs()
    try:
        raise OSError("no room")
    except OSError:
        structlog.get_logger().exception("a fault")
    line = json.loads(capsys.readouterr().err)
    assert "no room" in line["exception"]
    assert "test_logs.py" in line["exception"]


def test_libraries_speak_in_the_same_form(monkeypatch, capsys):
    monkeypatch.setenv("PODLYNX_LOG_FORMAT", "json")
    configure_logs()
    logging.getLogger("uvicorn.error").warning("limit of %d reached", 5)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["library"], line["level"]) == ("limit of 5 reached", "uvicorn.error", "warning")


def test_a_form_that_there_is_not_is_said(monkeypatch):
    monkeypatch.setenv("PODLYNX_LOG_FORMAT", "xml")
    with pytest.raises(CommandError, match="PODLYNX_LOG_FORMAT is 'xml'"):
        configure_logs()

"""How much commands that stay tell."""

import logging

import pytest
import structlog

from podlynx.cli.exits import CommandError
from podlynx.cli.logs import configure_logs


@pytest.fixture(autouse=True)
def _undone():
    yield
    structlog.reset_defaults()


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

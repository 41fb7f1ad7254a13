"""`podlynx webhooks` over the API of a real manager in this process."""

import json

import pytest
from tests.manager.conftest import connect, services, settings, store  # noqa: F401 fixtures

from podlynx.cli import webhooks
from podlynx.cli.exits import CommandError, Exit
from podlynx.manager.webhooks.sending import Answer
from podlynx.models.webhook_report import Delivery, WebhookState, WebhookStates

DELIVERIES = [
    Delivery(time="2026-03-01T00:00:02Z", outcome="dead", alerts=3, attempt=20, status=500, message="slack.example answers 500"),
    Delivery(time="2026-03-01T00:00:01Z", outcome="delivered", alerts=1, status=200),
]
WORKS = WebhookState(
    name="works", uid="1", consumer="Generic", state="Enabled", healthy=True, reason="Delivering", delivered=1, messages=1
)
FAILS = WebhookState(
    name="fails",
    uid="2",
    consumer="Slack",
    state="Enabled",
    healthy=False,
    reason="GivenUp",
    message="it answers 500",
    dead=3,
    deliveries=DELIVERIES,
)


@pytest.fixture
def manager(services, connect, monkeypatch):  # noqa: F811
    """The command line asks this one."""
    from contextlib import asynccontextmanager  # noqa: PLC0415

    from podlynx.cli.events.manager_source import ManagerSource  # noqa: PLC0415

    async def test(name):
        return {"works": Answer(taken=True, status=200), "fails": Answer(taken=False, message="refused")}.get(name)

    services.webhook_states = lambda: WebhookStates(webhooks=[FAILS, WORKS])
    services.webhook_test = test

    @asynccontextmanager
    async def source(_where):
        async with connect(services.settings.token) as http:
            yield ManagerSource(http, None)

    monkeypatch.setattr(webhooks, "manager_of", source)
    return services


def test_list(manager, capsys):
    assert webhooks.list_webhooks() == Exit.PROBLEM
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:4] == ["NAME", "CONSUMER", "STATE", "HEALTHY"]
    assert lines[1].split() == ["fails", "Slack", "Enabled", "NO", "0", "0", "3", "2026-03-01T00:00:02Z"]
    assert lines[2].split() == ["works", "Generic", "Enabled", "yes", "1", "1", "0", "-"]
    assert lines[3] == "fails: GivenUp: it answers 500"
    assert webhooks.list_webhooks(json=True) == Exit.PROBLEM
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["webhooks"]] == ["fails", "works"]


def test_none(manager, capsys):
    manager.webhook_states = WebhookStates
    assert webhooks.list_webhooks() == Exit.OK
    assert "docs/telling.md" in capsys.readouterr().out


def test_test(manager, capsys):
    assert webhooks.test_webhooks("works") == Exit.OK
    assert webhooks.test_webhooks("fails") == Exit.PROBLEM
    assert capsys.readouterr().out == "works: the sample alert was taken (200)\nfails: not delivered: refused\n"
    with pytest.raises(CommandError, match="There is no webhook of the name 'none'") as error:
        webhooks.test_webhooks("none")
    assert error.value.code is Exit.PROBLEM


def test_log(manager, capsys):
    assert webhooks.log_webhooks("fails") == Exit.OK
    assert capsys.readouterr().out.splitlines() == [
        "2026-03-01T00:00:01Z  delivered  1 alerts  200",
        "2026-03-01T00:00:02Z  dead  3 alerts  attempt 20  500  slack.example answers 500",
    ]
    with pytest.raises(CommandError, match="no webhook of the name none"):
        webhooks.log_webhooks("none")

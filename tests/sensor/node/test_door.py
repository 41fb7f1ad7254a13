"""What the manager's answers mean: taken, never taken, or not now."""

import json

import pytest
from tests.sensor.node.fakes import Server

from podlynx.sensor.node.door import ManagerDoor
from podlynx.sensor.spool.shipping import BatchRefused, ManagerUnavailable


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Answering(Server):
    def __init__(self, status, body):
        super().__init__()
        self.answered = status, body

    async def answer(self, method, target, headers, body, writer):
        return self.answered


def error(code):
    return json.dumps({"error": {"code": code, "message": "no"}}).encode()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "body", "raises", "in_part"),
    [
        (403, error("wrong_node"), BatchRefused, True),
        (413, error("too_large"), BatchRefused, True),
        (400, error("bad_request"), BatchRefused, False),
        (403, error("forbidden"), ManagerUnavailable, None),
        (403, b"a proxy that speaks otherwise", ManagerUnavailable, None),
        (503, error("away"), ManagerUnavailable, None),
    ],
    ids=["another node's", "too large", "no events", "not allowed yet", "a proxy", "away"],
)
async def test_what_a_refusal_means(tmp_path, status, body, raises, in_part):
    (tmp_path / "token").write_text("secret")
    manager = await Answering(status, body).start()
    door = ManagerDoor(manager.url, "node-1", token=tmp_path / "token")
    with pytest.raises(raises) as raised:
        await door.events(b"{}", "")
    assert getattr(raised.value, "in_part", None) is in_part
    await door.close()
    await manager.stop()

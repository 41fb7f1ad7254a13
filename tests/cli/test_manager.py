"""`podlynx manager --cluster`: what keeps it from serving is told by its own name."""

import asyncio
import errno
from contextlib import asynccontextmanager

import pytest

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.manager import _until_ended
from podlynx.manager.server import CannotListen, PortTaken

CASES = {
    "a port of the system": (CannotListen(errno.EACCES, "Permission denied"), Exit.PORT_TAKEN, "port 443: Permission denied"),
    "a port of another program": (PortTaken(errno.EADDRINUSE, "Port 443 is taken"), Exit.PORT_TAKEN, "is taken"),
    "a volume that is full": (OSError(errno.ENOSPC, "No space left on device"), Exit.UNREADABLE, "No space left on device"),
}


@pytest.mark.parametrize(("error", "code", "said"), CASES.values(), ids=CASES)
def test_what_keeps_it_from_serving(monkeypatch, error, code, said):
    @asynccontextmanager
    async def fails(*_):
        raise error
        yield

    monkeypatch.setattr("podlynx.manager.cluster.cluster_manager", fails)
    with pytest.raises(CommandError) as told:
        asyncio.run(_until_ended(None, None, None, 443))
    assert (told.value.code, said in str(told.value)) == (code, True)

"""The manager of `ingest.py`, a process of its own: HTTPS, names and merging as in a cluster; tokens in place of an API server.

    ingest_manager.py FOLDER

FOLDER holds tls.crt and tls.key, people.token and node.token; `url` is written there once it serves.
"""

import asyncio
import signal
import sys
from pathlib import Path

import structlog

from podlynx.manager.certificates import Certificates
from podlynx.manager.identity.history import History
from podlynx.manager.identity.naming import Namer, Peers
from podlynx.manager.identity.places import Places
from podlynx.manager.identity.services import Services as ServiceIndex
from podlynx.manager.identity.watching import ClusterWatch
from podlynx.manager.interpreter import tune
from podlynx.manager.merge import Merger
from podlynx.manager.server import Manager
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.store import Retention, open_store

PLENTY = Retention(bytes=256 * 1024**3)


async def serve(folder: Path) -> None:
    """Until it is told to end."""
    store = open_store(folder / "events.db", retention=PLENTY)
    settings = Settings(
        token=(folder / "people.token").read_text(), ingest_token=(folder / "node.token").read_text(), max_connections=4096
    )
    services = Services(store, settings)
    watch = ClusterWatch(History(), ServiceIndex())
    merger = Merger(services.ingest, Peers(watch, services.sensors))
    services.ingest.document = Namer(watch, Places(None, None)).document
    services.ingest.take = merger.take
    certificates = Certificates(folder / "tls.crt", folder / "tls.key")
    certificates.load()
    manager = Manager(store, services=services, certificates=certificates)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await manager.start("127.0.0.1")
    (folder / "url.new").write_text(manager.url)
    (folder / "url.new").rename(folder / "url")
    await ended.wait()
    await manager.stop()
    await merger.close()
    await store.close()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    tune()
    asyncio.run(serve(Path(sys.argv[1])))

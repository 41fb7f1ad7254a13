"""A manager that takes events in, until it is killed: manager_process.py FOLDER. Its address is in FOLDER/url.

Events go to FOLDER/events.db, or to the search engine whose address is in FOLDER/store.
"""

import asyncio
import sys
from pathlib import Path

from podlynx.manager.merge import Merger
from podlynx.manager.server import Manager
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.store import Retention, open_store


async def serve(folder: Path) -> None:
    """For ever."""
    named = folder / "store"
    address = named.read_text() if named.exists() else folder / "events.db"
    store = open_store(address, retention=Retention(bytes=1 << 40), folder=folder / "letters")
    services = Services(store, Settings(ingest_token=(folder / "node.token").read_text()))
    services.ingest.take = Merger(services.ingest, lambda _: False).take
    manager = Manager(store, services=services)
    await manager.start("127.0.0.1")
    (folder / "url.new").write_text(manager.url)
    (folder / "url.new").replace(folder / "url")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))

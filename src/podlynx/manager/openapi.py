"""Prints the OpenAPI document: `python -m podlynx.manager.openapi > src/podlynx/manager/openapi.json`."""

import sys
from pathlib import Path
from typing import Final, cast

from podlynx.manager.app import build_api
from podlynx.manager.contract import rendered
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.store.protocol import EventStore

OPENAPI_FILE: Final = Path(__file__).with_name("openapi.json")


def openapi() -> str:
    """The text of the committed file."""
    no_store = cast("EventStore", None)  # the document is drawn from signatures; no endpoint is called
    return rendered(build_api(Services(no_store, Settings()))).decode()


if __name__ == "__main__":
    sys.stdout.write(openapi())

"""The JSON schema of the event document, committed beside this file: `python -m podlynx.models.schema` writes it again."""

import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from podlynx.models.event import EventDocument

SCHEMA_FILE: Final = Path(__file__).with_name("event.schema.json")


def event_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of `EventDocument`, for readers in other languages and for mappings of search engines."""
    schema = msgspec.json.schema(EventDocument)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:podlynx:event", "title": "Podlynx event"}
    return head | schema


def rendered() -> str:
    """The text of the committed file."""
    return msgspec.json.format(msgspec.json.encode(event_schema(), order="sorted"), indent=2).decode() + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(rendered())
    sys.stdout.write(f"written: {SCHEMA_FILE.name}\n")

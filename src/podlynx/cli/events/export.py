"""`podlynx events export`: all that match, as one file."""

import asyncio
from pathlib import Path
from typing import Annotated

from podlynx.cli.events.asking import Narrowed, Words, asked_for
from podlynx.cli.events.files import Write, written
from podlynx.cli.events.source import Asked
from podlynx.cli.events.where import Where, opened
from podlynx.cli.exits import Exit
from podlynx.cli.options import value
from podlynx.outputs.exports import ExportFormat


def export_events(
    *query: Words,
    file_format: Annotated[
        ExportFormat, value("ndjson (default): whole documents; csv; pcapng: packets.", "--format")
    ] = "ndjson",
    output: Annotated[Path | None, value("File to write. Default: standard output.", "--output", "-o")] = None,
    narrowed: Narrowed | None = None,
    where: Where | None = None,
) -> int:
    """Export all events that match, newest first, as JSON lines, CSV or a capture file."""
    asked = asked_for(query, narrowed)
    with written(output, text=file_format != "pcapng") as write:
        asyncio.run(_export(where, asked, file_format, write))
    return Exit.OK


async def _export(where: Where | None, asked: Asked, file_format: ExportFormat, write: Write) -> None:
    async with opened(where) as source:
        async for piece in source.export(asked, file_format):
            write(piece)

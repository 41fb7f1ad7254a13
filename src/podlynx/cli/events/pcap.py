"""`podlynx events pcap`: the packets of events, for Wireshark."""

import asyncio
from pathlib import Path
from typing import Annotated

from podlynx.cli.events.files import Write, written
from podlynx.cli.events.show import Ids, check_ids, found
from podlynx.cli.events.where import Where, opened
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.options import value
from podlynx.outputs.pcapng import PcapngWriter


def pcap_events(
    *ids: Ids,
    output: Annotated[Path | None, value("File to write. Default: standard output.", "--output", "-o")] = None,
    where: Where | None = None,
) -> int:
    """Write the packets of events as a capture file (pcapng): before the alert, the one that raised it, after it."""
    check_ids(ids)
    with written(output, text=False) as write:
        asyncio.run(_capture(where, ids, write))
    return Exit.OK


async def _capture(where: Where | None, ids: tuple[str, ...], write: Write) -> None:
    writer = PcapngWriter()
    begun = False
    async with opened(where) as source:
        for identifier in ids:
            detail = await found(source, identifier)
            packets = writer.alert(detail.podlynx, detail.id)
            if not packets:
                mend = "it needs the right get alerts/packets, and payloads may be switched off"
                raise CommandError(Exit.PROBLEM, f"there are no packets of {identifier[:100]}", mend)
            if not begun:
                write(writer.begin("Written by podlynx events pcap"))
            begun = True
            write(packets)

"""`podlynx selftest`: a marked packet from a node's capture to the page, stage by stage."""

import asyncio
from typing import Annotated, Final

import msgspec

from podlynx.cli.events.where import Where, manager_of
from podlynx.cli.exits import Exit
from podlynx.cli.options import flag, value
from podlynx.models.selftest import SelftestResult

_SAID: Final = {
    "sent": "sent to a monitored pod",
    "inspected": "captured, and our rule fired",
    "spooled": "on the node's disk",
    "delivered": "at the manager",
    "stored": "in the store",
    "streamed": "on the live stream of the page",
}


def selftest(
    *,
    node: Annotated[str, value("The node to test. Default: the first by name that reports.")] = "",
    json: Annotated[bool, flag("Print the result as JSON.")] = False,
    where: Where | None = None,
) -> int:
    """Send a harmless marked packet through a node's capture and follow it to the page. Exit code 1 where it does not arrive."""
    result = asyncio.run(_run(where, node))
    print(msgspec.json.encode(result).decode() if json else shown(result))
    return Exit.OK if result.passed else Exit.PROBLEM


async def _run(where: Where | None, node: str) -> SelftestResult:
    async with manager_of(where) as manager:
        return await manager.selftest(node)


def shown(result: SelftestResult) -> str:
    """A line for each stage; where one was not reached, why and what to do."""
    lines = [f"node {result.node}"]
    lines += [f"  ok      {stage.seconds * 1000:7.0f} ms  {_SAID.get(stage.name, stage.name)}" for stage in result.stages]
    if not result.passed:
        said = _SAID.get(result.failed_stage, result.failed_stage)
        lines += [f"  FAILED              {said}: {result.reason}", f"          mend: {result.mend}"]
    return "\n".join(lines)

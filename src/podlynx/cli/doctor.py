"""`podlynx doctor`: looks at a cluster and says what is wrong and how to mend it."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Final

import msgspec

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.options import flag, value
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ClusterError, NoCluster
from podlynx.operator.diagnosis import Doctor, Finding

_MARKS: Final = {"ok": "ok     ", "warning": "warning", "fault": "FAULT  "}


def doctor(
    *,
    context: Annotated[str | None, value("Context of the kubeconfig. Default: the current one.")] = None,
    namespace: Annotated[
        str, value("Where Podlynx is installed. Default: podlynx-system.", "--namespace", "-n")
    ] = "podlynx-system",
    json: Annotated[bool, flag("Print the findings as JSON, one a line.")] = False,
) -> int:
    """Look at a cluster and say what is wrong and how to mend it. Exit code 1 where something is."""
    try:
        findings = asyncio.run(_examine(context, namespace))
    except NoCluster as error:
        raise CommandError(Exit.UNREADABLE, str(error), "set KUBECONFIG or --context") from error
    except ClusterError as error:
        raise CommandError(Exit.NETWORK, str(error), "is the cluster up, and is this the right context?") from error
    for finding in findings:
        print(msgspec.json.encode(asdict(finding)).decode() if json else _line(finding))
    return Exit.PROBLEM if any(finding.verdict == "fault" for finding in findings) else Exit.OK


async def _examine(context: str | None, namespace: str) -> list[Finding]:
    async with Client.connect(context) as client:
        return await Doctor(client, namespace).examine()


def _line(finding: Finding) -> str:
    mend = f"\n           mend: {finding.mend}" if finding.mend else ""
    return f"{_MARKS[finding.verdict]}  {finding.about}: {finding.message}{mend}"

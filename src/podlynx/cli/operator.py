"""`podlynx operator`: reconciles the resources in a cluster."""

import asyncio
import os
from typing import Annotated

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.logs import configure_logs
from podlynx.cli.options import value
from podlynx.cli.serving import on_ending_signals
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ClusterError, NoCluster
from podlynx.operator.farewell import OperatorRuns
from podlynx.operator.farewell import farewell as farewell_of
from podlynx.operator.listening import HEALTH_PORT, WEBHOOK_PORT
from podlynx.operator.operator import Operator
from podlynx.operator.settings import Settings, WrongSetting


def operator(
    *,
    webhook_port: Annotated[int, value("Port of the validating webhook (TLS).")] = WEBHOOK_PORT,
    health_port: Annotated[int, value("Port of /livez and /readyz.")] = HEALTH_PORT,
    farewell: Annotated[
        bool, value("After uninstalling: delete what an operator made, let people's objects say that nothing is monitored, end.")
    ] = False,
) -> int:
    """Reconcile DeepPacketInspections and the IntrusionDetection. Its settings come by environment (docs/operator.md)."""
    configure_logs()
    try:
        settings = Settings.of(os.environ)
    except WrongSetting as error:
        raise CommandError(Exit.USAGE, str(error), "correct the variable in the operator's Deployment (chart values)") from error
    if farewell:
        return _say_farewell(settings)
    try:
        asyncio.run(_run(settings, webhook_port, health_port))
    except NoCluster as error:
        raise CommandError(Exit.UNREADABLE, str(error), "run it in a pod, or set KUBECONFIG") from error
    except OSError as error:
        said = f"cannot listen on port {webhook_port} or {health_port}: {error.strerror or error}"
        raise CommandError(Exit.PORT_TAKEN, said, "choose --webhook-port or --health-port") from error
    return Exit.OK


def _say_farewell(settings: Settings) -> int:
    """Prints what is left, a line each; PROBLEM where there is something."""
    try:
        left = asyncio.run(_farewell(settings))
    except OperatorRuns as error:
        mend = f"kubectl -n {settings.namespace} delete deployment podlynx-operator"
        raise CommandError(Exit.PROBLEM, f"an operator runs, and would make all of it again: {error}", mend) from error
    except NoCluster as error:
        raise CommandError(Exit.UNREADABLE, str(error), "run it in a pod, or set KUBECONFIG") from error
    except ClusterError as error:
        raise CommandError(Exit.NETWORK, f"not done: {error}", "run it again once the API server answers") from error
    for each in left:
        print(f"left: {each}")
    return Exit.PROBLEM if left else Exit.OK


async def _farewell(settings: Settings) -> list[str]:
    async with Client.connect() as client:
        return await farewell_of(client, settings)


async def _run(settings: Settings, webhook_port: int, health_port: int) -> None:
    async with Client.connect() as client:
        running = asyncio.ensure_future(Operator(client, settings, webhook_port=webhook_port, health_port=health_port).run())

        def end() -> None:
            running.cancel()

        on_ending_signals(end)
        try:
            await running
        except asyncio.CancelledError:
            return  # asked to end: the lease is released

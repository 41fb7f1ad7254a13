"""`podlynx sensor`: the watcher of a node, which starts its own inspector. Runs in a pod of the DaemonSet."""

import asyncio
import os
from typing import Final

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.logs import configure_logs
from podlynx.cli.serving import on_ending_signals
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import NoCluster
from podlynx.sensor.confined.supervisor import InspectorProcess
from podlynx.sensor.errors import CaptureDeniedError, SensorError
from podlynx.sensor.limits import MIB, plan, read_limits
from podlynx.sensor.node.settings import SensorSettings
from podlynx.sensor.node.watcher import Watcher
from podlynx.sensor.privilege import require_capture

WATCHER_BYTES: Final = 160 * MIB
"""The watcher's own memory: roster, identities, the queue to the disk."""


def sensor() -> int:
    """Watch the pods of this node that DeepPacketInspections select. Settings come from the environment (docs/sensor.md)."""
    configure_logs()
    try:
        settings = SensorSettings.from_environment(os.environ)
        require_capture()
        asyncio.run(_watch(settings))
    except CaptureDeniedError as error:
        raise CommandError(Exit.NO_PRIVILEGE, str(error), error.mend) from error
    except SensorError as error:
        raise CommandError(Exit.USAGE, str(error), error.mend) from error
    except NoCluster as error:
        raise CommandError(Exit.NETWORK, str(error), "run it in a pod, or set KUBECONFIG") from error
    return Exit.OK


async def _watch(settings: SensorSettings) -> None:
    async with Client.connect() as client:
        watcher = Watcher(
            settings, client, InspectorProcess(plan=plan(read_limits(), others=WATCHER_BYTES), around=settings.packets_around)
        )
        on_ending_signals(watcher.stop)
        await watcher.run()

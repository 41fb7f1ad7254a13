"""`Operator`: the process. Every replica answers the webhook and keeps the certificates; the leader reconciles, writes status."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Final

import structlog

from podlynx.kubernetes.calico import look
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import Kind
from podlynx.kubernetes.errors import ClusterError
from podlynx.kubernetes.events import Recorder
from podlynx.kubernetes.kinds import DEPLOYMENTS, Manifest
from podlynx.kubernetes.leases import Election
from podlynx.operator.copies import follow, plan
from podlynx.operator.definitions import established, keep_definitions, wait_for_definitions
from podlynx.operator.groups import Groups, decide
from podlynx.operator.handover import hand_over
from podlynx.operator.keys import KeyKeeper, Keys
from podlynx.operator.listening import HEALTH_PORT, WEBHOOK_PORT, TlsContext, health, serving, webhook
from podlynx.operator.manager_reports import ManagerReports
from podlynx.operator.metrics import FAULTS, LEADING, READY, RESOURCES, SILENT, OperatorMetrics
from podlynx.operator.reconciler import Reconciler
from podlynx.operator.settings import Settings
from podlynx.operator.statuses import Statuses
from podlynx.operator.view import ClusterView
from podlynx.telemetry.expiry import valid_until
from podlynx.telemetry.metrics import Reading, by_label
from podlynx.telemetry.shared import CERTIFICATE_EXPIRY, LOOP_LAG, LoopLag

_LOG = structlog.get_logger("podlynx.operator")
NAME: Final = "podlynx-operator"
RECONCILE_SECONDS: Final = 60.0
"""Everything is looked at anew at least this often."""
FAULTY_SECONDS: Final = 10.0
"""The same, where something was refused."""
PAUSE_SECONDS: Final = 0.25
"""Between two passes: changes that come together are one pass."""
GROUPS_SECONDS: Final = 60.0
"""How often it is looked whether Calico came or went."""
REACH_SECONDS: Final = 15.0
"""How often it is looked whether the API server answers, and whether the resources are still served."""
UNREACHED_SECONDS: Final = 45.0
"""An API server that was not reached for so long stands against being ready; a restart would not mend it."""
SERVED_SECONDS: Final = 0.5
"""How often it is looked whether the resources are served already."""
RETRY_SECONDS: Final = 2.0


class _Regroup(Exception):
    """Another choice of groups: everything that watches begins anew."""


class Operator:
    """Runs until cancelled."""

    def __init__(
        self, client: Client, settings: Settings, *, webhook_port: int = WEBHOOK_PORT, health_port: int = HEALTH_PORT
    ) -> None:
        self._client, self._settings = client, settings
        self.ports = (webhook_port, health_port)
        """Of webhook and health; once it runs, the ones that were free where 0 was asked for."""
        self._keeper = KeyKeeper(client, settings.namespace, settings.manager_tls_secret, settings.owner)
        self._tls = TlsContext()
        self._reports = ManagerReports(settings)
        self._recorder = Recorder(client, NAME, settings.pod)
        self._served = False
        self._kinds: tuple[Kind, ...] = ()
        """What the webhook judges: nothing, until it is known what is ours."""
        self._wake = asyncio.Event()
        self.groups: Groups | None = None
        self._election: Election | None = None
        self._reached = monotonic()
        """When the API server was last reached, for all that this process knows."""
        self.metrics, self._lag = OperatorMetrics(), LoopLag()
        self._tell()

    async def run(self) -> None:
        """Serves, waits to lead, leads; begins again when the lease is lost."""
        async with (
            serving(health(self.against_ready, self.metrics.text), self.ports[1]) as health_port,
            serving(
                webhook(lambda: self._kinds), self.ports[0], self._tls.context
            ) as webhook_port,  # no handshake before there is a certificate
            asyncio.TaskGroup() as group,
        ):
            self.ports = (webhook_port, health_port)
            group.create_task(_forever("certificates", lambda: self._keeper.run(self._keys_changed)))
            group.create_task(_forever("readiness", self._look_whether_served))
            group.create_task(self._lag.run())
            await self._campaign()

    def against_ready(self) -> str:
        """What speaks against being ready; nothing: empty."""
        if not self._keeper.ready.is_set():
            return "the certificates are not made yet"
        if not self._served:
            return "the resources (CRDs) are not served yet"
        silent = monotonic() - self._reached
        return f"the API server has not answered for {silent:.0f} s" if silent > UNREACHED_SECONDS else ""

    def _tell(self) -> None:
        """Says where each figure is read."""
        add = self.metrics.add
        add(LEADING, lambda: bool(self._election and self._election.leader))
        add(READY, lambda: not self.against_ready())
        add(SILENT, lambda: self._reports.current.silent_seconds if self._election and self._election.leader else None)
        add(LOOP_LAG, lambda: self._lag.seconds)
        add(CERTIFICATE_EXPIRY, self._expiries)

    def _expiries(self) -> Reading:
        keys = self._keeper.keys
        pems = {} if keys is None else {"authority": keys.authorities, "webhook": keys.webhook.certificate}
        ends = {name: valid_until(pem) for name, pem in pems.items()}
        return by_label({name: end for name, end in ends.items() if end is not None})

    async def _campaign(self) -> None:
        identity = f"{self._settings.pod}_{socket.gethostname()}_{os.getpid()}"
        await self._keeper.ready.wait()
        election = self._election = Election(self._client, NAME, self._settings.namespace, identity, self._keeper.owners)
        try:
            while True:
                await election.lead(lambda: _forever("leading", self._lead))
        finally:
            await asyncio.shield(election.release())

    async def _look_whether_served(self) -> None:
        """Every replica looks for itself: one that does not lead is ready all the same."""
        while True:
            groups = decide(self._settings.calico_groups, await look(self._client))
            self._kinds = groups.kinds
            self._served = await established(self._client, groups.kinds)
            self._reached = monotonic()
            await asyncio.sleep(REACH_SECONDS if self._served else SERVED_SECONDS)

    async def _lead(self) -> None:
        """One choice of groups, until another one holds."""
        found = await look(self._client)
        groups = decide(self._settings.calico_groups, found)
        self.groups = groups
        _LOG.info("api groups", mode=groups.mode, message=groups.message)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._regroup(groups))
                await hand_over(self._client, self._settings, groups, found)
                if groups.mode == "refused":
                    await self._recorder.tell(self._own_deployment(), "CalicoFound", groups.message)
                    return
                refused = await keep_definitions(self._client, groups)
                await wait_for_definitions(self._client, [kind for kind in groups.kinds if kind not in refused])
                self._begin(group, groups)
        except* _Regroup:
            _LOG.info("the API groups changed: beginning anew")
        except* ClusterError as errors:
            _LOG.warning("interrupted", what="leading", why="; ".join(map(str, errors.exceptions)))

    def _begin(self, group: asyncio.TaskGroup, groups: Groups) -> None:
        view = ClusterView(self._client, groups)
        reconciler = Reconciler(self._client, self._settings, view)
        statuses = Statuses(self._client, view, reconciler, self._reports, self._recorder)
        self.metrics.add(FAULTS, lambda: len(reconciler.faults))
        self.metrics.add(RESOURCES, lambda: by_label({"DeepPacketInspection": len(view.inspections)}))
        seen, written = asyncio.Event(), asyncio.Event()

        def wanted() -> None:
            self._wake.set()
            written.set()

        wanted()
        view.start(group, wanted=wanted, seen=seen.set)
        group.create_task(self._reports.run(seen.set))
        group.create_task(self._reconcile(view, reconciler, seen))
        group.create_task(self._write(view, statuses, seen))
        if groups.mode == "both":
            group.create_task(self._copy(view, written))

    async def _reconcile(self, view: ClusterView, reconciler: Reconciler, seen: asyncio.Event) -> None:
        await view.known()
        while True:
            self._wake.clear()
            reconciler.authorities = self._keeper.keys.authorities if self._keeper.keys else b""
            await _once("reconcile", partial(self.metrics.timed, "reconcile", reconciler.reconcile), self._wake)
            seen.set()
            await asyncio.sleep(PAUSE_SECONDS)
            await _within(self._wake, FAULTY_SECONDS if reconciler.faults else RECONCILE_SECONDS)

    async def _write(self, view: ClusterView, statuses: Statuses, seen: asyncio.Event) -> None:
        await view.known()
        while True:
            seen.clear()
            await _once("status", partial(self.metrics.timed, "status", statuses.write), seen)
            await asyncio.sleep(PAUSE_SECONDS)
            await _within(seen, 1.0)

    async def _copy(self, view: ClusterView, written: asyncio.Event) -> None:
        """On its own: nothing that is slow to apply keeps the copies back."""
        await view.known()
        while True:
            written.clear()
            copy = partial(follow, self._client, plan(view.v3, view.v1))
            await _once("copies", partial(self.metrics.timed, "copies", copy), written)
            await asyncio.sleep(PAUSE_SECONDS)
            await _within(written, RECONCILE_SECONDS)

    async def _regroup(self, groups: Groups) -> None:
        while True:
            await asyncio.sleep(GROUPS_SECONDS)
            try:
                found = decide(self._settings.calico_groups, await look(self._client))
            except ClusterError:
                continue
            if found.mode != groups.mode:
                raise _Regroup

    def _keys_changed(self, keys: Keys) -> None:
        self._tls.load(keys.webhook)
        self._reports.trust(keys.authorities)
        self._wake.set()

    def _own_deployment(self) -> Manifest:
        metadata = {"name": NAME, "namespace": self._settings.namespace}
        return {"apiVersion": DEPLOYMENTS.api_version, "kind": DEPLOYMENTS.kind, "metadata": metadata}


async def _within(event: asyncio.Event, seconds: float) -> None:
    """Waits for an event, but no longer than that."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def _once(what: str, work: Callable[[], Awaitable[None]], again: asyncio.Event) -> None:
    """One pass. Where the API server is away, it is waited for, and `again` asks for another pass."""
    try:
        await work()
    except ClusterError as error:
        _LOG.warning("not done, will be tried again", what=what, why=str(error))
        await asyncio.sleep(RETRY_SECONDS)
        again.set()


async def _forever(what: str, work: Callable[[], Awaitable[None]]) -> None:
    """Again and again; what goes wrong is logged and tried again: a fault in one object must not end the operator."""
    while True:
        try:
            await work()
        except ClusterError as error:
            _LOG.warning("interrupted", what=what, why=str(error))
        except Exception:
            _LOG.exception("a fault in Podlynx", what=what)
        await asyncio.sleep(RETRY_SECONDS)

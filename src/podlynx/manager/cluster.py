"""The manager of a cluster: HTTPS, the API server behind every right, names from its watch, rules for the nodes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from time import time_ns

import structlog

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.watch import INTERRUPTIONS
from podlynx.manager.audit import audit_log
from podlynx.manager.certificates import Certificates
from podlynx.manager.cluster_access import ClusterAccess
from podlynx.manager.environment import ClusterEnvironment
from podlynx.manager.identity.history import History
from podlynx.manager.identity.naming import Namer, Peers
from podlynx.manager.identity.places import Places
from podlynx.manager.identity.services import Services as ServiceIndex
from podlynx.manager.identity.watching import ClusterWatch
from podlynx.manager.merge import Keeper, Merger
from podlynx.manager.merge_table import Table
from podlynx.manager.oidc.login import Oidc
from podlynx.manager.payloads_off import PayloadsOff
from podlynx.manager.reviewer import ClusterReviewer
from podlynx.manager.rule_library import RuleLibrary
from podlynx.manager.rule_refresh import refresh_rules
from podlynx.manager.sealing import Seal
from podlynx.manager.selftest_schedule import run_regularly
from podlynx.manager.server import Manager
from podlynx.manager.services import Services
from podlynx.manager.shared.keeping import SharedKeeper
from podlynx.manager.webhooks.config import ClusterValues
from podlynx.manager.webhooks.guard import Allowed, Guard
from podlynx.manager.webhooks.ledger import Ledger
from podlynx.manager.webhooks.sending import Sender
from podlynx.manager.webhooks.teller import Means
from podlynx.manager.webhooks.webhooks import Webhooks
from podlynx.store.protocol import EventStore
from podlynx.store.search.store import SearchStore
from podlynx.telemetry.metrics import Metric, Reading, by_label
from podlynx.telemetry.shared import CERTIFICATE_EXPIRY, WATCH_INTERRUPTIONS

_LOG = structlog.get_logger("podlynx.manager")


@asynccontextmanager
async def cluster_manager(
    environment: ClusterEnvironment, store: EventStore, client: Client, port: int, host: str | None = None
) -> AsyncIterator[Manager]:
    """A manager that runs until the block ends, on every address unless `host` says which. Raises CertificateError, OSError."""
    settings = environment.settings()
    rules = RuleLibrary(environment.data / "rules")
    seal = _seal(environment)
    access = ClusterAccess(settings, ClusterReviewer(client), environment.sensor_account, seal=seal)
    oidc = Oidc(environment.oidc, seal) if environment.oidc else None
    audit = audit_log(environment.audit_log)
    services = Services(store, settings, access=access, rules=rules, oidc=oidc, audit=audit)
    services.cookie_mark = seal.mark
    watch = ClusterWatch(History(), ServiceIndex())
    merger = _name_and_merge(services, watch, environment)
    certificates = Certificates(environment.certificate, environment.key)
    await certificates.wait()
    services.readiness.append(lambda: "" if watch.synced else "pods, services and nodes of the cluster are not read yet")
    services.readiness.append(certificates.against)
    services.readings.append(lambda: _readings(certificates))
    services.counters |= {
        **_counters(watch, merger.table),
        "reviews": lambda: access.reviews,
        "login_codes_evicted": lambda: access.evicted,
        "session_keys_reloaded": lambda: seal.reloads,
        "sensor_tokens_refused": lambda: access.sensor_limiter.refused,
        "certificates_reloaded": lambda: certificates.reloads,
    }
    webhooks = _webhooks(client, services, watch, environment)
    manager = Manager(store, services=services, certificates=certificates)
    try:
        async with asyncio.TaskGroup() as tasks:  # one that fails ends the manager: one that sees nothing would be none
            following = (certificates.follow(), seal.follow(), services.exceptions.run(client), webhooks.run())
            tests = run_regularly(services.selftests, services.sensors, environment.selftest_seconds)
            work = (watch.run(client), *following, _keep_rules(rules, environment), tests)
            beside = [tasks.create_task(each) for each in work]
            try:
                await manager.start(_everywhere() if host is None else host, port)
                yield manager
            finally:
                await manager.stop()
                await merger.close()
                await manager.finish()
                audit.close()
                for each in beside:
                    each.cancel()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


def _seal(environment: ClusterEnvironment) -> Seal:
    """Without keys of the installation sessions go on nowhere else, and end with this process."""
    seal = Seal(environment.session_keys)
    try:
        seal.load()
    except (OSError, ValueError) as error:
        _LOG.warning("no session keys, log-ins end with this process", file=str(environment.session_keys), why=str(error))
    return seal


def _name_and_merge(services: Services, watch: ClusterWatch, environment: ClusterEnvironment) -> Merger:
    namer = Namer(watch, Places(environment.city, environment.asn), environment.cluster)
    peers = Peers(watch, services.sensors)
    merger = Merger(_keeper(services, peers), peers)
    services.ingest.document = PayloadsOff(namer.document, services.settings.payloads_off)
    services.ingest.take = merger.take
    return merger


def _keeper(services: Services, peers: Peers) -> Keeper:
    """Where several managers share a store, an event that another one keeps is told to it."""
    if not isinstance(services.store, SearchStore):
        return services.ingest
    keeper = SharedKeeper(services.ingest, services.store.claims, peers)
    services.counters["merged_with_other_managers"] = lambda: keeper.merged
    return keeper


def _webhooks(client: Client, services: Services, watch: ClusterWatch, environment: ClusterEnvironment) -> Webhooks:
    guard = Guard(Allowed.of(environment.webhooks_allow), lambda address: watch.history.at(address, time_ns()) is not None)
    means = Means(
        store=services.store,
        hidden=lambda: services.exceptions.hidden,
        sender=Sender(guard),
        values=ClusterValues(client, environment.webhooks_namespace),
        ledger=Ledger(client, environment.namespace),
        page=environment.page_url,
        cluster=environment.cluster,
    )
    services.readings.append(means.figures.readings)
    webhooks = Webhooks(client, means, environment.namespace)
    services.webhook_states, services.webhook_test = webhooks.states, webhooks.test
    services.counters |= {"webhook_addresses_refused": lambda: guard.refused}
    for what in ("delivered", "messages", "folded", "dead", "retries"):
        services.counters[f"webhook_{what}"] = partial(webhooks.count, what)
    return webhooks


def _counters(watch: ClusterWatch, table: Table) -> dict[str, Callable[[], int]]:
    return {
        "addresses": lambda: watch.history.size,
        "addresses_forgotten_full": lambda: watch.history.forgotten_full,
        "addresses_refused_full": lambda: watch.history.refused_full,
        "pods_refused_full": lambda: watch.refused_pods,
        "services_refused_full": lambda: watch.services.refused_full,
        "merged": lambda: table.merged,
        "merge_forgotten_full": lambda: table.forgotten_full,
        "merge_not_awaited_full": lambda: table.not_awaited_full,
        "merge_not_compared_full": lambda: table.not_compared_full,
    }


def _readings(certificates: Certificates) -> list[tuple[Metric, Reading]]:
    ends = {} if certificates.valid_until is None else {"manager": certificates.valid_until}
    return [(WATCH_INTERRUPTIONS, INTERRUPTIONS.reading()), (CERTIFICATE_EXPIRY, by_label(ends))]


async def _keep_rules(rules: RuleLibrary, environment: ClusterEnvironment) -> None:
    await rules.load()
    await refresh_rules(rules, environment.rules_url, environment.rules_sha256)


def _everywhere() -> str:
    """Every address of both families, or of IPv4 where the node has no other."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return "0.0.0.0"  # noqa: S104 a Service has to reach it
    return "::"

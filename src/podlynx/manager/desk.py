"""The services of a manager outside of a cluster, as environment variables say: an OIDC provider, roles, an audit log."""

from collections.abc import Mapping
from pathlib import Path

from podlynx.manager.audit import audit_log
from podlynx.manager.desk_access import DeskAccess
from podlynx.manager.environment import BadVariable, audit_place, oidc_of
from podlynx.manager.oidc.login import Oidc
from podlynx.manager.roles import BadRole, Roles, read_roles
from podlynx.manager.sealing import Seal
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.store.protocol import EventStore


def desk_services(store: EventStore, settings: Settings, variables: Mapping[str, str], folder: Path) -> Services:
    """`folder`: where the audit log is kept unless a variable says otherwise. Raises BadVariable, OSError."""
    found, seal = oidc_of(variables), Seal()
    access = DeskAccess(settings, seal=seal, roles=_roles(variables))
    oidc = Oidc(found, seal) if found else None
    audit = audit_log(audit_place(variables, str(folder / "audit.log")))
    return Services(store, settings, access=access, oidc=oidc, audit=audit)


def _roles(variables: Mapping[str, str]) -> Roles:
    try:
        return read_roles(variables.get("PODLYNX_OIDC_ROLES", ""))
    except BadRole as error:
        raise BadVariable(f"PODLYNX_OIDC_ROLES: {error}") from error

"""Roles outside of a cluster: what groups of an OIDC provider may do, `ROLE[@NAMESPACE]=GROUP` each.

They grant what the ClusterRoles of the same names grant inside one: a viewer sees alerts, sensors and rules, an analyst does all.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from podlynx.kubernetes.reviews import User

EVERYBODY: Final = "*"
"""Instead of a group: whoever logs in."""
_VIEWED: Final = frozenset({"alerts", "sensors", "rules"})
_WANTED: Final = "write viewer=GROUP or analyst@NAMESPACE=GROUP, with commas between several; * is everybody"

Role = Literal["viewer", "analyst"]
_ROLES: Final[dict[str, Role]] = {"viewer": "viewer", "analyst": "analyst"}


class BadRole(ValueError):
    """A role cannot be read; the text says which, and how it is written."""


class Grant(msgspec.Struct, frozen=True):
    """A role for a group, or a user's name, in one namespace or ("") everywhere."""

    role: Role
    group: str
    namespace: str = ""

    def allows(self, user: User, verb: str, resource: str, namespace: str) -> bool:
        """Whether this lets that person do that there."""
        theirs = self.group in {EVERYBODY, user.username} or self.group in user.groups
        there = not self.namespace or self.namespace == namespace
        return theirs and there and (self.role == "analyst" or (verb == "get" and resource in _VIEWED))


class Roles(msgspec.Struct, frozen=True):
    """Every grant; without any, whoever logs in sees nothing."""

    grants: Sequence[Grant] = ()

    def allow(self, user: User, verb: str, resource: str, namespace: str = "") -> bool:
        """Whether any grant lets that person do that; no namespace: in all of them."""
        return any(grant.allows(user, verb, resource, namespace) for grant in self.grants)


def read_roles(text: str) -> Roles:
    """Of `viewer=staff,analyst@shop=shop-team`. Raises BadRole."""
    return Roles([_grant(part.strip()) for part in text.split(",") if part.strip()])


def _grant(text: str) -> Grant:
    named, equals, group = text.partition("=")
    role, at, namespace = named.strip().partition("@")
    if not equals or not group.strip() or (at and not namespace):
        raise BadRole(f"{text!r} is no role: {_WANTED}")
    if role not in _ROLES:
        raise BadRole(f"there is no role {role!r}: {_WANTED}")
    return Grant(_ROLES[role], group.strip(), namespace)

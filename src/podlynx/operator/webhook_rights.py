"""What the manager may read for webhooks: exactly the Secrets and ConfigMaps that they name, in the one namespace meant for them.

The Role is the chart's, and bound to the manager; the operator fills in the names. It may change this Role only, and holds no
right on any Secret there itself.
"""

from collections.abc import Iterable
from typing import Final

from podlynx.kubernetes.apply import is_ours
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import ROLES, Manifest

NAME: Final = "podlynx-webhooks"
MAX_NAMES: Final = 500
"""Objects that the Role names; webhooks past that are told that theirs may not be read."""
_SOURCES: Final = (("secrets", "secretKeyRef"), ("configmaps", "configMapKeyRef"))


def rules_for(webhooks: Iterable[Manifest]) -> list[Manifest]:
    """The rules of the Role. Pure; what a person wrote may have any shape."""
    given = [each for manifest in webhooks for each in _list((manifest.get("spec") or {}).get("config"))]
    rules: list[Manifest] = []
    for resource, source in _SOURCES:
        names = sorted({name for each in given if (name := _name(each, source))})[:MAX_NAMES]
        if names:
            rules.append({"apiGroups": [""], "resources": [resource], "resourceNames": names, "verbs": ["get"]})
    return rules


async def keep_rights(client: Client, namespace: str, webhooks: Iterable[Manifest]) -> str:
    """Writes the Role where it says something else; why that could not be, or "". Raises Unreachable."""
    try:
        found = await client.find(ROLES, NAME, namespace)
        wanted = rules_for(webhooks)
        if found is None or not is_ours(found) or (found.get("rules") or []) == wanted:
            return ""
        patch = {"metadata": {"resourceVersion": found["metadata"]["resourceVersion"]}, "rules": wanted}
        await client.merge(ROLES, patch, NAME, namespace)
    except ApiError as error:
        return "" if error.conflict else f"the Role {namespace}/{NAME} could not be written: {error}"
    return ""


def _list(value: object) -> list[Manifest]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _name(given: Manifest, source: str) -> str:
    """The name that an entry refers to; empty where it does not."""
    try:
        name = given["valueFrom"][source]["name"]
    except (KeyError, TypeError):
        return ""
    return name if isinstance(name, str) else ""

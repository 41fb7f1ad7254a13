"""The settings of one SecurityEventWebhook, with what its ConfigMaps and Secrets hold now."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import CONFIG_MAPS, SECRETS, Manifest
from podlynx.kubernetes.webhook_settings import MAX_VALUE, labels_of
from podlynx.manager.webhooks.messages import Shape
from podlynx.manager.webhooks.sending import BadTarget, Target, check_url


class Values(Protocol):
    """Reads one key of an object."""

    async def read(self, kind: str, name: str, key: str) -> str:
        """Raises BadTarget where it is not there; what Client raises."""
        ...


class ClusterValues:
    """From ConfigMaps and Secrets of the one namespace that is meant for them."""

    def __init__(self, client: Client, namespace: str) -> None:
        self._client, self._namespace = client, namespace

    async def read(self, kind: str, name: str, key: str) -> str:
        """The text of a key."""
        resource = SECRETS if kind == "Secret" else CONFIG_MAPS
        at = f"the {kind} {self._namespace}/{name}"
        try:
            found = await self._client.find(resource, name, self._namespace)
        except ApiError as error:
            if error.status == 403:
                raise BadTarget(f"{at} may not be read: webhooks read from the namespace {self._namespace} only") from error
            raise
        if found is None:
            raise BadTarget(f"{at} is not there: make it in that namespace")
        said = (found.get("data") or {}).get(key)
        if not isinstance(said, str):
            raise BadTarget(f"{at} has no key {key}")
        return _decoded(said, at, key) if kind == "Secret" else said


def _decoded(text: str, at: str, key: str) -> str:
    try:
        return b64decode(text, validate=True).decode()
    except (Base64Error, ValueError) as error:
        raise BadTarget(f"{at}: the key {key} holds no text") from error


@dataclass(frozen=True)
class Resolved:
    """Where to post, and in which shape."""

    target: Target
    shape: Shape


async def resolved(manifest: Manifest, values: Values, page: str = "") -> Resolved:
    """Of a manifest that validation found good. Raises BadTarget, and what Client raises."""
    spec = manifest["spec"]
    said = {each["name"]: await _value(each, values) for each in spec["config"]}
    url = said.get("url", "").strip()
    check_url(url)
    headers = _headers(said.get("headers", ""))
    if spec["consumer"] == "Jira":
        if not url.startswith("https:"):
            raise BadTarget("url: https only, for an API token goes with it")
        credentials = f"{said.get('username', '').strip()}:{said.get('apiToken', '').strip()}"
        headers["Authorization"] = f"Basic {b64encode(credentials.encode()).decode()}"
    shape = Shape(
        consumer=spec["consumer"],
        webhook=manifest["metadata"]["name"],
        labels=labels_of(manifest),
        template=said.get("template", ""),
        project=said.get("project", ""),
        issue_type=said.get("issueType", ""),
        page=page,
    )
    return Resolved(Target(url, headers, said.get("ca", "")), shape)


async def _value(given: Mapping[str, Any], values: Values) -> str:
    direct = given.get("value")
    if direct is not None:
        return str(direct)
    source = given["valueFrom"]
    kind, reference = (
        ("Secret", source["secretKeyRef"]) if source.get("secretKeyRef") else ("ConfigMap", source["configMapKeyRef"])
    )
    found = await values.read(kind, reference["name"], reference["key"])
    if len(found) > MAX_VALUE:
        raise BadTarget(f"{given['name']}: longer than {MAX_VALUE} characters")
    return found


_OURS = ("host", "content-length", "transfer-encoding", "connection")


def _headers(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = (part.strip() for part in line.partition(":"))
        token = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
        if not colon or not token or name.lower() in _OURS or not value.isprintable() or not value.isascii():
            raise BadTarget("headers: write one `Name: value` a line, in plain characters")
        found[name] = value
    return found

"""The connection to the API server: found as kubectl finds it, or by the pod's ServiceAccount. One per process.

Configuration, TLS and tokens are lightkube's (a rotated token is read again when the API server refuses the old one). Objects
come and go as plain JSON: what a person wrote is looked at by us, and may be wrong without breaking a list.
"""

import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Self

import httpx2
import msgspec
from lightkube.config.client_adapter import user_auth, verify_cluster
from lightkube.config.kubeconfig import DEFAULT_KUBECONFIG, SERVICE_ACCOUNT, KubeConfig, SingleConfig
from lightkube.core.exceptions import ConfigError

from podlynx.kubernetes.errors import ApiError, NoCluster, Unreachable
from podlynx.kubernetes.kinds import Manifest, Resource

TIMEOUT: Final = 10.0
"""Seconds that an ordinary request may take."""
_MERGE: Final = "application/merge-patch+json"
_APPLY: Final = "application/apply-patch+yaml"
# A connection whose other end vanished without a word is given up after about 30 s, not after the kernel's two hours.
_KEEPALIVE: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000),
)
_USER_AGENT: Final = "podlynx"


class Client:
    """Requests to one API server. Methods raise ApiError where it refuses, Unreachable where it does not answer."""

    def __init__(self, http: httpx2.AsyncClient, namespace: str = "default", server: str = "") -> None:
        self._http = http
        self.namespace = namespace
        """The pod's own namespace, or that of the kubeconfig's context."""
        self.server = server

    @classmethod
    def connect(cls, context: str | None = None) -> Self:
        """With `$KUBECONFIG`, else the pod's ServiceAccount, else `~/.kube/config`. Raises NoCluster. Sends nothing yet."""
        try:
            config = _configuration(context)
            transport = httpx2.AsyncHTTPTransport(
                verify=verify_cluster(config.cluster, _user_of(config), config.abs_file), socket_options=_KEEPALIVE
            )
            http = httpx2.AsyncClient(
                base_url=config.cluster.server,
                auth=user_auth(config.user),
                transport=transport,  # given by us, so that no HTTPS_PROXY of the environment stands in between
                timeout=httpx2.Timeout(TIMEOUT),
                headers={"User-Agent": _USER_AGENT},
            )
        except (ConfigError, OSError, KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
            raise NoCluster(f"no cluster to talk to: {error}") from error
        return cls(http, config.namespace, config.cluster.server)

    async def close(self) -> None:
        """Ends every connection."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def raw(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        media: str = "",
        accept: str = "",
    ) -> bytes:
        """One request; its answer's bytes. `body` becomes JSON."""
        headers = {"Content-Type": media or "application/json"} if body is not None else {}
        if accept:
            headers["Accept"] = accept
        content = msgspec.json.encode(body) if body is not None else None
        try:
            answer = await self._http.request(method, path, params=params, content=content, headers=headers)
        except (httpx2.HTTPError, ConfigError) as error:
            raise Unreachable(f"{self.server}: {str(error) or type(error).__name__}") from error
        if answer.status_code >= 400:
            raise refusal(answer.status_code, answer.content)
        return answer.content

    async def get(self, resource: Resource, name: str, namespace: str | None = None) -> Manifest:
        """One object."""
        return _object(await self.raw("GET", resource.path(namespace, name)))

    async def find(self, resource: Resource, name: str, namespace: str | None = None) -> Manifest | None:
        """One object, or None where there is none (or no such resource)."""
        try:
            return await self.get(resource, name, namespace)
        except ApiError as error:
            if error.absent:
                return None
            raise

    async def list_all(
        self, resource: Resource, namespace: str | None = None, *, labels: Mapping[str, str] | None = None
    ) -> list[Manifest]:
        """All objects at once, for few of them; `watch` reads in pages."""
        params = {"labelSelector": selector(labels)} if labels else None
        items: list[Manifest] = _object(await self.raw("GET", resource.path(namespace), params=params)).get("items") or []
        return items

    async def create(self, resource: Resource, manifest: Manifest, namespace: str | None = None) -> Manifest:
        """Creates an object. ApiError with `conflict` where it is there already."""
        return _object(await self.raw("POST", resource.path(namespace), body=manifest))

    async def replace(self, resource: Resource, manifest: Manifest, name: str, namespace: str | None = None) -> Manifest:
        """Writes a whole object; with its `resourceVersion` only if nobody else wrote it since."""
        return _object(await self.raw("PUT", resource.path(namespace, name), body=manifest))

    async def merge(
        self, resource: Resource, patch: Manifest, name: str, namespace: str | None = None, *, subresource: str = ""
    ) -> Manifest:
        """Changes the fields that `patch` names (RFC 7386)."""
        path = resource.path(namespace, name, subresource)
        return _object(await self.raw("PATCH", path, body=patch, media=_MERGE))

    async def apply(
        self, resource: Resource, manifest: Manifest, *, manager: str, force: bool = True, subresource: str = ""
    ) -> Manifest:
        """Server-side apply: the fields of `manifest` are `manager`'s from now on."""
        metadata = manifest["metadata"]
        path = resource.path(metadata.get("namespace"), metadata["name"], subresource)
        params = {"fieldManager": manager, "force": "true" if force else "false"}
        return _object(await self.raw("PATCH", path, params=params, body=manifest, media=_APPLY))

    async def delete(self, resource: Resource, name: str, namespace: str | None = None, *, uid: str = "") -> bool:
        """Deletes an object and what it owns; with `uid` only that very one. False where it is gone already."""
        options: Manifest = {"propagationPolicy": "Background"}
        if uid:
            options["preconditions"] = {"uid": uid}
        try:
            await self.raw("DELETE", resource.path(namespace, name), body=options)
        except ApiError as error:
            if error.absent:
                return False
            raise
        return True

    @asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, str], idle_seconds: float, accept: str = ""
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """A long answer, piece by piece; nothing for `idle_seconds` counts as unreachable."""
        timeout = httpx2.Timeout(TIMEOUT, read=idle_seconds)
        try:
            headers = {"Accept": accept} if accept else {}
            async with self._http.stream("GET", path, params=params, headers=headers, timeout=timeout) as answer:
                if answer.status_code >= 400:
                    raise refusal(answer.status_code, await answer.aread())
                yield answer.aiter_bytes()
        except (httpx2.HTTPError, httpx2.StreamError, ConfigError) as error:
            raise Unreachable(f"{self.server}: {str(error) or type(error).__name__}") from error


def selector(labels: Mapping[str, str]) -> str:
    """`a=b,c=d`, as a label or field selector is sent."""
    return ",".join(f"{key}={value}" for key, value in labels.items())


def refusal(status: int, body: bytes) -> ApiError:
    """The error of a refused request; `body` is a metav1.Status, or whatever stood in its place."""
    try:
        said = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ApiError(status, "", body[:200].decode(errors="replace").strip())
    if not isinstance(said, dict):
        return ApiError(status, "", str(said)[:200])
    return ApiError(status, str(said.get("reason") or ""), str(said.get("message") or ""))


def _object(body: bytes) -> Manifest:
    try:
        return msgspec.json.decode(body, type=Manifest)
    except msgspec.DecodeError as error:
        raise ApiError(502, "NotJson", f"the API server's answer is no JSON object: {error}") from error


def _configuration(context: str | None) -> SingleConfig:
    named = [Path(path) for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path]
    if not named and (Path(SERVICE_ACCOUNT) / "token").is_file():
        config = KubeConfig.from_service_account()
    else:
        path = next((path for path in named if path.is_file()), named[0] if named else Path(DEFAULT_KUBECONFIG).expanduser())
        config = KubeConfig.from_dict(msgspec.yaml.decode(path.read_bytes(), type=dict[str, Any]), fname=path)
    single = config.get(context)
    if single is None:
        raise ConfigError("the kubeconfig names no context")
    return single


def _user_of(config: SingleConfig) -> Any:
    if config.user is None:
        raise ConfigError(f"the context {config.context_name!r} names no user")
    return config.user

"""Whose token is this, and may they? (Kubernetes API: authentication.k8s.io/v1 TokenReview, authorization.k8s.io/v1)."""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import SUBJECT_ACCESS_REVIEWS, TOKEN_REVIEWS, Manifest

NODE_NAME: Final = "authentication.kubernetes.io/node-name"
"""Key of `extra` that names the node which a pod's token was issued for (Kubernetes 1.30 and later)."""

T = TypeVar("T")


class User(msgspec.Struct, frozen=True):
    """Who presented a token."""

    username: str = ""
    uid: str = ""
    groups: list[str] = []
    extra: dict[str, list[str]] = {}

    @property
    def node(self) -> str:
        """The node of the pod whose token it is; empty where the token is nobody's on a node."""
        return next(iter(self.extra.get(NODE_NAME, [])), "")


class _TokenStatus(msgspec.Struct, frozen=True):
    authenticated: bool = False
    user: User = User()
    audiences: list[str] = []


class _AccessStatus(msgspec.Struct, frozen=True):
    allowed: bool = False


async def review_token(client: Client, token: str, audiences: Sequence[str] = ()) -> User | None:
    """The token's user; None where the API server does not know it, or it is meant for none of `audiences` (none given: its own).

    Raises what Client raises: an API server that is away is not a wrong token.
    """
    spec: Manifest = {"token": token, **({"audiences": list(audiences)} if audiences else {})}
    status = _status(await client.create(TOKEN_REVIEWS, _review(TOKEN_REVIEWS.api_version, "TokenReview", spec)), _TokenStatus)
    # An API server without audiences answers none: then the token was only checked for its own.
    meant = not audiences or bool(set(audiences) & set(status.audiences))
    return status.user if status.authenticated and meant else None


async def allowed(  # noqa: PLR0917 the fields of a ResourceAttributes, in its order
    client: Client, user: User, verb: str, group: str, resource: str, subresource: str = "", namespace: str = ""
) -> bool:
    """Whether the user may; no namespace: in all of them. Raises what Client raises."""
    attributes = {"verb": verb, "group": group, "resource": resource, "subresource": subresource}
    asked = {**attributes, "namespace": namespace}
    spec: Manifest = {
        "user": user.username,
        "uid": user.uid,
        "groups": user.groups,
        "extra": user.extra,
        "resourceAttributes": {key: value for key, value in asked.items() if value},
    }
    review = _review(SUBJECT_ACCESS_REVIEWS.api_version, "SubjectAccessReview", spec)
    return _status(await client.create(SUBJECT_ACCESS_REVIEWS, review), _AccessStatus).allowed


def _review(api_version: str, kind: str, spec: Manifest) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {}, "spec": spec}


def _status(review: Manifest, model: type[T]) -> T:
    try:
        return msgspec.convert(review.get("status") or {}, model)
    except msgspec.ValidationError as error:
        raise ApiError(502, "Unreadable", f"the review's status cannot be read: {error}") from error

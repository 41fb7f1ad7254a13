"""Whom cluster access asks: the API server, a bounded number of questions at a time."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.reviews import User, allowed, review_token
from podlynx.manager.access import GROUP

MAX_REVIEWS: Final = 16
"""Reviews that are under way at once; more wait."""


class Reviewer(Protocol):
    """Methods raise ClusterError where there is no answer."""

    async def review_token(self, token: str, audiences: Sequence[str]) -> User | None:
        """Whose token it is, if it is meant for one of the audiences; none: for the API server."""
        ...

    async def allowed(self, user: User, verb: str, resource: str, namespace: str) -> bool:
        """Whether the user may do that to our `resource` (`alerts`, `alerts/packets`); no namespace: in all of them."""
        ...


class ClusterReviewer:
    """TokenReview and SubjectAccessReview."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._turns = asyncio.Semaphore(MAX_REVIEWS)

    async def review_token(self, token: str, audiences: Sequence[str]) -> User | None:
        """Whose token it is."""
        async with self._turns:
            return await review_token(self._client, token, audiences)

    async def allowed(self, user: User, verb: str, resource: str, namespace: str) -> bool:
        """Whether the user may."""
        name, _, subresource = resource.partition("/")
        async with self._turns:
            return await allowed(self._client, user, verb, GROUP, name, subresource, namespace)

"""Log-ins are slowed by the address that they come from, and by whose they claim to be."""

from typing import Any

from litestar import Request

from podlynx.manager.services import Services


def waiting(request: Request[Any, Any, Any], services: Services, account: str = "") -> int:
    """Whole seconds that this address, or whoever guesses at this account, has to wait; 0 where one may try."""
    access = services.access
    seconds = max(access.limiter.wait(address_of(request)), access.accounts.wait(account) if account else 0.0)
    return -int(-seconds // 1)


def failed(request: Request[Any, Any, Any], services: Services, account: str = "") -> None:
    """Notes one failure."""
    services.access.limiter.failed(address_of(request))
    if account:
        services.access.accounts.failed(account)


def address_of(request: Request[Any, Any, Any]) -> str:
    """Of who asks."""
    return request.client.host if request.client else "unknown"

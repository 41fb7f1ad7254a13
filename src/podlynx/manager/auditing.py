"""What of a request is worth an entry of the audit log: every change by a person, every log-in, every file that is taken out."""

from typing import Final

from podlynx.manager.access import Principal
from podlynx.manager.asgi import Message, Scope, Send
from podlynx.manager.audit import AuditLog, Entry, cut, noted

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED: Final = frozenset({401, 403, 404, 421, 429})


class Observed:
    """Wraps `send` of one request and remembers how it was answered."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.taken_out = False
        """Whether the answer is a file to be kept."""

    async def __call__(self, message: Message) -> None:
        """ASGI."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.taken_out = any(name.lower() == b"content-disposition" for name, _ in message["headers"])
        await self._send(message)


def told(log: AuditLog, scope: Scope, answer: Observed, address: str) -> None:
    """Writes the entry of that request, if it gets one."""
    principal: Principal | None = scope.get("auth")
    said = noted(scope)
    sensors = principal is not None and principal.scope == "sensor"
    changes = scope["method"] not in READS and not sensors
    if not (changes or said.get("audit") or (answer.taken_out and not sensors)):
        return
    log.write(
        Entry(
            audit=said.get("audit") or _operation(scope) or ("change" if changes else "export"),
            who=cut(said.get("who") or _who(principal)),
            by=said.get("by") or (_by(principal) if principal else ""),
            address=address,
            method=scope["method"],
            path=cut(scope["path"]),
            target=_target(scope, said),
            status=answer.status,
            result=_result(answer.status),
            why=cut(said.get("why", "")),
        )
    )


def _operation(scope: Scope) -> str:
    """The operation's id in the contract; "" where no endpoint was reached."""
    identifier = getattr(scope.get("route_handler"), "operation_id", "")
    return identifier if isinstance(identifier, str) else ""


def _who(principal: Principal | None) -> str:
    """At the desk the people's token has no name."""
    return (principal.name or "owner") if principal else ""


def _by(principal: Principal) -> str:
    return "oidc" if principal.by == "oidc" else principal.method


def _target(scope: Scope, said: dict[str, object]) -> dict[str, str]:
    found = {**(scope.get("path_params") or {}), **(said["target"] if isinstance(said.get("target"), dict) else {})}  # type: ignore[dict-item]
    return {cut(str(name)): cut(str(value)) for name, value in list(found.items())[:10]}


def _result(status: int) -> str:
    if 0 < status < 400:
        return "done"
    return "refused" if status in _REFUSED else "failed"

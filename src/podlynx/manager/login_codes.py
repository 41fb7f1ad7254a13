"""One-time log-in codes: they open a browser's session for whoever asked for them. They run out, and are bounded."""

from collections import OrderedDict
from collections.abc import Callable
from secrets import token_urlsafe

from podlynx.manager.access import Principal
from podlynx.manager.sessions import secret_hash
from podlynx.manager.settings import Settings


class LoginCodes:
    """Codes are kept as hashes. One event loop uses it; it needs no locks."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._codes: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self.evicted = 0
        """Codes that went before their time, because there were too many."""

    def new(self, principal: Principal) -> str:
        """A new code; the oldest unused one goes where there are too many, one's own where one has too many."""
        code = token_urlsafe(24)
        self._codes[secret_hash(code)] = (self._clock() + self._settings.login_code_seconds, principal)
        self._make_room(principal)
        return code

    def redeem(self, code: str) -> Principal | None:
        """Whose code it is, once, if it has not run out."""
        expiry, principal = self._codes.pop(secret_hash(code), (0.0, None))
        return principal if expiry > self._clock() else None

    def _make_room(self, principal: Principal) -> None:
        own = [key for key, (_, holder) in self._codes.items() if holder.name == principal.name]
        if len(own) > self._settings.max_login_codes_each:
            del self._codes[own[0]]
        elif len(self._codes) > self._settings.max_login_codes:
            self._codes.popitem(last=False)
        else:
            return
        self.evicted += 1

"""Fetches the community rules when the manager starts, and once a day; after a failure sooner, but not at once."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from podlynx.manager.rule_library import RuleLibrary
from podlynx.rules.errors import RuleSourceError
from podlynx.rules.fetch import COMMUNITY_URL

_LOG = structlog.get_logger("podlynx.manager")
DAY_SECONDS: Final = 86_400.0
RETRY_SECONDS: Final = (60.0, 3_600.0)
"""Wait after the first failure, and at most; doubled between."""
NEVER: Final = "none"
"""Instead of a URL: nothing is fetched."""


async def refresh_rules(
    library: RuleLibrary,
    url: str,
    sha256: str = "",
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Runs until it is cancelled. `url` empty: where the rules are published; `none`: never."""
    if url == NEVER:
        return
    age = library.age_of_fetched(clock())
    if age is not None and 0 <= age < DAY_SECONDS:  # a manager that starts often does not fetch often
        await sleep(DAY_SECONDS - age)
    failures = 0
    while True:
        try:
            await library.fetch(url or COMMUNITY_URL, sha256)
            failures, wait = 0, DAY_SECONDS
        except RuleSourceError as error:
            wait = min(RETRY_SECONDS[0] * 2**failures, RETRY_SECONDS[1])
            failures = min(failures + 1, 16)
            _LOG.warning("rules not fetched", why=str(error), mend=error.mend, again_in_seconds=round(wait))
        await sleep(wait * random.uniform(0.9, 1.1))  # noqa: S311 spreads load

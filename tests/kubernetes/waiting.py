"""Waiting for what a cluster does in its own time."""

import asyncio
import inspect


async def until(condition, seconds=5.0):
    """Asks again and again, until it is so; answers what it was that was so."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.03)

"""The keys that managers seal the log-ins of browsers with: a new one each month, the one before stays good a month longer."""

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

import msgspec
from cryptography.fernet import Fernet

from podlynx.models.session_keys import FILE, SessionKey, SessionKeyring

__all__ = ["FILE", "KEY_LIFE", "renewed"]
KEY_LIFE: Final = timedelta(days=30)
"""Longer than any session may last, so that two keys are enough."""
_KEPT: Final = 2


def renewed(before: bytes, now: datetime) -> bytes:
    """The keys as they are to be now, JSON: those that are there, with a new one in front where they are old, damaged or none."""
    try:
        ring = msgspec.json.decode(before, type=SessionKeyring)
        for each in ring.keys:
            Fernet(each.key)
    except ValueError:  # msgspec's errors are some
        ring = None
    if ring and now.timestamp() - ring.keys[0].made < KEY_LIFE.total_seconds():
        return before
    key = SessionKey(int(now.timestamp()), Fernet.generate_key().decode())
    kept = [key, *(ring.keys if ring else [])][:_KEPT]
    return msgspec.json.encode(SessionKeyring(ring.id if ring else token_hex(4), kept))

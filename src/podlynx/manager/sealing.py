"""Seals what browsers keep for us (Fernet: encrypted, signed, dated), so that any manager with the same keys can open it."""

import asyncio
import zlib
from pathlib import Path
from typing import Final

import msgspec
import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from podlynx.models.session_keys import SessionKeyring

_LOG = structlog.get_logger("podlynx.manager")
LOOK_SECONDS: Final = 5.0
MAX_OPENED: Final = 64 * 1024
"""Bytes that a sealed text may unpack to."""


class Seal:
    """Keys of a file that may change while they are in use; without a file a key that ends with this process."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._read = b""
        self._keys = MultiFernet([Fernet(Fernet.generate_key())])
        self.mark = ""
        """Eight hex digits that every manager of this installation shares, and no other; empty without a file."""
        self.reloads = 0

    @property
    def shared(self) -> bool:
        """Whether other managers, and this one after a restart, can open what is sealed."""
        return bool(self.mark)

    def load(self) -> bool:
        """Takes up the file where it changed; whether it did. Raises OSError and ValueError, and keeps what it had."""
        if self._path is None or (found := self._path.read_bytes()) == self._read:
            return False
        ring = msgspec.json.decode(found, type=SessionKeyring)
        self._keys = MultiFernet([Fernet(each.key) for each in ring.keys])
        self._read, self.mark = found, ring.id
        return True

    async def follow(self) -> None:
        """Looks after the file until it is cancelled."""
        told = ""
        while self._path is not None:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if self.load():
                    self.reloads += 1
                    _LOG.info("new session keys in use")
                told = ""
            except (OSError, ValueError) as error:
                if (why := str(error)) != told:
                    _LOG.warning("the session keys cannot be read, the old ones stay", why=why)
                told = why

    def sealed(self, kind: bytes, text: bytes) -> str:
        """The text as URL-safe characters that tell nothing of it. `kind`: one byte; what is sealed as one opens as no other."""
        return self._keys.encrypt(kind + zlib.compress(text)).decode().rstrip("=")  # a cookie would put it in quotes

    def opened(self, kind: bytes, sealed: str) -> bytes | None:
        """The text; None where it was not sealed by us, or as something else."""
        try:
            plain = self._keys.decrypt((sealed + "=" * (-len(sealed) % 4)).encode("ascii", "replace"))
            unpacker = zlib.decompressobj()
            text = unpacker.decompress(plain[1:], MAX_OPENED)
        except (InvalidToken, zlib.error):
            return None
        return text if plain[:1] == kind and unpacker.eof else None

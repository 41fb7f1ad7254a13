"""The manager's certificate, taken up again when its files change: connections that are open go on, new ones get the new one."""

import asyncio
import hashlib
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from podlynx.telemetry.expiry import valid_until

_LOG = structlog.get_logger("podlynx.manager")
LOOK_SECONDS: Final = 5.0
WAIT_SECONDS: Final = 120.0
"""How long a certificate that is not there yet is waited for: the operator makes it when it starts."""

_Stamp = tuple[str, int, int, int]


class CertificateError(Exception):
    """The certificate cannot be used; the text says which file and why."""


class Certificates:
    """A server's TLS context over two PEM files, as a mounted Secret of type kubernetes.io/tls holds them."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._paths = (certificate, key)
        self._stamp: tuple[_Stamp, _Stamp] | None = None
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self.loaded = False
        self.reloads = 0
        self.valid_until: float | None = None
        """Epoch seconds at which the certificate in use ends."""

    def load(self) -> bool:
        """Takes up the files where they changed; whether they did. Raises CertificateError, and keeps what it had."""
        # A Secret's files are links into one folder that is swapped as a whole: both are read from the same one.
        certificate, key = (path.resolve() for path in self._paths)
        try:
            stamp = _stamp(certificate), _stamp(key)
            if stamp == self._stamp:
                return False
            pem = certificate.read_bytes()
            # A pair that does not fit would leave the live context half changed, so another one tries it first.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
            self.context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise CertificateError(f"certificate {self._paths[0]} with key {self._paths[1]}: {error}") from error
        self._stamp, self.loaded = stamp, True
        self.valid_until = valid_until(pem)
        return True

    def against(self) -> str:
        """Why nobody may trust it now; empty: somebody may."""
        if self.valid_until is None or time.time() < self.valid_until:
            return ""
        ended = datetime.fromtimestamp(self.valid_until, UTC).isoformat(timespec="seconds")
        return f"the certificate {self._paths[0]} ended at {ended}; whoever makes it (by default the operator) has to renew it"

    def mark(self) -> str:
        """Eight hex digits of the certificate that is there now: no other cluster has it. Raises OSError."""
        return hashlib.sha256(self._paths[0].read_bytes()).hexdigest()[:8]

    async def wait(self, seconds: float | None = None) -> None:
        """Loads the files, once they are there. Raises CertificateError when they are not in time."""
        end = asyncio.get_running_loop().time() + (WAIT_SECONDS if seconds is None else seconds)
        while True:
            try:
                self.load()
            except CertificateError as error:
                if asyncio.get_running_loop().time() >= end:
                    raise
                _LOG.warning("no certificate yet, waiting", why=str(error))
                await asyncio.sleep(1)
            else:
                return

    async def follow(self) -> None:
        """Looks after the files until it is cancelled."""
        told = ""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if self.load():
                    self.reloads += 1
                    _LOG.info("new certificate in use")
                told = ""
            except CertificateError as error:
                if (why := str(error)) != told:
                    _LOG.warning("the new certificate cannot be used, the old one stays", why=why)
                told = why


def _stamp(path: Path) -> _Stamp:
    about = path.stat()
    return str(path), about.st_ino, about.st_mtime_ns, about.st_size

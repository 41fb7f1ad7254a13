"""Country, city and network of an address, from MaxMind databases (MMDB 2.0) where they are mounted."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import maxminddb
import msgspec
import structlog

_LOG = structlog.get_logger("podlynx.manager")
LOOK_SECONDS: Final = 60.0
"""How often a database is looked at for a newer file in its place."""
MAX_TEXT: Final = 128


class Place(msgspec.Struct, frozen=True):
    """Where an address is registered. Empty where that is not known."""

    country: str = ""
    iso: str = ""
    city: str = ""
    asn: str = ""


NOWHERE: Final = Place()


class Places:
    """Two databases, either of which may be missing. Safe from several threads."""

    def __init__(self, city: Path | None, asn: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._city = _Database(city, clock)
        self._asn = _Database(asn, clock)

    def of(self, address: str) -> Place:
        """The place of a public address; of any other nothing is known."""
        if not is_public(address):
            return NOWHERE
        place, network = self._city.get(address), self._asn.get(address)
        if not place and not network:
            return NOWHERE
        country = _within(place, "country")
        return Place(
            country=_english(country),
            iso=_text(country.get("iso_code")),
            city=_english(_within(place, "city")),
            asn=_asn(network),
        )


class _Database:
    """One file, opened again when another is put in its place."""

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._looked = float("-inf")
        self._stamp: tuple[int, int, int] | None = None
        self._reader: maxminddb.Reader | None = None
        self._lock = threading.Lock()

    def get(self, address: str) -> Mapping[str, Any]:
        """The record of that address; empty where there is none, or no database."""
        with self._lock:
            self._look()
            if self._reader is None:
                return {}
            try:
                record = self._reader.get(address)
            except (ValueError, maxminddb.InvalidDatabaseError):  # an IPv6 address in an IPv4 database; a damaged part
                return {}
        return record if isinstance(record, dict) else {}

    def _look(self) -> None:
        if self._path is None or self._clock() - self._looked < LOOK_SECONDS:
            return
        self._looked = self._clock()
        try:
            about = self._path.stat()
            stamp = (about.st_ino, about.st_mtime_ns, about.st_size)
            if stamp != self._stamp:
                self._reader = maxminddb.open_database(self._path)
                self._stamp = stamp
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            _LOG.warning("places are not known: the database cannot be read", database=str(self._path), why=str(error))


@lru_cache(maxsize=16_384)  # asked three times for each event
def is_public(address: str) -> bool:
    """Whether the address is anybody's on the internet (IANA special-purpose registries)."""
    try:
        return ip_address(address).is_global
    except ValueError:
        return False


def _within(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = record.get(key)
    return found if isinstance(found, dict) else {}


def _english(record: Mapping[str, Any]) -> str:
    return _text(_within(record, "names").get("en"))


def _asn(record: Mapping[str, Any]) -> str:
    number = record.get("autonomous_system_number")
    if not isinstance(number, int):
        return ""
    return f"AS{number} {_text(record.get('autonomous_system_organization'))}".strip()


def _text(value: object) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""

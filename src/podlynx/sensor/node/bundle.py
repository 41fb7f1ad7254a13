"""A rule set as it comes from the manager or from the last start: unpacked within a cap, and held against its own hash."""

import zlib
from typing import Final

import msgspec

from podlynx.models.rule_bundle import RuleBundle, version_of
from podlynx.rules.errors import RuleSourceError

BUNDLE_BYTES: Final = 64 << 20
"""Bytes of a bundle, unpacked, that are still taken."""
_MEND: Final = "it was cut short or changed on its way; it is asked for again"


def unpack(packed: bytes, version: str = "") -> RuleBundle:
    """The bundle, once it is what it says it is (and the `version` asked for). Raises RuleSourceError."""
    try:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        bundle = msgspec.json.decode(unpacker.decompress(packed, BUNDLE_BYTES), type=RuleBundle)
    except (zlib.error, msgspec.DecodeError) as error:
        raise RuleSourceError(f"the rules cannot be read: {error}", _MEND) from error
    if not unpacker.eof:
        raise RuleSourceError(f"the rules are cut short, or larger than {BUNDLE_BYTES >> 20} MiB", _MEND)
    found = version_of(bundle.files)
    if found != bundle.version or version not in ("", found):
        raise RuleSourceError(f"the rules are not version {version or bundle.version}: their hash is {found}", _MEND)
    return bundle

"""Buffers of a packet or PDU without secrets, where there is no event around them."""

from collections.abc import Mapping

from podlynx.redaction.event import WHOLE
from podlynx.redaction.secrets import masked, secrets_of
from podlynx.redaction.streams import parts_of, values_in


def redacted_buffers(buffers: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same bytes by name with every secret overwritten, in each buffer that shows it."""
    cookies = [data.strip() for name, data in buffers.items() if name in WHOLE]
    values = [value for value in (*cookies, *values_in(buffers.values())) if value]

    def hidden(name: str, data: bytes) -> bytes:
        return masked(data, [(0, len(data))] if name in WHOLE else [*secrets_of(data), *parts_of(values, data)])

    return {name: hidden(name, data) for name, data in buffers.items()}

"""Values as outputs write them."""

from datetime import UTC, datetime
from hashlib import blake2b
from ipaddress import ip_address
from typing import Any, Final

from podlynx.models.alert_fast import snort_timestamp
from podlynx.outputs.alert import Alert

_SECOND: Final = 1_000_000_000
PAYLOAD: Final = 4_096
"""Bytes of a payload in EVE and ECS, as Suricata's default `payload-buffer-size`: log shippers cut long lines."""
_FLAGS: Final = ((0x80, "1"), (0x40, "2"), (0x20, "U"), (0x10, "A"), (0x08, "P"), (0x04, "R"), (0x02, "S"), (0x01, "F"))
_DIRECTIONS: Final = {"C2S": "to_server", "S2C": "to_client"}
_PRINTED: Final = bytes(byte if 32 <= byte < 127 or byte in b"\r\n" else ord(".") for byte in range(256))


def snort_time(alert: Alert) -> str:
    """As alert_fast writes it."""
    return snort_timestamp(alert.event.time, alert.zone)


def eve_time(alert: Alert) -> str:
    """`2026-11-25T04:35:43.123456+0000`."""
    return eve_moment(alert, alert.event.time)


def eve_moment(alert: Alert, time: int) -> str:
    """The same of any nanoseconds since the epoch."""
    moment = datetime.fromtimestamp(time // _SECOND, UTC).astimezone(alert.zone)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time % _SECOND // 1000:06d}{moment:%z}"


def ecs_time(alert: Alert) -> str:
    """ISO 8601 in UTC, to the microsecond."""
    time = alert.event.time
    return f"{datetime.fromtimestamp(time // _SECOND, UTC):%Y-%m-%dT%H:%M:%S}.{time % _SECOND // 1000:06d}Z"


def tcp_flags(alert: Alert) -> str | None:
    """Eight characters, `*` for a flag that is not set: `***AP***`."""
    flags = alert.event.headers.tcp_flags
    return "".join(letter if flags & bit else "*" for bit, letter in _FLAGS) if isinstance(flags, int) else None


def ethertype(alert: Alert) -> str | None:
    """`0x800`."""
    kind = alert.event.headers.eth_type
    return f"{kind:#x}" if isinstance(kind, int) else kind


def eve_direction(alert: Alert) -> str | None:
    """Which way, seen from the client."""
    return _DIRECTIONS.get(alert.event.direction)


def flow_number(alert: Alert) -> int | None:
    """A number that no other flow of any node is likely to have; 53 bits, so that every JSON reader keeps it whole."""
    flow = alert.event.flow
    if flow is None:
        return None
    ends = (flow.client_ip, flow.client_port, flow.server_ip, flow.server_port, alert.event.protocol, flow.start, alert.host)
    return int.from_bytes(blake2b(repr(ends).encode(), digest_size=8).digest()) >> 11


def printable(data: bytes) -> str | None:
    """The bytes as text, with a dot for what is not printable ASCII or the end of a line; None: there are none."""
    return data[:PAYLOAD].translate(_PRINTED).decode("ascii") if data else None


def metadata(alert: Alert) -> dict[str, list[str]]:
    """`["policy balanced-ips drop", "policy security-ips drop"]` as lists by the first word."""
    grouped: dict[str, list[str]] = {}
    for pair in alert.event.metadata:
        name, _, value = pair.partition(" ")
        grouped.setdefault(name.replace(".", "_"), []).append(value)  # a dot would be a path to a search engine
    return grouped


def network_type(alert: Alert) -> str | None:
    """`ipv4` or `ipv6`; None where the address is none."""
    try:
        return f"ipv{ip_address(alert.event.src_ip).version}"
    except ValueError:
        return None


def url_part(alert: Alert, part: int) -> str | None:
    """Path (0) or query (1) of the request's target."""
    if alert.request is None:
        return None
    return alert.request[1].partition("?")[part * 2] or None


def version_number(alert: Alert) -> str | None:
    """`1.1` of `HTTP/1.1`."""
    return alert.request[2].removeprefix("HTTP/") or None if alert.request else None


def side(alert: Alert, *, source: bool, what: str) -> int | None:
    """Packets or bytes that an end of the event's packet has sent in this flow; None where there is no flow."""
    flow = alert.event.flow
    if flow is None or alert.event.direction == "UNK":
        return None
    client = (alert.event.direction == "C2S") is source
    count: int = getattr(flow, f"{'client' if client else 'server'}_{what}")
    return count


def known(value: Any) -> Any:
    """The value, or None where it is empty: outputs leave out what is not known."""
    return value or None

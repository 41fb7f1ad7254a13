"""Snort's alert_fast line (Snort manual, `alert_fast`): the line that `record.snort_alert` holds."""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final

from podlynx.models.engine_event import EngineEvent

_SECOND: Final = 1_000_000_000


def snort_timestamp(time: int, zone: tzinfo | None = UTC) -> str:
    """`MM/DD-HH:MM:SS.uuuuuu` of `time` (nanoseconds since the epoch), in `zone`; None is the local one, as Snort's default."""
    seconds, nanoseconds = divmod(time, _SECOND)
    return f"{_to_the_second(seconds, zone)}.{nanoseconds // 1000:06d}"


@lru_cache(maxsize=64)
def _to_the_second(seconds: int, zone: tzinfo | None) -> str:
    return f"{datetime.fromtimestamp(seconds, zone):%m/%d-%H:%M:%S}"


def endpoint(ip: str, port: int | None) -> str:
    """`ip:port`, or the address alone where there is no port."""
    return ip if port is None else f"{ip}:{port}"


def alert_fast(event: EngineEvent, zone: tzinfo | None = UTC) -> str:
    """The whole line, without its newline. Classification is left out where the rule names no class; ports where none apply."""
    classification = f"[Classification: {event.class_text}] " if event.class_text else ""
    return (
        f'{snort_timestamp(event.time, zone)} [**] [{event.rule}] "{event.msg}" [**] {classification}'
        f"[Priority: {event.priority}] {{{event.protocol}}} "
        f"{endpoint(event.src_ip, event.src_port)} -> {endpoint(event.dst_ip, event.dst_port)}"
    )

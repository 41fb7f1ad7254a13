"""Numbered events: the same number is the same event, whoever makes it, however often."""

import msgspec
from tests.engine_events import START, WHOLE

from podlynx.models.engine_event import SensorEvent

NODE = "node-1"


def event(number: int) -> SensorEvent:
    """One of three severities, its number in time and packet number."""
    fields = {name: getattr(WHOLE, name) for name in WHOLE.__struct_fields__}
    fields |= {"time": START + number, "packet_number": number, "priority": 1 + number % 3, "sid": 1 + number % 5}
    return SensorEvent(**fields, host=NODE, origin="dpi.default/web")


def line(number: int) -> bytes:
    """As a sensor spools it."""
    return msgspec.json.encode(event(number))

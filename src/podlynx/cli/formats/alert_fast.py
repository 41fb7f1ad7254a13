"""`alert-fast`: Snort's one-line text (Snort 3 manual, alert_fast)."""

from datetime import tzinfo

from podlynx.models.alert_fast import alert_fast
from podlynx.models.engine_event import EngineEvent


class AlertFast:
    """Prefixes the capture's name where several are read, as grep does."""

    def __init__(self, zone: tzinfo | None) -> None:
        self.zone = zone

    def line(self, event: EngineEvent, file: str | None) -> bytes:
        """One line."""
        text = alert_fast(event, self.zone)
        return f"{file}: {text}\n".encode() if file else f"{text}\n".encode()

    def end(self) -> bytes:
        """Nothing."""
        return b""

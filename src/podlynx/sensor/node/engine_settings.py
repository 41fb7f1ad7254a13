"""The node's settings (docs/settings.md): a file that a ConfigMap brings, followed while the sensor runs."""

from pathlib import Path

import structlog

from podlynx.models.settings import Settings
from podlynx.settings.effective import in_mode
from podlynx.settings.errors import SettingsError
from podlynx.settings.reading import read_settings

log = structlog.get_logger(__name__)


class EngineSettings:
    """What the inspector is told. No file is no settings; wrong ones leave those before. Blocks for the disk."""

    def __init__(self, path: Path | None = None) -> None:
        self.error = ""
        self.json = _for_engine(Settings())
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self.look()

    def look(self) -> bool:
        """Read the file where it changed; answers whether there is something new to tell: settings, or an `error`."""
        if self._path is None or (stamp := _stamp(self._path)) == self._stamp:
            return False
        self._stamp, before = stamp, (self.json, self.error)
        try:
            self.json, self.error = _for_engine(read_settings(self._path) if self._path.exists() else Settings()), ""
        except SettingsError as error:
            self.error = f"settings cannot be used, those before stay: {error}; {error.mend}"[:1000]
            log.error("settings cannot be used, those before stay", error=str(error), mend=error.mend)
        return (self.json, self.error) != before


def _for_engine(settings: Settings) -> bytes:
    """Live capture is complete, whatever the file says for replays."""
    return in_mode(settings, "complete").json()


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0)
    return (status.st_mtime_ns, status.st_size, status.st_ino)

"""A file of settings that is read again when it changes."""

from pathlib import Path

from podlynx.models.settings import Settings
from podlynx.settings.reading import read_settings


class SettingsFile:
    """Settings on disk. A mounted ConfigMap is swapped whole by Kubernetes, so what is read is never half written."""

    def __init__(self, path: Path) -> None:
        """Raises SettingsError where it cannot be used."""
        self.path = path
        self.settings = read_settings(path)
        self._stamp = self._look()

    def changed(self) -> Settings | None:
        """The settings, where the file has changed since they were last asked for. Raises SettingsError, once for each change."""
        if (stamp := self._look()) == self._stamp:
            return None
        self._stamp = stamp
        fresh = read_settings(self.path)
        if fresh == self.settings:
            return None
        self.settings = fresh
        return fresh

    def _look(self) -> tuple[int, int, int]:
        try:
            status = self.path.stat()
        except OSError:
            return (0, 0, 0)
        return (status.st_mtime_ns, status.st_size, status.st_ino)

"""`podlynx inspect --pcap-out`: a capture file for each alert."""

from pathlib import Path
from typing import Final

from podlynx.cli.exits import CommandError, Exit
from podlynx.models.engine_event import Aftermath, EngineEvent
from podlynx.outputs.pcapng import pcapng
from podlynx.redaction.event import redacted
from podlynx.redaction.remembered import Remembered

FILE_CAP: Final = 10_000
"""Files of one run; a capture may raise millions of alerts."""


class PcapOut:
    """Writes a file when an alert is raised, and again with what came after it."""

    def __init__(self, folder: Path, *, show_secrets: bool) -> None:
        """Raises CommandError where the folder cannot be made."""
        self.beyond_cap = 0
        self._folder, self._show_secrets = folder, show_secrets
        self._files = 0
        self._capture = ""
        self._remembered: Remembered[tuple[Path, EngineEvent]] = Remembered()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._failed(folder, error) from error

    def begin(self, capture: str) -> None:
        """The alerts of another capture follow."""
        self._capture = Path(capture).name.split(".")[0] or "capture"
        self._remembered.clear()

    def alert(self, event: EngineEvent) -> None:
        """Write its packets, those before it among them."""
        if self._files >= FILE_CAP:
            self.beyond_cap += 1
            return
        self._files += 1
        shown = event if self._show_secrets else redacted(event)
        path = self._folder / f"{self._files:05d}-{self._capture}-{event.gid}-{event.sid}-packet-{event.packet_number}.pcapng"
        self._write(path, shown)
        self._remembered.add(event, (path, shown))

    def aftermath(self, aftermath: Aftermath) -> None:
        """Write the file again, with what came after."""
        if (found := self._remembered.take(aftermath, show_secrets=self._show_secrets)) is not None:
            (path, event), after = found
            self._write(path, event.followed_by(after))

    def _write(self, path: Path, event: EngineEvent) -> None:
        try:
            path.write_bytes(pcapng(event, path.stem))
        except OSError as error:
            raise self._failed(path, error) from error

    def _failed(self, path: Path, error: OSError) -> CommandError:
        said = f"cannot write {path}: {(error.strerror or str(error)).lower()}"
        return CommandError(Exit.UNREADABLE, said, "choose another folder with --pcap-out")

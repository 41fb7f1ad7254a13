"""Heartbeats and uploaded rules, told to the other managers and heard from them."""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec
import structlog

from podlynx.manager.errors import ApiError
from podlynx.manager.rule_library import RuleLibrary
from podlynx.manager.sensors import SILENT_SECONDS, Sensors
from podlynx.models.sensor_report import SensorReport
from podlynx.rules.errors import RuleSourceError
from podlynx.store.search.board import Board, Notice

_LOG = structlog.get_logger("podlynx.manager")
SENSOR: Final = "sensor"
RULES: Final = "rules"
_UPLOADED: Final = "uploaded"


class Telling:
    """The heartbeats and rules of one manager, and those of the others. `now` is in epoch seconds."""

    def __init__(self, board: Board, sensors: Sensors, rules: RuleLibrary | None, now: Callable[[], float]) -> None:
        self._board = board
        self._sensors = sensors
        self._rules = rules
        self._now = now
        self._untold: dict[str, SensorReport] = {}
        self._known_rules = ""
        self.unreadable = 0

    def heard(self, report: SensorReport) -> None:
        """A heartbeat that came to this manager; told with the next round, the last of a node only."""
        self._untold[report.node] = report

    async def uploaded(self, archive: bytes) -> None:
        """Rules that a person uploaded here; nothing: that they were forgotten. Raises StoreError."""
        self._known_rules = _digest(archive)
        await self._board.post([Notice(RULES, _UPLOADED, archive, int(self._now()))])

    async def exchange(self) -> None:
        """Tells what was heard here, hears what others tell. Raises StoreError; then it is told the next time."""
        untold, self._untold = self._untold, {}
        notices = [Notice(SENSOR, node, msgspec.json.encode(report), int(self._now())) for node, report in untold.items()]
        try:
            if notices:
                await self._board.post(notices)
        except BaseException:
            self._untold = {**untold, **self._untold}
            raise
        for notice in await self._board.news():
            await self._hear(notice)

    async def _hear(self, notice: Notice) -> None:
        if notice.kind == RULES:
            await self._use_rules(notice.content)
        elif notice.kind == SENSOR and not notice.mine and self._now() - notice.written < SILENT_SECONDS:
            try:
                self._sensors.heard(msgspec.json.decode(notice.content, type=SensorReport))
            except (msgspec.DecodeError, ApiError):  # of a newer manager, or one node too many
                self.unreadable += 1

    async def _use_rules(self, archive: bytes) -> None:
        if self._rules is None or _digest(archive) == self._known_rules:
            return
        self._known_rules = _digest(archive)
        try:
            await (self._rules.upload(archive) if archive else self._rules.forget_upload())
        except RuleSourceError as error:
            _LOG.warning("rules that another manager took cannot be used here", why=str(error))
        else:
            _LOG.info("rules taken over from another manager", version=self._rules.state.version)


def _digest(archive: bytes) -> str:
    return sha256(archive).hexdigest() if archive else ""

"""Heartbeats, uploaded rules and sessions that ended, told to the other managers and heard from them."""

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
SESSION: Final = "session"
SESSION_NOTICES: Final = 65_536
"""Sessions that ended and can be read by a manager that starts later; those that run hear of every one."""
MAX_UNTOLD: Final = 16_384
"""Sessions that ended here while the store was not to be had; the oldest is forgotten first."""
_UPLOADED: Final = "uploaded"


class Ended(msgspec.Struct, frozen=True):
    """A session that somebody ended: its id, and when it would have ended by itself, in epoch seconds."""

    session: bytes
    ends: float


class Telling:
    """What one manager tells the others, and hears of them. `now` is in epoch seconds; `end` ends a session here."""

    def __init__(
        self,
        board: Board,
        sensors: Sensors,
        rules: RuleLibrary | None,
        now: Callable[[], float],
        end: Callable[[Ended], None] = lambda _: None,
    ) -> None:
        self._board = board
        self._sensors = sensors
        self._rules = rules
        self._now = now
        self._end = end
        self._untold: dict[str, SensorReport] = {}
        self._untold_ends: dict[bytes, Ended] = {}
        self._known_rules = ""
        self.unreadable = 0

    def heard(self, report: SensorReport) -> None:
        """A heartbeat that came to this manager; told with the next round, the last of a node only."""
        self._untold[report.node] = report

    def ended(self, session: Ended) -> None:
        """A person logged out of this manager; told with the next round."""
        self._untold_ends[session.session] = session
        if len(self._untold_ends) > MAX_UNTOLD:
            del self._untold_ends[next(iter(self._untold_ends))]

    async def uploaded(self, archive: bytes) -> None:
        """Rules that a person uploaded here; nothing: that they were forgotten. Raises StoreError."""
        self._known_rules = _digest(archive)
        await self._board.post([Notice(RULES, _UPLOADED, archive, int(self._now()))])

    async def exchange(self) -> None:
        """Tells what was heard here, hears what others tell. Raises StoreError; then it is told the next time."""
        untold, self._untold = self._untold, {}
        ends, self._untold_ends = self._untold_ends, {}
        now = int(self._now())
        notices = [Notice(SENSOR, node, msgspec.json.encode(report), now) for node, report in untold.items()]
        notices += [Notice(SESSION, _place(each), msgspec.json.encode(each), now) for each in ends.values() if each.ends > now]
        try:
            if notices:
                await self._board.post(notices)
        except BaseException:
            self._untold, self._untold_ends = {**untold, **self._untold}, {**ends, **self._untold_ends}
            raise
        for notice in await self._board.news():
            await self._hear(notice)

    async def _hear(self, notice: Notice) -> None:
        if notice.kind == RULES:
            await self._use_rules(notice.content)
        elif notice.kind == SESSION and not notice.mine:
            self._hear_end(notice.content)
        elif notice.kind == SENSOR and not notice.mine and self._now() - notice.written < SILENT_SECONDS:
            try:
                self._sensors.heard(msgspec.json.decode(notice.content, type=SensorReport))
            except (msgspec.DecodeError, ApiError):  # of a newer manager, or one node too many
                self.unreadable += 1

    def _hear_end(self, content: bytes) -> None:
        try:
            self._end(msgspec.json.decode(content, type=Ended))
        except msgspec.DecodeError:
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


def _place(ended: Ended) -> str:
    """The notice of a session: of so many at most, so that logging in and out again does not fill the engine."""
    return str(int.from_bytes(sha256(ended.session).digest()[:8]) % SESSION_NOTICES)


def _digest(archive: bytes) -> str:
    return sha256(archive).hexdigest() if archive else ""

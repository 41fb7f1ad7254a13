"""The node's rules: one's own, else the last good ones, else those that come with Podlynx; then the manager's."""

import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import structlog

from podlynx.models.rule_bundle import RuleBundle
from podlynx.models.sensor_report import RulesReport
from podlynx.rules.errors import RuleSourceError
from podlynx.rules.patterns import patterns_file, read_patterns
from podlynx.rules.sources import FILE_CAP, RuleSource, find_rules
from podlynx.sensor.confined.messages import Loaded, Patterns, Rules
from podlynx.sensor.node.bundle import unpack
from podlynx.sensor.node.engine_settings import EngineSettings

KEPT: Final = "last-good.json.gz"
OFFER_CAP: Final = 4
"""Rule sets on their way into the inspector."""
REFUSED_SECONDS: Final = 600.0
"""A set that could not be used is not asked for again for so long; meanwhile the report says why."""
MEND: Final = "let the image of the snort-rules init container bring readable *.rules files"
PATTERNS_CAP: Final = 128 << 20
"""Bytes of kept pattern databases that are read."""
OWN, BUNDLED = "own", "bundled"
"""What begins the version of rules that are not the manager's."""

log = structlog.get_logger(__name__)


class Candidate(msgspec.Struct, frozen=True):
    """Rules on their way into the inspector. `version` names them there; `packed` is the bundle, where it is the manager's."""

    version: str
    source: RuleSource
    packed: bytes = b""


class _Refusal(msgspec.Struct, frozen=True):
    """The set that could not be used, why, and until when it is not tried again (monotonic seconds)."""

    version: str = ""
    error: str = ""
    until: float = 0.0


class NodeRules:
    """Decides which rules the inspector gets, and knows what became of them. Blocks for the disk."""

    def __init__(self, folder: Path, own: Path | None = None, settings: Path | None = None) -> None:
        """`folder`: where the last good set is kept; `own`: a folder of rules to use instead of any other; `settings`: a file."""
        self._folder, self._own = folder, own
        self._settings = EngineSettings(settings)
        self._offered: dict[str, Candidate] = {}
        self._refusal = _Refusal()
        self._current = Candidate("", RuleSource("", "", (), ()))
        self.report = RulesReport()
        self.taken_up = 0.0
        """Epoch seconds at which the rules in use were; 0: none are."""

    def first(self) -> Rules | None:
        """The rules to start with; None where one's own cannot be read (`report.error` says why)."""
        if self._own is not None:
            return self.own_again()
        kept = self._read_kept()
        if kept is not None:
            return self._offer(kept)
        return self._bundled()

    def own_again(self) -> Rules | None:
        """One's own rules as they are on disk now."""
        try:
            source = find_rules([self._own] if self._own is not None else [])
        except RuleSourceError as error:
            self.report = msgspec.structs.replace(self.report, error=f"{error}; {MEND}"[:1000])
            log.error("rules cannot be read", error=str(error), mend=MEND)
            return None
        return self._offer(Candidate(f"{OWN} {patterns_file(source).stem[-16:]}", source))

    def own_stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Differs when a file of one's own rules changed; always the same where there are none."""
        if self._own is None:
            return ()
        with suppress(OSError):
            return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(self._own.glob("*.rules")))
        return ()

    def with_other_settings(self) -> Rules | None:
        """The rules in use once more, where the settings changed; None: nothing is to be done, or `report.error` says why not."""
        if not self._settings.look():
            return None
        if self._settings.error:
            self.report = msgspec.structs.replace(self.report, error=self._settings.error)
            return None
        return self._offer(self._current) if self._current.version else None

    def wants(self, version: str) -> bool:
        """Whether the manager's set of that version should be fetched."""
        if self._own is not None or not version or version in self._offered:
            return False
        return version != self._current.version and not (version == self._refusal.version and self._refuses())

    def fetched(self, packed: bytes, version: str) -> Rules:
        """What the manager served. Raises RuleSourceError where it is not what was asked for."""
        bundle = unpack(packed, version)
        return self._offer(Candidate(bundle.version, _source(bundle), packed))

    def not_fetched(self, version: str, reason: str) -> None:
        """The manager's set could not be had; the present one stays."""
        self.report = msgspec.structs.replace(self.report, error=f"rules {version} could not be fetched: {reason}"[:1000])

    def loaded(self, said: Loaded) -> Rules | None:
        """What became of an offer; answers the rules to start the next inspector with, where those of now cannot be used."""
        candidate = offer = self._offered.pop(said.version, None)
        if candidate is None and said.version == self._current.version:
            candidate = self._current
        if candidate is None:  # said of rules that nobody offered: not believed
            return None
        if said.error:
            return self._take_back(candidate, said)
        self._current, self.taken_up = candidate, time.time()
        if offer is not None and offer.version != BUNDLED:  # the next choice after what was refused, or that at last
            self._refusal = _Refusal()
        self._report_use(said)
        return None

    def keep(self) -> None:
        """Keep the set in use for the next start, where it is the manager's."""
        if self._current.packed:
            self._write(KEPT, self._current.packed)

    def keep_patterns(self, patterns: Patterns) -> None:
        """Databases for the next start."""
        if patterns.version == self._current.version:
            self._write(patterns_file(self._current.source).name, patterns.data)
            self._forget_patterns()

    def _report_use(self, said: Loaded) -> None:
        current = self._current
        version = "" if current.version.startswith((OWN, BUNDLED)) else current.version
        label, error = current.source.label[:255], self._refusal.error if self._refuses() else self._settings.error
        self.report = RulesReport(version=version, source=label, loaded=said.loaded, refused=said.refused, error=error)
        log.info("rules in use", source=label, loaded=said.loaded, refused=said.refused, seconds=round(said.seconds, 2))

    def _refuses(self) -> bool:
        return time.monotonic() < self._refusal.until

    def _take_back(self, candidate: Candidate, said: Loaded) -> Rules | None:
        log.error("rules cannot be used", source=candidate.source.label, error=said.error)
        error = f"{candidate.source.label}: {said.error}"[:1000]
        self._refusal = _Refusal(candidate.version, error, time.monotonic() + REFUSED_SECONDS)
        self.report = msgspec.structs.replace(self.report, error=error)
        running = self._current.version not in ("", candidate.version)
        if running or candidate.version.startswith((OWN, BUNDLED)):
            return None
        if not said.died:  # a death may have other causes: what is kept was good once, and is tried again at the next start
            with suppress(OSError):
                (self._folder / KEPT).unlink(missing_ok=True)
        return self._bundled()

    def _offer(self, candidate: Candidate) -> Rules:
        while len(self._offered) >= OFFER_CAP:  # an answer to the oldest will not come any more
            del self._offered[next(iter(self._offered))]
        self._offered[candidate.version] = candidate
        patterns = self._read_patterns(candidate.source)
        return Rules(candidate.version, list(candidate.source.files), patterns, self._settings.json)

    def _bundled(self) -> Rules | None:
        try:
            return self._offer(Candidate(BUNDLED, find_rules()))
        except RuleSourceError as error:
            self.report = msgspec.structs.replace(self.report, error=f"{error}; {error.mend}"[:1000])
            return None

    def _read_kept(self) -> Candidate | None:
        try:
            packed = (self._folder / KEPT).read_bytes()
            bundle = unpack(packed)
        except FileNotFoundError:
            return None
        except (OSError, RuleSourceError) as error:
            log.warning("the rules kept of the last start cannot be used", error=str(error))
            return None
        return Candidate(bundle.version, _source(bundle), packed)

    def _read_patterns(self, source: RuleSource) -> bytes | None:
        path = self._folder / patterns_file(source).name
        with suppress(OSError), path.open("rb") as file:
            about = os.fstat(file.fileno())
            # A database is run: nobody else may have put it there.
            if about.st_uid == os.geteuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return file.read(PATTERNS_CAP)
        return read_patterns(source)

    def _write(self, name: str, data: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".new-", delete=False) as file:
                file.write(data)
            Path(file.name).replace(self._folder / name)
        except OSError as error:
            log.warning("the next start will have to do without", file=name, error=str(error))

    def _forget_patterns(self) -> None:
        """One set is in use; databases of others are of no use here."""
        wanted = patterns_file(self._current.source).name
        with suppress(OSError):
            for path in [*self._folder.glob("patterns-*"), *self._folder.glob(".new-*")]:
                if path.name != wanted:
                    path.unlink(missing_ok=True)


def _source(bundle: RuleBundle) -> RuleSource:
    files = tuple((name, text.encode("utf-8", "surrogatepass")[:FILE_CAP]) for name, text in bundle.files)
    return RuleSource("manager", bundle.source, files, ())

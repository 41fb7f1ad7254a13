"""The rules that the nodes are to use: an uploaded archive, else what was fetched, else what comes with Podlynx. Served by hash.

They are kept on disk, so a manager that starts again serves the same set at once. A set is used only after the compiler took it.
"""

import asyncio
import gzip
import shutil
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec
import structlog

from podlynx.models.rule_bundle import RuleBundle, version_of
from podlynx.rules import sources
from podlynx.rules.catalogue import RuleReport, compile_sources
from podlynx.rules.errors import RuleSourceError
from podlynx.rules.fetch import Provenance, fetch, install, writing
from podlynx.rules.sources import RuleSource, find_rules

_LOG = structlog.get_logger("podlynx.manager")
MAX_FAULTS: Final = 20
"""Refused rules that the state shows."""
Kind = Literal["uploaded", "fetched", "bundled"]


class RuleFault(msgspec.Struct, frozen=True):
    """A rule that the compiler refused."""

    file: str
    line: int
    message: str


class RulesState(msgspec.Struct, frozen=True, kw_only=True):
    """The rule set that the manager serves. `version` is empty where it has none; `error`: what went wrong last, and the mend."""

    version: str = ""
    kind: Kind = "bundled"
    source: str = ""
    fetched: Annotated[str, msgspec.Meta(description="ISO 8601; empty for what comes with Podlynx")] = ""
    loaded: int = 0
    refused: int = 0
    faults: list[RuleFault] = []
    error: str = ""


class RuleLibrary:
    """One for a manager. `folder` is where rules are kept; what is compiled is compiled in a thread, one set at a time."""

    def __init__(self, folder: Path) -> None:
        self._uploaded = folder / "uploaded"
        self._fetched = folder / "community"
        self._turn = asyncio.Lock()
        self._bundle = b""
        self.state = RulesState()

    async def load(self) -> None:
        """Takes up the best set that there is. What cannot be used is passed over, and said."""
        async with self._turn:
            await asyncio.to_thread(self._load)

    async def upload(self, archive: bytes) -> RulesState:
        """Uses the rules of this archive (.tar.gz, .tar) or file from now on. RuleSourceError leaves all as it was."""
        async with self._turn:
            await asyncio.to_thread(install, archive, "uploaded", self._uploaded)
            await asyncio.to_thread(self._load)
        return self.state

    async def forget_upload(self) -> RulesState:
        """Goes back to what was fetched, else to what comes with Podlynx. Raises RuleSourceError; then all is as it was."""
        async with self._turn:
            await asyncio.to_thread(self._forget)
            await asyncio.to_thread(self._load)
        return self.state

    async def fetch(self, url: str, sha256: str) -> None:
        """Fetches the community rules. Raises RuleSourceError; then nothing changed but `state.error`."""
        try:
            async with self._turn:
                fetched = await asyncio.to_thread(fetch, url=url, sha256=sha256 or None)
                await asyncio.to_thread(self._load)
        except RuleSourceError as error:
            self.state = msgspec.structs.replace(self.state, error=f"{error}; {error.mend}"[:1024])
            raise
        _LOG.info("rules fetched", loaded=fetched.report.loaded, refused=fetched.report.refused, version=self.state.version)

    def bundle(self, version: str) -> bytes | None:
        """The compressed bundle of that version, if it is the one in use."""
        return self._bundle if version and version == self.state.version else None

    def age_of_fetched(self, now: float) -> float | None:
        """Seconds since the community rules were fetched; None where they never were."""
        try:
            return now - (self._fetched / "source.json").stat().st_mtime
        except OSError:
            return None

    def _forget(self) -> None:
        folder = self._uploaded.resolve()
        with writing(self._uploaded.parent):
            self._uploaded.unlink(missing_ok=True)
        if folder.parent == self._uploaded.parent.resolve() and folder.name.startswith(f"{self._uploaded.name}-"):
            shutil.rmtree(folder, ignore_errors=True)

    def _load(self) -> None:
        errors: list[str] = []
        for kind, named in (("uploaded", [self._uploaded]), ("fetched", [self._fetched]), ("bundled", _bundled())):
            if not any(path.is_file() or any(path.glob("*.rules")) for path in named):
                continue
            try:
                self._use(kind, find_rules(named), errors)
            except (RuleSourceError, OSError) as error:
                errors.append(f"{kind}: {error}")
            else:
                return
        self.state = RulesState(error="; ".join(errors)[:1024])

    def _use(self, kind: str, source: RuleSource, errors: list[str]) -> None:
        report = compile_sources(source).report
        if report.loaded == 0:
            raise RuleSourceError(f"no rule of {source.label} can be used", "upload another archive")
        files = [(name, text.decode("utf-8", "replace")) for name, text in _named(source)]
        version, provenance = version_of(files), _provenance(source)
        label = _label(kind, provenance)
        bundle = RuleBundle(version, label, files)
        self._bundle = gzip.compress(msgspec.json.encode(bundle), mtime=0)
        self.state = RulesState(
            version=version,
            kind=msgspec.convert(kind, Kind),
            source=label,
            fetched=provenance.fetched if provenance else "",
            loaded=report.loaded,
            refused=report.refused,
            faults=_faults(report),
            error="; ".join(errors)[:1024],
        )


def _bundled() -> list[Path]:
    """What comes with Podlynx: in a checkout the community rules beside it, else the starter rules."""
    beside = sources.CHECKOUT_RULES
    return [beside] if any(beside.glob("*.rules")) else [sources.STARTER]


def _named(source: RuleSource) -> list[tuple[str, bytes]]:
    """The files by base name; one that comes twice gets a number."""
    named: dict[str, bytes] = {}
    for number, (path, text) in enumerate(source.files):
        name = Path(path).name
        named[name if name not in named else f"{number}-{name}"] = text
    return list(named.items())


def _provenance(source: RuleSource) -> Provenance | None:
    try:
        return msgspec.json.decode((source.paths[0].parent / "source.json").read_bytes(), type=Provenance)
    except (OSError, IndexError, msgspec.DecodeError):
        return None


def _label(kind: str, provenance: Provenance | None) -> str:
    """What people are told. Of a mirror its host: its address may hold a password."""
    if kind == "uploaded":
        return "uploaded rules"
    if kind == "fetched" and provenance is not None:
        return f"community rules from {urlsplit(provenance.origin).hostname or 'an archive'}"[:255]
    return "rules that come with Podlynx"


def _faults(report: RuleReport) -> list[RuleFault]:
    fatal = [each for each in report.diagnostics if each.fatal]
    return [RuleFault(Path(each.file).name, each.line, each.message[:300]) for each in fatal[:MAX_FAULTS]]

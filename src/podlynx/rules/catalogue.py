"""What the compiler says of a rule set: figures, diagnostics, one entry a rule (shapes: `podlynx._engine.RuleSet`)."""

from dataclasses import dataclass
from functools import cached_property

import msgspec

from podlynx import _engine
from podlynx.models import selftest
from podlynx.models.settings import Settings
from podlynx.rules.patterns import keep_patterns, read_patterns
from podlynx.rules.sources import RuleSource


class Diagnostic(msgspec.Struct, frozen=True):
    """A fault in a rule file. `rendered` shows it with the offending text marked."""

    code: str
    message: str
    fatal: bool
    hint: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    excerpt: str = ""
    rendered: str = ""


class RuleReport(msgspec.Struct, frozen=True):
    """Figures of a compiled rule set. `not_supported`: option to the number of rules refused for it."""

    loaded: int
    refused: int
    diagnostics: list[Diagnostic] = []
    not_supported: dict[str, int] = {}
    contexts: int = 0
    compile_seconds: float = 0.0
    content_hash: str = ""


class FastPattern(msgspec.Struct, frozen=True):
    """The literal that the prefilter searches for a rule."""

    buffer: str
    text: str


class RuleEntry(msgspec.Struct, frozen=True):
    """One loaded rule."""

    gid: int
    sid: int
    rev: int
    msg: str
    text: str
    action: str = "alert"
    classtype: str | None = None
    class_text: str | None = None
    priority: int = 3
    protocol: str = ""
    services: list[str] = []
    references: list[str] = []
    metadata: list[str] = []
    file: str = ""
    line: int = 0
    fast_pattern: FastPattern | None = None

    @property
    def id(self) -> str:
        """`gid:sid:rev`."""
        return f"{self.gid}:{self.sid}:{self.rev}"


@dataclass(frozen=True)
class Compiled:
    """A compiled rule set beside the source it was made of."""

    source: RuleSource
    ruleset: _engine.RuleSet
    beside: int = 0
    """Rules of our own that are compiled with the source's and not counted."""

    @cached_property
    def report(self) -> RuleReport:
        """Figures and diagnostics."""
        report = msgspec.json.decode(self.ruleset.report(), type=RuleReport)
        return msgspec.structs.replace(report, loaded=max(report.loaded - self.beside, 0))

    @cached_property
    def rules(self) -> list[RuleEntry]:
        """Every loaded rule."""
        return msgspec.json.decode(self.ruleset.rules(), type=list[RuleEntry])

    def keep(self) -> None:
        """Keeps what was compiled while the rules were used, so that the next start is faster."""
        keep_patterns(self.source, self.ruleset)


def compile_sources(
    source: RuleSource, *, live: bool = False, settings: Settings | None = None, after: _engine.RuleSet | None = None
) -> Compiled:
    """Compiles every file of the source into one set. Rules that cannot be used are in `report`, the others load.

    `live`: with the rule of the self-test (`models.selftest`) beside them. `settings`: variables, classes and references.
    `after`: the rules in use, whose place these take.
    """
    files = [*source.files, selftest.RULES] if live else list(source.files)
    given = settings.json() if settings else None
    ruleset = _engine.compile_rules(files, settings=given, cache=read_patterns(source), after=after)
    return Compiled(source, ruleset, selftest.RULE_COUNT if live else 0)

"""The rules of a command: found, compiled, and what was refused told once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.options import value
from podlynx.cli.terminal import complain, count
from podlynx.models.settings import Settings
from podlynx.rules.catalogue import Compiled, compile_sources
from podlynx.rules.errors import RuleSourceError
from podlynx.rules.sources import RuleSource, find_rules

RulesOption = Annotated[
    tuple[Path, ...],
    value("Rule file, or a folder of *.rules; may be repeated. Default: fetched, else community, else starter rules."),
]


def find_source(named: Sequence[Path]) -> RuleSource:
    """The rules to use. Raises CommandError."""
    try:
        return find_rules(named)
    except RuleSourceError as error:
        raise CommandError(Exit.UNREADABLE, str(error), error.mend) from error


def load_rules(named: Sequence[Path], *, live: bool = False, settings: Settings | None = None) -> Compiled:
    """Compiled rules, for `live` capture or not, with the variables of `settings`.

    Some refused is a warning, none usable a CommandError.
    """
    compiled = compile_sources(find_source(named), live=live, settings=settings)
    report = compiled.report
    if report.loaded == 0:
        first = next((each.rendered or each.message for each in report.diagnostics if each.fatal), "")
        mend = "podlynx rules check FILE shows every fault" if first else "the file holds no rule; name one that does"
        raise CommandError(Exit.UNREADABLE, f"no rule of {compiled.source.label} can be used\n{first}".rstrip(), mend)
    if report.refused:
        complain(
            f"{count(report.refused, 'rule')} of {compiled.source.label} cannot be used",
            "podlynx rules check shows why",
            word="warning",
        )
    return compiled

"""`podlynx rules …`: check, list, show, explain, fetch."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.explanation import explanation
from podlynx.cli.options import flag, value
from podlynx.cli.rule_ids import chosen_rules
from podlynx.cli.rulesets import RulesOption, find_source, load_rules
from podlynx.cli.settings import ConfigOption, load_settings
from podlynx.cli.terminal import DIM, amount, complain, count, progress_bar, say, styled
from podlynx.rules.catalogue import Compiled, RuleEntry, compile_sources
from podlynx.rules.changes import RuleChanges
from podlynx.rules.errors import DownloadError, RuleSourceError
from podlynx.rules.fetch import COMMUNITY_URL, fetch

SHOWN = 20
"""Diagnostics, and changed rules of each kind, that are printed without --all."""

All = Annotated[
    bool,
    value(f"Print everything, not only the first {SHOWN}.", "--all"),
]
Json = Annotated[bool, flag("Print JSON.")]


def check_rules(
    *files: Annotated[Path, Parameter(help="Rule files or folders. Default: the rules that would be used.")],
    rules: RulesOption = (),
    config: ConfigOption = None,
    everything: All = False,
    json: Json = False,
) -> int:
    """Load the rules and say which could not be used, and why. Exit code 1 where any was refused."""
    compiled = compile_sources(find_source((*files, *rules)), settings=load_settings(config))
    if json:
        print(msgspec.json.encode({"source": compiled.source.label, **msgspec.to_builtins(compiled.report)}).decode())
    else:
        _print_check(compiled, everything=everything)
    # A checked set is going to be used: its first use then need not compile what most flows need.
    compiled.ruleset.warm()
    compiled.keep()
    return Exit.PROBLEM if compiled.report.refused or not compiled.report.loaded else Exit.OK


def _print_check(compiled: Compiled, *, everything: bool) -> None:
    report = compiled.report
    shown = report.diagnostics if everything else report.diagnostics[:SHOWN]
    for each in shown:
        say((each.rendered or f"{each.file}:{each.line}:{each.column}: {each.message}\n  {each.hint}").rstrip() + "\n")
    if hidden := len(report.diagnostics) - len(shown):
        say(styled(f"… and {count(hidden, 'more diagnostic')}; --all prints them\n", DIM))
    verdict = f"{count(report.loaded, 'rule')} loaded, {report.refused:,} refused ({report.compile_seconds:.1f} s)"
    print(f"{compiled.source.label}: {verdict}")
    for option, number in sorted(report.not_supported.items(), key=lambda item: -item[1]):
        print(f"  refused, not supported: {option}, {count(number, 'rule')}")


def list_rules(
    *,
    match: Annotated[
        str,
        value("Only rules whose message, text or id has this in it (case does not matter)."),
    ] = "",
    rules: RulesOption = (),
    json: Json = False,
) -> int:
    """List the rules, one a line: id, priority, message."""
    chosen = [rule for rule in load_rules(rules).rules if _matches(rule, match.lower())]
    for rule in chosen:
        print(msgspec.json.encode(rule).decode() if json else f"{rule.id:<14} {rule.priority}  {rule.msg}")
    say(count(len(chosen), "rule"))
    return Exit.OK


def _matches(rule: RuleEntry, wanted: str) -> bool:
    return not wanted or wanted in rule.id or wanted in rule.text.lower()


def show_rules(
    *sids: Annotated[str, Parameter(help="Rule ids: 57461, or 1:57461.")],
    rules: RulesOption = (),
    json: Json = False,
) -> int:
    """Print rules as they are written, with where they stand."""
    for rule in chosen_rules(load_rules(rules), sids):
        if json:
            print(msgspec.json.encode(rule).decode())
            continue
        say(styled(f"# {rule.id}  {rule.file}:{rule.line}", DIM))
        print(rule.text)
    return Exit.OK


def explain_rules(
    *sids: Annotated[str, Parameter(help="Rule ids: 57461, or 1:57461.")],
    rules: RulesOption = (),
    json: Json = False,
) -> int:
    """Say in plain words what rules look for, option by option."""
    compiled = load_rules(rules)
    for rule in chosen_rules(compiled, sids):
        said = compiled.ruleset.explain(rule.gid, rule.sid)
        print(said.decode() if json else explanation(rule, said))
    return Exit.OK


def fetch_rules(
    *,
    archive: Annotated[Path | None, value("Take this archive (.tar.gz) instead of downloading.")] = None,
    url: Annotated[str, Parameter(help="Where to download from.")] = COMMUNITY_URL,
    sha256: Annotated[str | None, value("What the archive must hash to, in hex.")] = None,
    everything: All = False,
) -> int:
    """Fetch the community rules and use them from now on. Proxies are taken from the environment (HTTPS_PROXY)."""
    try:
        with progress_bar("fetching rules") as bar:
            got = fetch(url=url, archive=archive, sha256=sha256, progress=lambda done, total: bar(done, total, ""))
    except RuleSourceError as error:
        raise CommandError(_exit_of(error), str(error), error.mend) from error
    print(f"{count(got.report.loaded, 'rule')} in {got.folder}, from {got.provenance.origin} ({amount(got.provenance.bytes)})")
    print(f"SHA-256 {got.provenance.sha256}")
    _print_changes(got.changes, everything=everything)
    if got.report.refused:
        complain(f"{count(got.report.refused, 'rule')} cannot be used", "podlynx rules check shows why", word="warning")
    return Exit.OK


def _exit_of(error: RuleSourceError) -> Exit:
    return Exit.NETWORK if isinstance(error, DownloadError) else Exit.UNREADABLE


def _print_changes(changes: RuleChanges, *, everything: bool) -> None:
    if not changes:
        print("nothing changed")
    for word, rules in (("added", changes.added), ("removed", changes.removed), ("changed", changes.changed)):
        if not rules:
            continue
        print(f"{word}: {count(len(rules), 'rule')}")
        for rule in rules if everything else rules[:SHOWN]:
            print(f"  {rule.id}  {rule.msg}")
        if len(rules) > SHOWN and not everything:
            print(f"  … and {len(rules) - SHOWN:,} more; --all prints them")

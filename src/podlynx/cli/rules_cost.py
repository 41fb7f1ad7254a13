"""`podlynx rules cost`: what rules cost on given traffic."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from podlynx.cli.costs import costs_json, costs_text, decode_costs, summed
from podlynx.cli.exits import Exit
from podlynx.cli.options import flag
from podlynx.cli.replaying import captures_of, replayed
from podlynx.cli.rulesets import RulesOption, load_rules
from podlynx.cli.settings import ConfigOption, load_settings
from podlynx.cli.terminal import progress_bar


def cost_rules(
    *captures: Annotated[Path, Parameter(help="Captures, or folders of them.")],
    rules: RulesOption = (),
    mode: Annotated[Literal["exact", "complete"], Parameter(help="As of podlynx inspect.")] = "complete",
    config: ConfigOption = None,
    everything: Annotated[bool, Parameter(name="--all", negative="", show_default=False, help="Print every rule.")] = False,
    json: Annotated[bool, flag("Print JSON; times in nanoseconds.")] = False,
) -> int:
    """Rank rules by what they cost on given traffic, and say why."""
    settings = load_settings(config, mode)
    found, compiled, measured = captures_of(captures), load_rules(rules, settings=settings), []
    for measuring in (False, True):  # pattern databases are made while the first run asks for them: that is no rule's cost
        with progress_bar("measuring" if measuring else "warming up") as progress:
            for capture in found:
                replay = None
                for replay, _ in replayed(compiled.ruleset, capture, progress, settings=settings.json(), profile=measuring):  # noqa: B007
                    pass
                if replay and measuring:
                    measured.append(decode_costs(replay.looked_on()))
    compiled.keep()
    costs = summed(measured)
    print(costs_json(costs) if json else costs_text(costs, everything=everything))
    return Exit.OK

"""Rule sets: where they come from, how they get here, what they are made of.

`sources` decides which rules are used, `fetch` brings the community rules, `catalogue` reads what the compiler says of them.
Compiling itself is the engine's (`podlynx._engine.compile_rules`).
"""

from podlynx.rules.catalogue import Compiled, Diagnostic, FastPattern, RuleEntry, RuleReport, compile_sources
from podlynx.rules.errors import RuleSourceError
from podlynx.rules.fetch import Fetched, fetch
from podlynx.rules.sources import RuleSource, find_rules

__all__ = [
    "Compiled",
    "Diagnostic",
    "FastPattern",
    "Fetched",
    "RuleEntry",
    "RuleReport",
    "RuleSource",
    "RuleSourceError",
    "compile_sources",
    "fetch",
    "find_rules",
]

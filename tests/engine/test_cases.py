"""What the engine does, by chapters: each case is a behaviour of Snort 3, forged here, with the alerts that it must raise.

Those come from Snort's manual and from its own verdicts on conversations of the same kind, never from what this engine said.
"""

import importlib
import pkgutil

import pytest
from tests.engine import cases

from .cases.case import Case

CHAPTERS = {
    name: importlib.import_module(f"{cases.__name__}.{name}").CASES
    for name in sorted(module.name for module in pkgutil.iter_modules(cases.__path__))
    if name not in ("case", "wire", "talk", "tunnels")
}
ALL = [pytest.param(case, id=f"{chapter}: {case.name}") for chapter, chapter_cases in CHAPTERS.items() for case in chapter_cases]


@pytest.mark.parametrize("mode", ["exact", "complete"])
@pytest.mark.parametrize("case", ALL)
def test_case(case: Case, mode: str):
    assert case.found(mode) == case.expected(mode)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_prefilter_only_saves_work(chapter):
    for case in CHAPTERS[chapter]:
        assert case.found("exact", prefilter=False) == case.expected("exact"), case.name


def test_each_behaviour_has_one_name():
    names = [case.name for chapter in CHAPTERS.values() for case in chapter]
    assert len(names) == len(set(names))
    assert len(names) >= 300

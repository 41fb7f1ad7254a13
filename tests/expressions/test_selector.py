"""Selectors select by labels as Calico's do, and say where they cannot be understood."""

import pytest

from podlynx.expressions.errors import ExpressionError
from podlynx.expressions.selector import parse_selector

FRONTEND = {"app": "frontend", "tier": "web", "app.kubernetes.io/name": "shop"}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("", True),
        ("all()", True),
        ("global( )", True),
        ('app == "frontend"', True),
        ("app == 'backend'", False),
        ("app != 'backend'", True),
        ("missing != 'x'", True),
        ("missing == 'x'", False),
        ("app in {'frontend', \"edge\"}", True),
        ("app in {}", False),
        ("app not in {'frontend'}", False),
        ("missing not in {'x'}", True),
        ("has(tier)", True),
        ("!has(tier)", False),
        ("has(app.kubernetes.io/name)", True),
        ("app contains 'ront'", True),
        ("app starts with 'front'", True),
        ("app ends with 'front'", False),
        ("missing contains ''", False),
        ("app == 'x' || tier == 'web' && has(app)", True),
        ("(app == 'x' || tier == 'web') && !has(app)", False),
        ("! app == 'x' && tier == 'web'", True),
        ("!!has(app)", True),
        ("app=='frontend'&&tier=='web'", True),
    ],
)
def test_what_is_selected(selector, selected):
    assert parse_selector(selector)(FRONTEND) is selected


@pytest.mark.parametrize(
    ("selector", "offending", "said"),
    [
        ("app = 'x'", "=", "does not belong here"),
        ("app ==", "==", "a value in quotes is missing"),
        ("app == frontend", "frontend", "a value in quotes is missing"),
        ("app", "app", "an operator is missing"),
        ("(app == 'x'", "(", "never closed"),
        ("app == 'x", "'", "never closed"),
        ("app in ['a']", "[", "does not belong here"),
        ("app in {'a'", "{", "never closed"),
        ("app == 'x' tier == 'y'", "tier", "does not belong here"),
        ("app == 'x' &&", "", "ends too early"),
        ("&& app == 'x'", "&&", "cannot stand here"),
    ],
)
def test_what_cannot_be_understood_is_pointed_at(selector, offending, said):
    with pytest.raises(ExpressionError) as raised:
        parse_selector(selector)
    error = raised.value
    assert said in error.message
    assert selector[error.span.start : error.span.end] == offending
    assert "^" in error.rendered()


@pytest.mark.parametrize("hostile", ["(" * 5000, "!" * 4000, "has(" * 1000, "a in {" + "'x'," * 900, "'" * 3001])
def test_hostile_selectors_end_in_an_error(hostile):
    with pytest.raises(ExpressionError):
        parse_selector(hostile)

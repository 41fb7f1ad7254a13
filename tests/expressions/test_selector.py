"""Selectors select by labels as Calico's do, and say where they cannot be understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("app in{'frontend',}", True),
        ("app notin {'frontend'}", False),
        ("app startswith'front'", True),
        ("in-house != 'x' && in == 'x'", False),
        ("in in {'in'} || contains contains 'x' || not not in {'x'}", True),
        ("\tapp == 'frontend'\n", True),
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
        ("app in {'a' 'b'}", "'b'", "does not belong into a set"),
        ("app in {'a', b}", "b", "does not belong into a set"),
        ("app inside {'a'}", "app", "an operator is missing"),
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


# A slow, obvious model: selectors as trees, written out with every parenthesis or with none that is not needed.
KEYS, VALUES = st.sampled_from(["app", "tier", "in"]), st.sampled_from(["", "a", "ab", "b"])
MATCHES = {
    "{key} == '{value}'": lambda labels, key, value: key in labels and labels[key] == value,
    '{key} != "{value}"': lambda labels, key, value: not (key in labels and labels[key] == value),
    "{key} in {{'{value}', 'x'}}": lambda labels, key, value: key in labels and labels[key] in (value, "x"),
    "{key} not in {{'{value}'}}": lambda labels, key, value: key not in labels or labels[key] != value,
    "has({key})": lambda labels, key, value: key in labels,
    "{key} contains '{value}'": lambda labels, key, value: key in labels and value in labels[key],
    "{key} starts with '{value}'": lambda labels, key, value: key in labels and labels[key].startswith(value),
    "{key} ends with '{value}'": lambda labels, key, value: key in labels and labels[key].endswith(value),
}
LEAVES = st.tuples(st.sampled_from(sorted(MATCHES)), KEYS, VALUES)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.tuples(st.just("!"), inner), st.tuples(st.sampled_from(["&&", "||"]), inner, inner)),
    max_leaves=8,
)
STRENGTH = {"||": 1, "&&": 2, "!": 3}


def written(tree, *, generous):
    head, *inner = tree
    if head in MATCHES:
        return head.format(key=inner[0], value=inner[1])
    sides = []
    for side in inner:
        text = written(side, generous=generous)
        needed = STRENGTH.get(side[0], 4) < STRENGTH[head]
        sides.append(f"({text})" if generous or needed else text)
    return f"!{sides[0]}" if head == "!" else f"{sides[0]} {head} {sides[1]}"


def holds(tree, labels):
    head, *inner = tree
    if head in MATCHES:
        return MATCHES[head](labels, *inner)
    sides = [holds(side, labels) for side in inner]
    return {"!": lambda: not sides[0], "&&": lambda: all(sides), "||": lambda: any(sides)}[head]()


@given(TREES, st.dictionaries(KEYS, VALUES), st.booleans())
def test_a_slow_model_selects_the_same(tree, labels, generous):
    assert parse_selector(written(tree, generous=generous))(labels) is holds(tree, labels)


@given(st.text(alphabet="ab '\"=!&|(){},inhasot.", max_size=40))
def test_any_text_is_a_selector_or_an_error_that_points_into_it(source):
    error = None
    try:
        parse_selector(source)({"a": "b"})
    except ExpressionError as raised:
        error = raised
    assert error is None or 0 <= error.span.start <= len(source)

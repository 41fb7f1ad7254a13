"""The event query: what it means, and what it says of text that means nothing. Cases are data."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlynx.expressions.errors import ExpressionError
from podlynx.expressions.fields import BY_NAME, FIELDS
from podlynx.expressions.nodes import And, Equals, Not, Or, Present, Within, Words
from podlynx.expressions.query import MAX_CONDITIONS, MAX_QUERY, parse_query

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
SECOND = 10**9


def shown(node) -> str:
    """The tree in prefix form, short enough to read in a table of cases."""
    match node:
        case And(left, right):
            return f"(and {shown(left)} {shown(right)})"
        case Or(left, right):
            return f"(or {shown(left)} {shown(right)})"
        case Not(operand):
            return f"(not {shown(operand)})"
        case Equals(field, text, pattern):
            return f"{field.name}{'~' if pattern else '='}{text}"
        case Within(field, low, high):
            return f"{field.name}[{bound(low)}..{bound(high)}]"
        case Words(field, words, prefix):
            return f"{field.name if field else ''}'{' '.join(words)}{'*' if prefix else ''}'"
        case Present(field):
            return f"{field.name}!"
    raise AssertionError(node)


def bound(value) -> str:
    if isinstance(value, bytes):
        address = ip_address(value)
        return str(getattr(address, "ipv4_mapped", None) or address)
    return "" if value is None else str(value)


MEANS = [
    ("sid:57461", "sid[57461..57461]"),
    ("SID:57461", "sid[57461..57461]"),
    ("sid: 57461", "sid[57461..57461]"),
    ("log4j", "'log4j'"),
    ("log4j*", "'log4j*'"),
    ('"path traversal"', "'path traversal'"),
    ("secid_canceltoken.cgi", "'secid canceltoken cgi'"),
    ("Café", "'cafe'"),
    ("a b", "(and 'a' 'b')"),
    ("a AND b OR c", "(or (and 'a' 'b') 'c')"),
    ("a OR b AND c", "(or 'a' (and 'b' 'c'))"),
    ("a OR b c", "(or 'a' (and 'b' 'c'))"),
    ("(a OR b) c", "(and (or 'a' 'b') 'c')"),
    ("NOT a b", "(and (not 'a') 'b')"),
    ("NOT (a b)", "(not (and 'a' 'b'))"),
    ("a -b", "(and 'a' (not 'b'))"),
    ("-sid:5", "(not sid[5..5])"),
    ("NOT NOT a", "(not (not 'a'))"),
    ("a and b", "(and (and 'a' 'and') 'b')"),
    ("ANDROID", "'android'"),
    ("sid:(1 OR 2)", "(or sid[1..1] sid[2..2])"),
    ("ip:(fe80::1 OR ::1) x", "(and (or ip[fe80::1..fe80::1] ip[::1..::1]) 'x')"),
    ("severity:>=70", "severity[70..]"),
    ("severity:>70", "severity[71..]"),
    ("severity:<70", "severity[..69]"),
    ("severity:<= 70", "severity[..70]"),
    ("port:[80 TO 443]", "port[80..443]"),
    ("port:[80 TO *]", "port[80..]"),
    ("ip:10.0.0.1", "ip[10.0.0.1..10.0.0.1]"),
    ("10.0.0.1", "ip[10.0.0.1..10.0.0.1]"),
    ("10.0.0.0/8", "ip[10.0.0.0..10.255.255.255]"),
    ("src:fe80::/64", "source_ip[fe80::..fe80::ffff:ffff:ffff:ffff]"),
    ("destination.ip:10.0.*", "dest_ip~10.0.*"),
    ("ip:>10.0.0.0/8", "ip[11.0.0.0..]"),
    ("1:57461:1", "(and (and gid[1..1] sid[57461..57461]) rev[1..1])"),
    ("1:57461", "(and gid[1..1] sid[57461..57461])"),
    ("pod:frontend-*", "pod~frontend-*"),
    ('pod:"a*b"', "pod=a*b"),
    ("pod:*", "pod!"),
    ("classtype:web-application-attack", "classtype=web-application-attack"),
    ('http:"POST /x"', "http'post x'"),
    ("cve:2021-44228", "reference'2021 44228'"),
    (r'"say \"hi\""', "'say hi'"),
    ("@ip:10.0.0.0/8 node:a", "(and ip[10.0.0.0..10.255.255.255] host=a)"),
    ("dpi:sample", "(or origin=sample origin~dpi.*/sample)"),
    ("dpi:shop/sam*", "(or origin~shop/sam* origin~dpi.shop/sam*)"),
    ('origin:"dpi.shop/sample"', "origin=dpi.shop/sample"),
    ("port:{80 TO 443}", "port[81..442]"),
    ("port:[80 TO 443}", "port[80..442]"),
    ("port:({80 TO *] OR 22)", "(or port[81..] port[22..22])"),
    ("ip:{10.0.0.0/8 TO 12.0.0.0/8}", "ip[11.0.0.0..11.255.255.255]"),
    ("{jndi}", "'jndi'"),
    ("time:2026-01-31", f"time[{1769817600 * SECOND}..{1769904000 * SECOND - 1}]"),
    ("time:>=2026-01-31T10:00", f"time[{1769853600 * SECOND}..]"),
    ("time:>=2026-01-31T12:00+02:00", f"time[{1769853600 * SECOND}..]"),
    ("time:>=now-1h", f"time[{1769857200 * SECOND}..]"),
    ("time:[1700000000 TO 1700000001]", f"time[{1700000000 * SECOND}..{1700000002 * SECOND - 1}]"),
]


@pytest.mark.parametrize(("source", "tree"), MEANS, ids=[source for source, _ in MEANS])
def test_means(source, tree):
    assert shown(parse_query(source, now=NOW).root) == tree


REFUSED = [
    # source, code, the text that is blamed, a word of the hint
    ("", "incomplete", "", "follow"),
    ("sid:", "incomplete", "sid:", "sid:VALUE"),
    ("(sid:)", "incomplete", "sid:", "sid:VALUE"),
    ("a AND", "incomplete", "", "follow"),
    ("AND a", "unexpected", "AND", "before"),
    ("a OR OR b", "unexpected", "OR", "before"),
    ("(a", "unclosed", "(", ""),
    ("a)", "unexpected", ")", "parenthesis"),
    ('say "hi', "unclosed", '"', "Write"),
    ("sdi:5", "unknown_field", "sdi:", "Did you mean sid?"),
    ("sid:abc", "bad_value", "abc", "a number"),
    ("sid:99999999999999999999", "bad_value", "99999999999999999999", "a number"),
    ("ip:10.0.0", "bad_value", "10.0.0", "network"),
    ("time:yesterday", "bad_value", "yesterday", "now-15m"),
    ("pod:>5", "not_ordered", ">", "wildcard"),
    ("port:{80 TO 443", "bad_value", "{80", "[80 TO 443]"),
    ("port:[80 443]", "bad_range", "[", "TO"),
    (">5", "unexpected", ">", "field"),
    ("port:>", "unclosed", ">", ""),
    ("lo*4j", "bad_wildcard", "lo*4j", "beginning"),
    ("...", "no_words", "...", ""),
]


@pytest.mark.parametrize(("source", "code", "blamed", "hint"), REFUSED, ids=[source or "empty" for source, *_ in REFUSED])
def test_refused(source, code, blamed, hint):
    with pytest.raises(ExpressionError) as caught:
        parse_query(source, now=NOW)
    error = caught.value
    assert (error.code, source[error.span.start : error.span.end]) == (code, blamed)
    assert hint in error.hint
    assert error.message.endswith(".")


def test_the_rendered_error_points_at_the_text():
    with pytest.raises(ExpressionError) as caught:
        parse_query("severity:>=70 sdi:5")
    assert caught.value.rendered().splitlines()[:3] == [
        "There is no field 'sdi'.",
        "  severity:>=70 sdi:5",
        "                ^^^^",
    ]


@pytest.mark.parametrize(
    "source",
    ["(" * 40 + "a" + ")" * 40, "NOT " * 40 + "a", "a " * 600, "x" * (MAX_QUERY + 1), "a " * (MAX_CONDITIONS + 1)],
    ids=["parentheses", "negations", "parts", "characters", "conditions"],
)
def test_what_would_grow_has_a_cap(source):
    with pytest.raises(ExpressionError) as caught:
        parse_query(source)
    assert caught.value.code in ("too_long", "too_deep")


def test_depth_is_that_of_nesting_and_not_of_length():
    assert shown(parse_query(" OR ".join(["(a)"] * MAX_CONDITIONS)).root).count("'a'") == MAX_CONDITIONS


@given(st.text(alphabet='()[]":<>=*?-/\\. abTO01ANDORNOTsidp\n', max_size=60))
def test_any_text_is_a_query_or_a_clear_error(source):
    error = error_of(source)
    if error:
        assert 0 <= error.span.start < error.span.end <= len(source) + 1
        assert error.rendered()


def error_of(source):
    try:
        parse_query(source)
    except ExpressionError as error:
        return error
    return None


def test_the_level_tells_whether_events_have_to_be_read():
    assert parse_query("sid:1 AND NOT ip:10.0.0.1").level == "group"
    assert parse_query("sid:1 AND port:80").level == "event"
    assert parse_query("log4j").level == "event"


def test_every_name_of_a_field_is_its_own():
    assert len(BY_NAME) == sum(1 + len(field.aliases) for field in FIELDS)
    assert all(field.help for field in FIELDS)

"""Filters over event documents: what they choose, and what is said of those that cannot be read."""

import pytest

from podlynx.expressions.errors import ExpressionError
from podlynx.expressions.event_filter import parse_event_filter

EVENT = {
    "type": "deep_packet_inspection",
    "severity": 80,
    "host": "edge-3",
    "dest_namespace": "shop",
    "record.snort_signature_id": "57461",
}


@pytest.mark.parametrize(
    ("source", "chosen"),
    [
        ("", True),
        ("type = deep_packet_inspection", True),
        ("type = 'deep_packet_inspection'", True),
        ("type != global_alert", True),
        ("missing = x", False),
        ("missing != x", True),
        ("severity >= 80", True),
        ("severity > 80", False),
        ("severity < 100 AND severity > 9", True),
        ("severity <= 9", False),
        ("host IN {'node-1', 'edge-*'}", True),
        ("host NOTIN {'node-1', 'edge-?'}", False),
        ("host IN {'edge-[0-9]'}", False),
        ("record.snort_signature_id = 57461", True),
        ("NOT type = global_alert", True),
        ("type = x OR host = 'edge-3' AND severity = 80", True),
        ("(type = x OR host = 'edge-3') AND severity = 1", False),
        ("NOT (type = x OR host = 'edge-3')", False),
        (r"host = 'edge\-3'", True),
    ],
)
def test_what_is_chosen(source, chosen):
    assert parse_event_filter(source)(EVENT) is chosen


@pytest.mark.parametrize(
    ("source", "rendered"),
    [
        ("type", "Behind the field 'type' a comparison is missing.\n  type\n  ^^^^"),
        ("type =", "Behind = a value is missing.\n  type =\n       ^"),
        ("host IN x", "Behind IN a set is missing.\n  host IN x\n       ^^"),
        ("host IN {'a'", "This set is never closed.\n  host IN {'a'\n          ^"),
        ("type = 'x", "This quotation mark is never closed.\n  type = 'x\n         ^"),
        ("a = b && c = d", "'&' does not belong here.\n  a = b && c = d\n        ^"),
        ("a = b c = d", "'c' does not belong here.\n  a = b c = d\n        ^"),
        ("(a = b", "This parenthesis is never closed.\n  (a = b\n  ^"),
        ("a = b AND", "The expression ends too early.\n  a = b AND\n           ^"),
        ("x" * 4097, "A filter may have at most 4096 characters."),
        ("NOT " * 40 + "a = b", "Expressions may nest at most 32 deep."),
    ],
)
def test_what_is_said_of_what_cannot_be_read(source, rendered):
    with pytest.raises(ExpressionError) as error:
        parse_event_filter(source)
    assert error.value.rendered().startswith(rendered)

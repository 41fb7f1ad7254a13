"""A slow, obvious reading of an event query over documents in memory: what the store's SQL is checked against."""

import re
from ipaddress import ip_address

from podlynx.expressions.nodes import And, Equals, Node, Not, Or, Present, Within, Words
from podlynx.expressions.text import words
from podlynx.models.event import EventDocument


def matches(node: Node, document: EventDocument) -> bool:
    """Whether the document is one that the query asks for."""
    match node:
        case And(left, right):
            return matches(left, document) and matches(right, document)
        case Or(left, right):
            return matches(left, document) or matches(right, document)
        case Not(operand):
            return not matches(operand, document)
        case Equals(field, text, pattern):
            wanted = wildcards(text) if pattern else re.escape(text)
            return any(re.fullmatch(wanted, str(value), re.IGNORECASE) for value in values(field, document) if value is not None)
        case Within(field, low, high):
            found = [comparable(field, value) for value in values(field, document) if value is not None]
            return any((low is None or low <= value) and (high is None or value <= high) for value in found)
        case Words(field, wanted, prefix):
            columns = [searched(document)[field.name]] if field else searched(document).values()
            return any(holds(words(text), wanted, prefix) for text in columns)
        case Present(field):
            return any(value not in (None, "") for value in values(field, document))
    raise AssertionError(node)


def values(field, document):
    event = document.podlynx
    return [getattr(event, column) if column in EVENT else getattr(document, column) for column in field.columns]


EVENT = {"time", "gid", "sid", "rev", "priority", "classtype", "service"}


def comparable(field, value):
    if field.kind != "address":
        return value
    address = ip_address(value)
    return b"\0" * 10 + b"\xff\xff" + address.packed if address.version == 4 else address.packed


def wildcards(text):
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in text)


def searched(document):
    event, http = document.podlynx, document.podlynx.http
    return {
        "msg": event.msg,
        "http": f"{http.request_line} {http.host} {http.user_agent}" if http else "",
        "reference": " ".join(event.references),
        "mitre": " ".join([document.mitre_tactic, *document.mitre_ids]),
        "about": " ".join(about(document)),
        "source_names": f"{document.source_name} {document.source_namespace}",
        "dest_names": f"{document.dest_name} {document.dest_namespace}",
    }


def about(document):
    event = document.podlynx
    if not document.origin:  # not shown: then this column, which names it too, is not searched
        return
    yield from (document.host, document.origin, event.service or "", event.classtype, event.class_text, event.rule)


def holds(text, wanted, prefix):
    for start in range(len(text) - len(wanted) + 1):
        window = text[start : start + len(wanted)]
        if window[:-1] == wanted[:-1] and (window[-1] == wanted[-1] or (prefix and window[-1].startswith(wanted[-1]))):
            return True
    return False

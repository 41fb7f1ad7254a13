"""One event for the eye: who and when, the request, the rule and why it matched, with the bytes around it."""

import textwrap
from collections.abc import Iterator
from typing import Final

from podlynx.cli.events.hexdump import ROW, Marked, dump
from podlynx.cli.events.text import Screen, band, end_of, moment, printable
from podlynx.cli.terminal import BOLD, DIM
from podlynx.models.alert import AlertDetail
from podlynx.models.endpoint import EndpointDetail
from podlynx.models.engine_event import EngineEvent, Match

LINES_EACH: Final = 16
"""Lines of bytes for one buffer."""
MATCHES: Final = 32
_LABEL: Final = 13
_WIDEST: Final = 120


def report(detail: AlertDetail, screen: Screen, *, utc: bool) -> Iterator[str]:
    """The lines of a report."""
    yield from _head(detail, screen, utc=utc)
    yield ""
    yield from _ends(detail, screen)
    yield from _http(detail.podlynx, screen)
    yield from _about(detail, screen)
    yield ""
    yield from _why(detail.podlynx, screen)


def _head(detail: AlertDetail, screen: Screen, *, utc: bool) -> Iterator[str]:
    event = detail.podlynx
    yield screen.severity(detail.severity, printable(event.msg) or "(a rule without a message)")
    state = ", dismissed" if detail.dismissed else ""
    yield f"rule {event.rule}, {band(detail.severity)} ({detail.severity}), {printable(event.class_text) or 'no class'}{state}"
    yield moment(event.time, utc=utc, exact=True)
    yield screen.styled(printable(detail.id), DIM)


def _ends(detail: AlertDetail, screen: Screen) -> Iterator[str]:
    ends = (
        ("source", detail.source_ip, detail.source_port, detail.source_namespace, detail.source_name, detail.endpoints.source),
        ("destination", detail.dest_ip, detail.dest_port, detail.dest_namespace, detail.dest_name, detail.endpoints.dest),
    )
    for label, ip, port, namespace, name, known in ends:
        address = end_of(ip, port, "", "")
        pod = f"{address}   {printable(namespace)}/{printable(name)}" if name else address
        yield _line(label, f"{pod}{_known(known)}", screen)
    protocol = f"{detail.protocol}{f', {detail.podlynx.service}' if detail.podlynx.service else ''}"
    yield _line("protocol", printable(protocol), screen)
    if detail.host or detail.origin:
        yield _line("seen by", printable(f"{detail.origin or '?'} on node {detail.host or '?'}"), screen)
    if detail.endpoints.true_client:
        yield _line("true client", f"{printable(detail.endpoints.true_client)} (as a proxy said)", screen)


def _known(end: EndpointDetail) -> str:
    workload = f"{end.workload_kind} {end.workload}".strip()
    parts = (workload, end.service and f"service {end.service}", ", ".join(filter(None, (end.city, end.country, end.asn))))
    told = ", ".join(part for part in parts if part)
    return f"   ({printable(told)})" if told else ""


def _http(event: EngineEvent, screen: Screen) -> Iterator[str]:
    if event.http is None or not event.http.request_line:
        return
    yield _line("request", printable(event.http.request_line), screen)
    for label, text in (("host", event.http.host), ("user agent", event.http.user_agent)):
        if text:
            yield _line(label, printable(text), screen)


def _about(detail: AlertDetail, screen: Screen) -> Iterator[str]:
    event = detail.podlynx
    attack = " ".join(filter(None, (detail.mitre_tactic, *detail.mitre_ids)))
    told = (("references", ", ".join(event.references)), ("ATT&CK", attack))
    for label, text in told:
        if text:
            yield _line(label, printable(text), screen)
    if detail.group_count > 1:
        yield _line("alike", f"{detail.group_count:,} events of group {detail.group_id}", screen)


def _why(event: EngineEvent, screen: Screen) -> Iterator[str]:
    if event.rule_text:
        yield screen.styled("The rule", BOLD)
        width = min(screen.width, _WIDEST) - 2
        yield from textwrap.wrap(printable(event.rule_text), max(width, 40), initial_indent="  ", subsequent_indent="    ")
        yield ""
    yield screen.styled("Why it matched", BOLD)
    if not event.matches:
        yield "  by its header alone: it looks for no bytes"
    for number, match in enumerate(event.matches[:MATCHES], 1):
        yield f"  {number}. {printable(match.option)}{_place(match)}"
    if len(event.matches) > MATCHES:
        yield f"  and {len(event.matches) - MATCHES} more"
    yield from _bytes(event, screen)


def _place(match: Match) -> str:
    if match.length <= 0:
        return ""
    return f"   {match.length} byte{'' if match.length == 1 else 's'} at {match.offset} of {printable(match.buffer)}"


def _bytes(event: EngineEvent, screen: Screen) -> Iterator[str]:
    """The buffers that matched, in the order in which the rule reached them; without any, the payload."""
    names = [name for name in dict.fromkeys(match.buffer for match in event.matches) if name in event.buffers]
    for name in names:
        base = event.buffer_offsets.get(name, 0)
        yield from _view(name, event.buffers[name], base, _marks(event, name, base, len(event.buffers[name])), screen)
    if not names and event.payload:
        yield from _view("payload", event.payload, 0, [], screen)
    elif not names and not event.packet:
        yield ""
        yield screen.styled("No bytes are kept of it, or yours is not the right to see them (get alerts/packets).", DIM)


def _marks(event: EngineEvent, name: str, base: int, size: int) -> list[Marked]:
    found = (Marked(match.offset - base, match.offset - base + match.length) for match in event.matches if match.buffer == name)
    return [Marked(max(0, each.start), min(size, each.end)) for each in found if each.end > 0 and each.start < size]


def _view(name: str, data: bytes, base: int, marks: list[Marked], screen: Screen) -> Iterator[str]:
    yield ""
    yield f"  {screen.styled(printable(name), BOLD)}"
    most = LINES_EACH if len(data) > LINES_EACH * ROW else len(data)
    for line in dump(data, base, marks, screen, most):
        yield f"  {line}"


def _line(label: str, text: str, screen: Screen) -> str:
    return f"{screen.styled(label.ljust(_LABEL), DIM)}{text}"

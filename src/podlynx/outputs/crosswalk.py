"""Which field of an event is called what in which output: the one owner of the mapping, for writers and docs/outputs.md."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, NamedTuple

from podlynx.models.severity import severity_of
from podlynx.outputs import values
from podlynx.outputs.alert import Alert

Value = Callable[[Alert], Any]
"""The value, or None: the field is left out."""


class Out(NamedTuple):
    """A field of an output. `value`: where it is written otherwise than the event says it."""

    path: str
    value: Value | None = None


class Row(NamedTuple):
    """One thing known of an event, and its name everywhere; None where an output has no field for it."""

    field: str
    """Of the event, or what it is made of."""
    value: Value
    alert_json: Out | None = None
    eve: Out | None = None
    ecs: Out | None = None
    document: str = ""

    def out(self, output: str) -> tuple[str, Value] | None:
        """Path and value in that output."""
        out: Out | None = getattr(self, output)
        return (out.path, out.value or self.value) if out else None


def _row(field: str, alert_json: str | Out = "", eve: str | Out = "", ecs: str | Out = "", document: str = "") -> Row:
    """A field of the event that stands there as it is."""
    path = attrgetter(f"event.{field}") if "." not in field else _optional(field)
    return Row(field, path, _out(alert_json), _out(eve), _out(ecs), document)


def _made(
    field: str, value: Value, alert_json: str | Out = "", *, eve: str | Out = "", ecs: str | Out = "", doc: str = ""
) -> Row:
    """What is made of fields."""
    return Row(field, value, _out(alert_json), _out(eve), _out(ecs), doc)


def _out(name: str | Out) -> Out | None:
    return (Out(name) if isinstance(name, str) else name) if name else None


def _optional(field: str) -> Value:
    first, _, rest = field.partition(".")
    outer, inner = attrgetter(f"event.{first}"), attrgetter(rest)

    def value(alert: Alert) -> Any:
        found = outer(alert)
        return inner(found) if found is not None else None

    return value


def _always(value: Any) -> Value:
    return lambda _: value


def _event(read: Callable[[Any], Any]) -> Value:
    return lambda alert: read(alert.event)


def _flow(read: Callable[[Any], Any]) -> Value:
    return lambda alert: read(alert.event.flow) if alert.event.flow is not None else None


def _request(part: int) -> Value:
    return lambda alert: alert.request[part] or None if alert.request else None


def _end(name: str) -> Value:
    return lambda alert: getattr(alert.ends, name) or None


def _known(field: str) -> Value:
    return _event(lambda event: getattr(event, field) or None)


def _port(field: str) -> Value:
    return _event(lambda event: f"{getattr(event, f'{field}_ip')}:{getattr(event, f'{field}_port') or 0}")


ROWS: Final[tuple[Row, ...]] = (
    _row(
        "time", Out("timestamp", values.snort_time), Out("timestamp", values.eve_time), Out("@timestamp", values.ecs_time), "time"
    ),
    _made("time", _event(lambda event: event.time // 1_000_000_000), "seconds"),
    _made("always the same", _always("alert"), eve="event_type", ecs="event.kind"),
    _made("always the same", _always(["intrusion_detection", "network"]), ecs="event.category"),
    _made("always the same", _always(["info"]), ecs="event.type"),
    _made("always the same", _always("podlynx"), ecs="event.module"),
    _made("always the same", _always("podlynx.alert"), ecs="event.dataset"),
    _made("always the same", _always("8.17.0"), ecs="ecs.version"),
    _made("id of the document", lambda alert: alert.id or None, eve="podlynx.id", ecs="event.id", doc="_id"),
    _made("host", lambda alert: alert.host or None, eve="host", ecs="observer.hostname", doc="host"),
    _made("origin", lambda alert: alert.origin or None, eve="podlynx.origin", ecs="podlynx.origin", doc="origin"),
    _made("always the same", _always("ids"), ecs="observer.type"),
    _made("always the same", _always("Podlynx"), ecs="observer.vendor"),
    _row("packet_number", "pkt_num", "pcap_cnt", "", "podlynx.packet_number"),
    _made("name of the capture", lambda alert: alert.input or alert.event.interface or None, "iface"),
    _made("name of the capture", lambda alert: alert.input or None, eve="pcap_filename", ecs="file.name"),
    _made("interface", _known("interface"), eve="in_iface", ecs="observer.ingress.interface.name", doc="podlynx.interface"),
    _row("protocol", "proto", "proto", Out("network.transport", _event(lambda event: event.protocol.lower())), "protocol"),
    _made("src_ip", values.network_type, ecs="network.type"),
    _row("generator", "pkt_gen", "podlynx.generator", "podlynx.generator", "podlynx.generator"),
    _made("generator", _event(lambda event: int(event.generator.startswith("stream"))), eve="stream"),
    _row("packet_length", "pkt_len", "", "", "podlynx.packet_length"),
    _row("direction", "dir", Out("direction", values.eve_direction), "podlynx.direction", "podlynx.direction"),
    _made("src_ip, src_port", _port("src"), "src_ap"),
    _made("dst_ip, dst_port", _port("dst"), "dst_ap"),
    _row("src_ip", "src_addr", "src_ip", "source.ip", "source_ip"),
    _row("src_port", "src_port", "src_port", "source.port", "source_port"),
    _row("dst_ip", "dst_addr", "dest_ip", "destination.ip", "dest_ip"),
    _row("dst_port", "dst_port", "dest_port", "destination.port", "dest_port"),
    _made(
        "source.namespace",
        _end("source_namespace"),
        eve="podlynx.source.namespace",
        ecs="podlynx.source.namespace",
        doc="source_namespace",
    ),
    _made("source.name", _end("source_name"), eve="podlynx.source.name", ecs="podlynx.source.name", doc="source_name"),
    _made(
        "destination.namespace",
        _end("dest_namespace"),
        eve="podlynx.dest.namespace",
        ecs="podlynx.dest.namespace",
        doc="dest_namespace",
    ),
    _made("destination.name", _end("dest_name"), eve="podlynx.dest.name", ecs="podlynx.dest.name", doc="dest_name"),
    _made("gid, sid, rev", _event(lambda event: event.rule), "rule", doc="record.snort_alert"),
    _row("gid", "gid", "alert.gid", "podlynx.gid", "podlynx.gid"),
    _row("sid", "sid", "alert.signature_id", Out("rule.id", _event(lambda event: str(event.sid))), "record.snort_signature_id"),
    _row("rev", "rev", "alert.rev", Out("rule.version", _event(lambda event: str(event.rev))), "record.snort_signature_revision"),
    _row("msg", "msg", "alert.signature", "rule.name", "name"),
    _made("msg", _known("msg"), ecs="message"),
    _made("class_text", _event(lambda event: event.class_text or "none"), "class"),
    _row("class_text", "", "alert.category", Out("rule.category", _known("class_text")), "podlynx.class_text"),
    _row("priority", "priority", "alert.severity", "podlynx.priority", "podlynx.priority"),
    _made("priority", _event(lambda event: severity_of(event.priority)), ecs="event.severity", doc="severity"),
    _made(
        "always the same",
        _always("allow"),
        "action",
        eve=Out("alert.action", _always("allowed")),
        ecs=Out("event.action", _always("allowed")),
    ),
    _made("metadata", lambda alert: values.metadata(alert) or None, eve="alert.metadata", doc="podlynx.metadata"),
    _made("references", _known("references"), eve="alert.references", ecs="rule.reference", doc="podlynx.references"),
    _made("rule_text", _known("rule_text"), eve="alert.rule", ecs="podlynx.rule_text", doc="podlynx.rule_text"),
    _made("class, metadata", lambda alert: "MITRE ATT&CK" if alert.attack.tactic else None, ecs="threat.framework"),
    _made(
        "class, metadata",
        lambda alert: [alert.attack.tactic] if alert.attack.tactic else None,
        ecs="threat.tactic.name",
        doc="mitre_tactic",
    ),
    _made("class, metadata", lambda alert: list(alert.attack.techniques) or None, ecs="threat.technique.id", doc="mitre_ids"),
    _made("service", _event(lambda event: event.service or "unknown"), "service"),
    _made("service", _known("service"), eve="app_proto", ecs="network.protocol", doc="podlynx.service"),
    _row(
        "vlan",
        "vlan",
        Out("vlan", _event(lambda event: [event.vlan] if event.vlan else None)),
        Out("network.vlan.id", _event(lambda event: str(event.vlan) if event.vlan else None)),
        "podlynx.vlan",
    ),
    _made("flow", values.flow_number, eve="flow_id", ecs="podlynx.flow_id", doc="podlynx.flow.id"),
    _made(
        "flow.community_id",
        _flow(lambda flow: flow.community_id or None),
        eve="community_id",
        ecs="network.community_id",
        doc="podlynx.flow.community_id",
    ),
    _row("flow.client_packets", "client_pkts", "flow.pkts_toserver", "", "podlynx.flow.client_packets"),
    _row("flow.client_bytes", "client_bytes", "flow.bytes_toserver", "", "podlynx.flow.client_bytes"),
    _row("flow.server_packets", "server_pkts", "flow.pkts_toclient", "", "podlynx.flow.server_packets"),
    _row("flow.server_bytes", "server_bytes", "flow.bytes_toclient", "", "podlynx.flow.server_bytes"),
    _made("flow.start", _flow(lambda flow: flow.start // 1_000_000_000), "flowstart_time"),
    _made(
        "flow.start",
        lambda alert: values.eve_moment(alert, alert.event.flow.start) if alert.event.flow else None,
        eve="flow.start",
        doc="podlynx.flow.start",
    ),
    _row("flow.client_ip", "", "flow.src_ip", "client.ip", "podlynx.flow.client_ip"),
    _row("flow.client_port", "", "flow.src_port", "client.port", "podlynx.flow.client_port"),
    _row("flow.server_ip", "", "flow.dest_ip", "server.ip", "podlynx.flow.server_ip"),
    _row("flow.server_port", "", "flow.dest_port", "server.port", "podlynx.flow.server_port"),
    _made("flow", lambda alert: values.side(alert, source=True, what="packets"), ecs="source.packets"),
    _made("flow", lambda alert: values.side(alert, source=True, what="bytes"), ecs="source.bytes"),
    _made("flow", lambda alert: values.side(alert, source=False, what="packets"), ecs="destination.packets"),
    _made("flow", lambda alert: values.side(alert, source=False, what="bytes"), ecs="destination.bytes"),
    _made(
        "http.host",
        _event(lambda event: event.http.host or None if event.http else None),
        eve="http.hostname",
        ecs="url.domain",
        doc="podlynx.http.host",
    ),
    _made("http.request_line", _request(0), eve="http.http_method", ecs="http.request.method", doc="podlynx.http.request_line"),
    _made("http.request_line", _request(1), eve="http.url", ecs="url.original", doc="podlynx.http.request_line"),
    _made("http.request_line", lambda alert: values.url_part(alert, 0), ecs="url.path"),
    _made("http.request_line", lambda alert: values.url_part(alert, 1), ecs="url.query"),
    _made("http.request_line", _request(2), eve="http.protocol", ecs=Out("http.version", values.version_number)),
    _made(
        "http.user_agent",
        _event(lambda event: event.http.user_agent or None if event.http else None),
        eve="http.http_user_agent",
        ecs="user_agent.original",
        doc="podlynx.http.user_agent",
    ),
    _row("headers.eth_src", "eth_src", "ether.src_mac", "source.mac", "podlynx.headers.eth_src"),
    _row("headers.eth_dst", "eth_dst", "ether.dest_mac", "destination.mac", "podlynx.headers.eth_dst"),
    _made("headers.eth_type", values.ethertype, "eth_type", doc="podlynx.headers.eth_type"),
    _made("packet", lambda alert: len(alert.event.packet) if alert.event.headers.eth_type is not None else None, "eth_len"),
    _row("headers.ttl", "ttl", "", "", "podlynx.headers.ttl"),
    _row("headers.tos", "tos", "", "", "podlynx.headers.tos"),
    _row("headers.ip_id", "ip_id", "", "", "podlynx.headers.ip_id"),
    _row("headers.ip_len", "ip_len", "", "", "podlynx.headers.ip_len"),
    _made("headers.tcp_flags", values.tcp_flags, "tcp_flags", doc="podlynx.headers.tcp_flags"),
    _row("headers.tcp_seq", "tcp_seq", "", "", "podlynx.headers.tcp_seq"),
    _row("headers.tcp_ack", "tcp_ack", "", "", "podlynx.headers.tcp_ack"),
    _row("headers.tcp_win", "tcp_win", "", "", "podlynx.headers.tcp_win"),
    _row("headers.tcp_len", "tcp_len", "", "", "podlynx.headers.tcp_len"),
    _row("headers.udp_len", "udp_len", "", "", "podlynx.headers.udp_len"),
    _row("headers.icmp_type", "icmp_type", "icmp_type", "", "podlynx.headers.icmp_type"),
    _row("headers.icmp_code", "icmp_code", "icmp_code", "", "podlynx.headers.icmp_code"),
    _row("headers.icmp_id", "icmp_id", "", "", "podlynx.headers.icmp_id"),
    _row("headers.icmp_seq", "icmp_seq", "", "", "podlynx.headers.icmp_seq"),
    _made("payload", _known("payload"), "b64_data", doc="podlynx.payload"),
    _made("payload", _event(lambda event: event.payload[: values.PAYLOAD] or None), eve="payload"),
    _made("payload", _event(lambda event: values.printable(event.payload)), eve="payload_printable"),
    _made("packet", _known("packet"), eve="packet", doc="podlynx.packet"),
    _made(
        "link_type",
        _event(lambda event: event.link_type if event.packet else None),
        eve="packet_info.linktype",
        doc="podlynx.link_type",
    ),
)
"""In the order in which EVE and ECS write them."""


def fields_of(output: str) -> list[tuple[str, Value]]:
    """Path and value of every field of an output (`alert_json`, `eve` or `ecs`)."""
    return [found for row in ROWS if (found := row.out(output)) is not None]

"""The fields that an event query may name: one line each. The reference page and the store read this very table."""

from typing import Final, Literal

import msgspec

Kind = Literal["number", "keyword", "address", "time", "words"]
"""number, time: compared and ranged. keyword: the whole value, wildcards. address: also a network. words: full text."""


class Field(msgspec.Struct, frozen=True):
    """A field: its name, other names for it, its kind, and the columns that hold it (any of them may match).

    `counted`: of a field of full text, the place in the event document whose value (values, where it is a list) is counted.
    `path` is set for the fields of `event_fields`: the dotted name in the event document, which holds it where no column does.
    """

    name: str
    kind: Kind
    columns: tuple[str, ...]
    help: str
    aliases: tuple[str, ...] = ()
    level: Literal["group", "event"] = "event"
    counted: str = ""
    path: str = ""


FIELDS: Final = (
    Field("sid", "number", ("sid",), "signature id of the rule", level="group"),
    Field("gid", "number", ("gid",), "generator id of the rule", level="group"),
    Field("rev", "number", ("rev",), "revision of the rule", level="group"),
    Field("priority", "number", ("priority",), "priority of the rule, 1 is the most severe", level="group"),
    Field("severity", "number", ("severity",), "0 to 100, from the priority", level="group"),
    Field("msg", "words", ("msg",), "message of the rule", ("rule", "name"), counted="name"),
    Field("classtype", "keyword", ("classtype",), "class of the rule", ("class",), level="group"),
    Field("protocol", "keyword", ("protocol",), "TCP, UDP, ICMP or IP", ("proto",)),
    Field("service", "keyword", ("service",), "application protocol that was recognised, such as http"),
    Field("ip", "address", ("source_ip", "dest_ip"), "address of either end", ("@ip",), level="group"),
    Field("source_ip", "address", ("source_ip",), "source address", ("source", "src", "src_ip", "source.ip"), level="group"),
    Field("dest_ip", "address", ("dest_ip",), "destination address", ("dest", "dst", "dst_ip", "destination.ip"), level="group"),
    Field("port", "number", ("source_port", "dest_port"), "port of either end"),
    Field("source_port", "number", ("source_port",), "source port", ("src_port", "source.port")),
    Field("dest_port", "number", ("dest_port",), "destination port", ("dst_port", "destination.port"), level="group"),
    Field("pod", "keyword", ("source_name", "dest_name"), "name of the pod at either end"),
    Field("namespace", "keyword", ("source_namespace", "dest_namespace"), "namespace of either end", ("ns",)),
    Field("source_name", "keyword", ("source_name",), "name of the source", ("source.name",)),
    Field("source_namespace", "keyword", ("source_namespace",), "namespace of the source", ("source.namespace",)),
    Field("dest_name", "keyword", ("dest_name",), "name of the destination", ("destination.name",)),
    Field("dest_namespace", "keyword", ("dest_namespace",), "namespace of the destination", ("destination.namespace",)),
    Field("host", "keyword", ("host",), "node that saw the packet", ("node",)),
    Field("origin", "keyword", ("origin",), "resource that asked for the inspection: its name, or namespace/name", ("dpi",)),
    Field("http", "words", ("http",), "HTTP request line, host and user agent", counted="podlynx.http.host"),
    Field(
        "reference",
        "words",
        ("reference",),
        "references of the rule, such as a CVE",
        ("ref", "cve"),
        counted="podlynx.references",
    ),
    Field("mitre", "words", ("mitre",), "ATT&CK tactic by name, techniques by id", counted="mitre_ids"),
    Field("time", "time", ("time",), "packet time: ISO 8601, epoch seconds, or back from now as in now-15m", ("@timestamp",)),
)

BY_NAME: Final = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
"""Every name and alias, in lower case."""

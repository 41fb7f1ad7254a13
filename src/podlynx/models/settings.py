"""What people set, under Snort 3's names (Snort 3 manual, "basic modules" and "network modules").

The shape only: what holds where a field is not set, the engine says for each mode (`podlynx.settings.effective`).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

MOST_EVENTS = 4096
"""Largest number of events that may be kept of one packet."""

Events = Annotated[int, Meta(ge=1, le=MOST_EVENTS)]
Seconds = Annotated[int, Meta(ge=1, le=2**31)]
Number = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Address = Literal["by_src", "by_dst"]
ActionName = Literal["alert", "block", "drop", "log", "pass", "react", "reject", "rewrite"]


class Table(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One table of the file. Fields that are not set are left out when it is written."""


class Daq(Table, frozen=True, kw_only=True):
    """How frames are taken."""

    snaplen: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=2**31,
                description="Bytes of a frame that are looked at (0: all); a packet that says it is longer is not inspected.",
            ),
        ]
        | UnsetType
    ) = UNSET


class Network(Table, frozen=True, kw_only=True):
    """What of a packet must be right."""

    checksum_eval: (
        Annotated[
            Literal["all", "none", "auto"],
            Meta(description="Wrong checksums leave a packet out: all, none, or (auto) those of live capture."),
        ]
        | UnsetType
    ) = UNSET


class SearchEngine(Table, frozen=True, kw_only=True):
    """What the search keeps."""

    max_queue_events: Annotated[Events, Meta(description="Matches kept of one packet or PDU, for each action.")] | UnsetType = (
        UNSET
    )


class EventQueue(Table, frozen=True, kw_only=True):
    """Events of one packet or PDU."""

    max_queue: Annotated[Events, Meta(description="Events queued of one packet or PDU.")] | UnsetType = UNSET
    log: Annotated[Events, Meta(description="Events shown of those.")] | UnsetType = UNSET
    order_events: (
        Annotated[
            Literal["priority", "content_length"],
            Meta(description="What comes first: the more severe rule, or the one whose fast pattern is longer."),
        ]
        | UnsetType
    ) = UNSET
    process_all_events: (
        Annotated[
            bool,
            Meta(description="Events of every action count, instead of those of the first one in alerts.order that has any."),
        ]
        | UnsetType
    ) = UNSET


class Alerts(Table, frozen=True, kw_only=True):
    """Order of actions."""

    order: (
        Annotated[
            str,
            Meta(
                max_length=200,
                description="Actions, blanks between. The first with a match counts, and pass silences those behind it.",
            ),
        ]
        | UnsetType
    ) = UNSET


class Suppress(Table, frozen=True, kw_only=True):
    """Events that are never shown."""

    gid: Annotated[Number, Meta(description="Generator of the rule.")] = 1
    sid: Annotated[Number, Meta(description="Signature; 0: every rule of the generator.")]
    track: Annotated[Address, Meta(description="Which address must be in ip.")] | UnsetType = UNSET
    ip: Annotated[str, Meta(max_length=65536, description="Addresses as a rule lists them; needs track.")] | UnsetType = UNSET


class EventFilter(Table, frozen=True, kw_only=True):
    """Events that are shown less often, counted by rule and address."""

    gid: Annotated[Number, Meta(description="Generator of the rule; with sid, 0: every rule without a filter of its own.")] = 1
    sid: Annotated[Number, Meta(description="Signature; 0: every rule of the generator without a filter of its own.")]
    type: Annotated[
        Literal["limit", "threshold", "both"],
        Meta(description="Of a window: the first count events, every count-th, or the count-th alone."),
    ]
    track: Annotated[Address, Meta(description="Address that events are counted by.")]
    count: Annotated[int, Meta(ge=-1, le=2**31, description="Events; -1: the filter is off, and so are wider ones.")]
    seconds: Annotated[Number, Meta(description="Length of a window in seconds; it begins with an event.")]
    ip: Annotated[str, Meta(max_length=65536, description="Only these addresses are filtered.")] | UnsetType = UNSET


class RateFilter(Table, frozen=True, kw_only=True):
    """Actions that change while a rule's events come too fast."""

    gid: Annotated[Number, Meta(description="Generator of the rule.")] = 1
    sid: Annotated[Number, Meta(description="Signature; 0: every rule of the generator.")]
    track: Annotated[Literal["by_src", "by_dst", "by_rule"], Meta(description="What events are counted by.")]
    count: Annotated[Number, Meta(description="Events of a window that change nothing.")]
    seconds: Annotated[Number, Meta(description="Length of a window in seconds; 0: all events ever.")]
    new_action: Annotated[ActionName, Meta(description="Action of the rule from then on; log and pass raise no alert.")]
    timeout: Annotated[Number, Meta(description="Seconds after which the rule's own action holds again; 0: never.")]
    apply_to: Annotated[str, Meta(max_length=65536, description="Only these addresses are counted.")] | UnsetType = UNSET


class Variables(Table, frozen=True, kw_only=True):
    """Values of `$NAME` in rules. Text as in a rule's header (`[10.0.0.0/8,!10.1.0.0/16]`, `80 8000:8099`)."""

    nets: (
        Annotated[dict[str, str], Meta(description="Addresses: HOME_NET, EXTERNAL_NET, …_SERVERS, and names of your own.")]
        | UnsetType
    ) = UNSET
    ports: Annotated[dict[str, str], Meta(description="Ports: HTTP_PORTS, …, and names of your own.")] | UnsetType = UNSET


class Ips(Table, frozen=True, kw_only=True):
    """What rules refer to."""

    variables: Variables | UnsetType = UNSET


class Classification(Table, frozen=True, kw_only=True):
    """A class for `classtype`, beside those that are known or in the place of one."""

    name: Annotated[str, Meta(min_length=1, max_length=100, description="As classtype names it.")]
    priority: Annotated[int, Meta(ge=1, le=255, description="1 is the most severe.")]
    text: Annotated[str, Meta(max_length=200, description="As alerts print it.")]


class Reference(Table, frozen=True, kw_only=True):
    """A scheme for `reference`, beside those that are known or in the place of one."""

    name: Annotated[str, Meta(min_length=1, max_length=100, description="As reference names it.")]
    url: Annotated[str, Meta(max_length=2000, description="Beginning of the address that an id is appended to.")]


class HttpInspect(Table, frozen=True, kw_only=True):
    """HTTP."""

    request_depth: (
        Annotated[int, Meta(ge=-1, le=2**53, description="Bytes of a request's body that are looked at (-1: all).")] | UnsetType
    ) = UNSET
    response_depth: (
        Annotated[int, Meta(ge=-1, le=2**53, description="Bytes of a response's body that are looked at (-1: all).")] | UnsetType
    ) = UNSET


class Stream(Table, frozen=True, kw_only=True):
    """The flow table."""

    max_flows: Annotated[int, Meta(ge=1, le=2**24, description="Flows at once.")] | UnsetType = UNSET


class QueueLimit(Table, frozen=True, kw_only=True):
    """What waits for reassembly in one direction of a flow."""

    max_bytes: Annotated[int, Meta(ge=1, le=2**30, description="Bytes.")] | UnsetType = UNSET
    max_segments: Annotated[int, Meta(ge=1, le=2**20, description="Segments.")] | UnsetType = UNSET


class StreamTcp(Table, frozen=True, kw_only=True):
    """TCP flows."""

    session_timeout: (
        Annotated[Seconds, Meta(description="Seconds without a packet after which a connection ends.")] | UnsetType
    ) = UNSET
    embryonic_timeout: Annotated[Seconds, Meta(description="The same before its handshake is over.")] | UnsetType = UNSET
    queue_limit: QueueLimit | UnsetType = UNSET


class SessionTimeout(Table, frozen=True, kw_only=True):
    """Flows of another protocol."""

    session_timeout: Annotated[Seconds, Meta(description="Seconds without a packet after which a flow ends.")] | UnsetType = UNSET


class Settings(Table, frozen=True, kw_only=True):
    """Everything that can be set."""

    mode: (
        Annotated[
            Literal["exact", "complete"], Meta(description="exact: what Snort 3 inspects. complete: also what it leaves out.")
        ]
        | UnsetType
    ) = UNSET
    daq: Daq | UnsetType = UNSET
    network: Network | UnsetType = UNSET
    search_engine: SearchEngine | UnsetType = UNSET
    event_queue: EventQueue | UnsetType = UNSET
    alerts: Alerts | UnsetType = UNSET
    suppress: tuple[Suppress, ...] = ()
    event_filter: tuple[EventFilter, ...] = ()
    rate_filter: tuple[RateFilter, ...] = ()
    ips: Ips | UnsetType = UNSET
    classifications: tuple[Classification, ...] = ()
    references: tuple[Reference, ...] = ()
    http_inspect: HttpInspect | UnsetType = UNSET
    stream: Stream | UnsetType = UNSET
    stream_tcp: StreamTcp | UnsetType = UNSET
    stream_udp: SessionTimeout | UnsetType = UNSET
    stream_icmp: SessionTimeout | UnsetType = UNSET
    stream_ip: SessionTimeout | UnsetType = UNSET

    def json(self) -> bytes:
        """For the engine: what is set, and nothing else."""
        return msgspec.json.encode(self)

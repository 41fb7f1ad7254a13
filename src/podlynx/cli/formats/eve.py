"""`eve`: the JSON lines of the Extensible Event Format that log shippers and SIEMs already read (event_type `alert`)."""

from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from podlynx.models.engine_event import EngineEvent, FlowSummary, HttpSummary

DIRECTIONS = {"C2S": "to_server", "S2C": "to_client"}
encode = msgspec.json.Encoder().encode


class Eve:
    """One object a line. Bytes are base64; `podlynx` holds what the format has no field for."""

    def __init__(self, zone: tzinfo | None) -> None:
        self.zone = zone

    def line(self, event: EngineEvent, file: str | None) -> bytes:
        """One line."""
        record = {
            "timestamp": _iso(event.time, self.zone),
            "event_type": "alert",
            "pcap_cnt": event.packet_number,
            "pcap_filename": file,
            "in_iface": event.interface,
            "vlan": [event.vlan] if event.vlan else None,
            "src_ip": event.src_ip,
            "src_port": event.src_port,
            "dest_ip": event.dst_ip,
            "dest_port": event.dst_port,
            "proto": event.protocol,
            "app_proto": event.service,
            "direction": DIRECTIONS.get(event.direction),
            "alert": _alert(event),
            "payload": event.payload,
            "packet": event.packet,
            "packet_info": {"linktype": event.link_type},
            "podlynx": {"matches": event.matches, "generator": event.generator},
        }
        record |= _flow(event.flow, self.zone) | _http(event.http)
        return encode({name: value for name, value in record.items() if value is not None}) + b"\n"

    def end(self) -> bytes:
        """Nothing."""
        return b""


def _alert(event: EngineEvent) -> dict[str, Any]:
    return {
        "action": "allowed",
        "gid": event.gid,
        "signature_id": event.sid,
        "rev": event.rev,
        "signature": event.msg,
        "category": event.class_text,
        "severity": event.priority,
        "metadata": _metadata(event.metadata),
        "references": event.references,
        "rule": event.rule_text,
    }


def _metadata(pairs: list[str]) -> dict[str, list[str]]:
    """`["policy balanced-ips drop", "policy security-ips drop"]` to lists by the first word."""
    grouped: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition(" ")
        grouped.setdefault(name, []).append(value)
    return grouped


def _flow(flow: FlowSummary | None, zone: tzinfo | None) -> dict[str, Any]:
    if flow is None:
        return {}
    return {
        "flow_id": flow.id,
        "community_id": flow.community_id or None,
        "flow": {
            "pkts_toserver": flow.client_packets,
            "pkts_toclient": flow.server_packets,
            "bytes_toserver": flow.client_bytes,
            "bytes_toclient": flow.server_bytes,
            "start": _iso(flow.start, zone),
        },
    }


def _http(http: HttpSummary | None) -> dict[str, Any]:
    if http is None or not http.request_line:
        return {}
    method, _, rest = http.request_line.partition(" ")
    url, _, protocol = rest.rpartition(" ")
    return {
        "http": {
            "hostname": http.host,
            "url": url or rest,
            "http_user_agent": http.user_agent,
            "http_method": method,
            "protocol": protocol if url else "",
        }
    }


def _iso(time: int, zone: tzinfo | None) -> str:
    """Nanoseconds since the epoch as `2026-11-25T04:35:43.123456+0000`."""
    seconds, nanoseconds = divmod(time, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds // 1000:06d}{moment:%z}"

"""Sensor events as a node sees them under attack: many rules, pods and attackers, some far busier than others; 2 kB each as JSON.

Deterministic: the same seed and number give the same event. Every eighth request has a path of its own.
"""

import random
from typing import Final

import msgspec

from podlynx.models.endpoint import Observer, PodRef
from podlynx.models.engine_event import FlowSummary, Headers, HttpSummary, Match, SensorEvent

RULES: Final = 400
ATTACKERS_A_NODE: Final = 500
PODS_A_NODE: Final = 30
NAMESPACES: Final = 12
_CLASSES: Final = (
    ("web-application-attack", "Web Application Attack", 1),
    ("trojan-activity", "A Network Trojan was Detected", 1),
    ("attempted-recon", "Attempted Information Leak", 2),
    ("misc-activity", "Misc activity", 3),
)
_WORDS: Final = (
    "login",
    "upload",
    "search",
    "admin",
    "config",
    "cart",
    "report",
    "status",
    "shell",
    "backup",
    "export",
    "invoice",
)


class Storm:
    """The events of one node."""

    def __init__(self, node: int, seed: int = 1) -> None:
        self.host = f"node-{node}"
        self._node = node
        self._random = random.Random(f"{seed}-{node}")
        self._number = 0

    def events(self, count: int, start: int, step: int) -> list[SensorEvent]:
        """That many, the first at `start` (nanoseconds since the epoch), one each `step`."""
        return [self._event(start + each * step) for each in range(count)]

    def lines(self, count: int, start: int, step: int) -> list[bytes]:
        """The same as JSON."""
        return [msgspec.json.encode(event) for event in self.events(count, start, step)]

    def _event(self, time: int) -> SensorEvent:
        pick = self._random
        self._number += 1
        attacker = int(ATTACKERS_A_NODE * pick.random() ** 2)
        turn = int(4 * pick.random() ** 2)  # each tries a few rules, on a few pods
        sid = 20_000 + (attacker * 7 + turn * 131 + self._node) % RULES
        pod = (attacker * 3 + turn) % PODS_A_NODE
        namespace = f"team-{pod % NAMESPACES}"
        source, destination = f"203.{self._node}.{attacker // 250}.{attacker % 250}", f"10.{self._node}.0.{pod + 2}"
        port = 1024 + self._number % 60_000
        word = _WORDS[sid % len(_WORDS)]
        unique = f"?id={self._node}-{self._number}" if self._number % 8 == 0 else ""
        request = f"GET /shop/{word}/index.php{unique} HTTP/1.1"
        headers = f"Host: shop.example\r\nUser-Agent: Mozilla/5.0\r\nX-Probe: {sid}\r\nCookie: s={self._number:032x}"
        payload = f"{request}\r\n{headers}\r\n\r\n".encode()
        name = f"web-{self._node}-{pod}"
        text, class_text, priority = _CLASSES[sid % len(_CLASSES)]
        return SensorEvent(
            time=time,
            packet_number=self._number,
            gid=1,
            sid=sid,
            rev=3,
            msg=f"SERVER-WEBAPP {word} script of rule {sid} remote command attempt",
            classtype=text,
            class_text=class_text,
            priority=priority,
            references=[f"cve,2024-{sid}", f"url,www.example.com/advisories/{sid}"],
            metadata=["policy balanced-ips drop", "policy security-ips drop", "service http"],
            rule_text=f'alert tcp $EXTERNAL_NET any -> $HOME_NET $HTTP_PORTS ( msg:"SERVER-WEBAPP {word}"; flow:to_server,'
            f'established; http_uri; content:"/shop/{word}/index.php",fast_pattern,nocase; http_header; content:"X-Probe"; '
            f"sid:{sid}; rev:3; )",
            sequence=pick.getrandbits(32),
            protocol="TCP",
            generator="stream_tcp",
            direction="C2S",
            service="http",
            src_ip=source,
            src_port=port,
            dst_ip=destination,
            dst_port=8080,
            packet_length=len(payload) + 54,
            interface=f"veth{pod:08x}",
            ifindex=pod + 10,
            towards_pod=True,
            packet=pick.randbytes(54) + payload,
            payload=payload,
            matches=[Match(f'content:"/shop/{word}/index.php"', "content", "http_uri", 0, 20, b"/shop/index.php")],
            buffers={"http_uri": f"/shop/{word}/index.php{unique}".encode()},
            buffer_offsets={"http_uri": 0},
            flow=FlowSummary(
                id=self._number,
                client_ip=source,
                server_ip=destination,
                client_port=port,
                server_port=8080,
                community_id="1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
                start=time - 1_000_000,
                client_packets=3,
                client_bytes=700,
            ),
            http=HttpSummary(request, "shop.example", "Mozilla/5.0"),
            headers=Headers(eth_src="02:00:00:00:00:01", eth_dst="02:00:00:00:00:02", eth_type=2048, ttl=62, ip_id=7, ip_len=474),
            host=self.host,
            origin=f"dpi.{namespace}/watch",
            destination=PodRef(namespace=namespace, name=name, name_aggr="web-*", uid=f"uid-{name}"),
            observers=[
                Observer(
                    host=self.host,
                    origin=f"dpi.{namespace}/watch",
                    namespace=namespace,
                    pod=name,
                    interface=f"veth{pod:08x}",
                    side="server",
                )
            ],
        )

"""Interfaces that show one direction only: where eBPF moves packets past the node's end of a veth, half of them are missing.

A rule seldom matches half a conversation, so such a pod is not monitored, however many packets are counted. TCP alone is looked
at: it always goes both ways, while a pod that takes syslog, say, need never answer a datagram, nor anybody one of its own.
"""

import time
from typing import Final, Literal

import msgspec

from podlynx.models.decoding import decoded
from podlynx.models.engine_counters import Amount

WINDOW_SECONDS: Final = 10.0
LOOK_BACK_SECONDS: Final = 60.0
"""Packets that are older prove nothing."""
PACKETS: Final = 16
"""So many are looked at before anything is said."""
MENDING_PACKETS: Final = 64
"""So many show both directions again before it is believed: more than a probe or two could make up for."""
QUIET_PACKETS: Final = 3
"""So many over all of `LOOK_BACK_SECONDS` tell of a link with little traffic, where the other direction shows none at all; and so
many each way that it is mended."""
SHARE: Final = 20
"""A direction is missing where it has less than a twentieth of the other's packets: conversations acknowledge more often, and a
node that only asks now and then whether its neighbour still has its address (RFC 4861, RFC 826) does so less."""

Direction = Literal["", "from", "towards"]


class Way(msgspec.Struct, frozen=True):
    """Packets and bytes of one direction; `tcp`: segments of TCP to this station."""

    packets: int = 0
    bytes: int = 0
    tcp: int = 0


class InterfaceFigures(msgspec.Struct, frozen=True):
    """One watched interface, as `_engine.Live.interfaces` answers."""

    ifindex: int
    to_pod: Way = Way()
    from_pod: Way = Way()
    last: int = 0
    skipped: Amount = Amount()
    shed: dict[str, Amount] = {}


_DECODER: Final = msgspec.json.Decoder(list[InterfaceFigures])


def decode_interfaces(text: bytes) -> list[InterfaceFigures]:
    """The figures of a JSON list. Raises `msgspec.DecodeError`."""
    return decoded(_DECODER, text)


class _Spell(msgspec.Struct):
    """A time that is looked at. `towards` and `out`: counts at its begin; `packet`: when its first packet came."""

    towards: int
    out: int
    packet: float | None = None


class OneWay:
    """Fed with the figures of one interface each half second."""

    def __init__(self) -> None:
        self.missing: Direction = ""
        """Which direction is missing: packets from the pod, or towards it; empty: none."""
        self._spell: _Spell | None = None

    def look(self, figures: InterfaceFigures, now: float | None = None) -> Direction:
        """What is missing as of these figures."""
        now = time.monotonic() if now is None else now
        towards, out = figures.to_pod.tcp, figures.from_pod.tcp
        spell = self._spell
        if spell is None or towards < spell.towards or out < spell.out:  # the first look, or a new inspector
            self._spell = _Spell(towards, out)
            return self.missing
        self._judge(spell, towards - spell.towards, out - spell.out, now)
        if self._spell is None:
            self._spell = _Spell(towards, out)
        return self.missing

    def _judge(self, spell: _Spell, towards: int, out: int, now: float) -> None:
        """`towards` and `out`: packets of the spell."""
        if not towards + out:
            return
        spell.packet = now if spell.packet is None else spell.packet
        absent, over = _absent(towards, out), now - spell.packet > LOOK_BACK_SECONDS
        if self.missing:
            if max(towards, out) >= MENDING_PACKETS or (over and min(towards, out) >= QUIET_PACKETS):
                self.missing, self._spell = absent, None  # what came before is no measure of what is
            elif over:
                self._spell = None
        elif not absent:
            self._spell = None
        elif max(towards, out) >= PACKETS and now - spell.packet >= WINDOW_SECONDS:
            self.missing, self._spell = absent, None
        elif over:
            self.missing, self._spell = absent if _is_quiet(towards, out) else "", None


def _is_quiet(towards: int, out: int) -> bool:
    return max(towards, out) >= QUIET_PACKETS and min(towards, out) == 0


def _absent(towards: int, out: int) -> Direction:
    if out * SHARE < towards:
        return "from"
    return "towards" if towards * SHARE < out else ""

"""The packet engine (Rust, `engine/bindings`). Bytes in, JSON out; every long call releases the GIL."""

from collections.abc import Mapping, Sequence
from typing import final

__version__: str

class CaptureError(OSError):
    """A capture file or interface that cannot be read; the message says what, where and how to mend it."""

@final
class RuleSet:
    """Compiled rules: immutable, shareable between engines and threads."""

    def report(self) -> bytes:
        """JSON: {"loaded", "refused", "diagnostics": [{"code","message","hint","fatal","file","line","column","excerpt","rendered"}],
        "not_evaluated": {keyword: rules}, "contexts", "compile_seconds", "content_hash"}."""

    def rules(self) -> bytes:
        """JSON list: {"gid","sid","rev","msg","action","classtype","class_text","priority","protocol","services","references",
        "metadata","text","file","line","fast_pattern": {"buffer","text"} or null}."""

    def explain(self, gid: int, sid: int) -> bytes:
        """JSON: the rule with each option, what it does in plain words, its buffer, and how the prefilter uses it."""

def compile_rules(
    files: Sequence[tuple[str, bytes]],
    *,
    variables: Mapping[str, str] | None = None,
    cache: bytes | None = None,
    prefilter: bool = True,
) -> RuleSet:
    """Compiles rule files, given as (name, text). A rule that cannot be used is reported in `report()`, the others load."""

@final
class Replay:
    """Reads one capture through a fresh engine."""

    def __init__(
        self,
        rules: RuleSet,
        source: str | int,
        *,
        checksums: str = "ignore",
        snaplen: int = 65535,
    ) -> None:
        """`source`: a path, or a file descriptor (0: standard input). pcap, pcapng, each plain, gzip or zstd. Raises CaptureError."""

    def step(self, packets: int = 20000) -> tuple[bytes, bool]:
        """Inspects up to `packets` more. Answers (events as JSON lines, whether there is more). Raises CaptureError on a damaged capture;
        what came before the damage was inspected, and `counters()` holds it."""

    def position(self) -> tuple[int, int]:
        """Bytes read of the file, and its size (0 where unknown)."""

    def counters(self) -> bytes:
        """JSON: {"packets","bytes","flows","events","not_inspected": {reason: packets}, "caps": {name: count}, ...}."""

@final
class Live:
    """Captures from interfaces through one ring and one engine. Needs CAP_NET_RAW."""

    def __init__(
        self,
        rules: RuleSet,
        interfaces: Sequence[str],
        *,
        ports: Sequence[int] = (),
        ring_mib: int = 32,
        checksums: str = "auto",
    ) -> None:
        """`ports`: only TCP and UDP packets with one of these ports at either end; empty: everything. Raises CaptureError."""

    def poll(self, milliseconds: int = 50) -> bytes:
        """Waits up to that long for packets, inspects what is there; answers events as JSON lines (maybe empty)."""

    def reload(self, rules: RuleSet) -> None:
        """Swaps the rules; flows go on, no packet is skipped."""

    def counters(self) -> bytes:
        """As Replay.counters, and {"ring": {"received","dropped"}}."""

    def close(self) -> None: ...

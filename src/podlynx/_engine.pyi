"""The packet engine (Rust, `engine/bindings`). Bytes in, JSON out; every long call releases the GIL."""

from collections.abc import Mapping, Sequence
from typing import Self, final

__all__ = [
    "CaptureError",
    "Live",
    "Replay",
    "RuleSet",
    "__version__",
    "compile_rules",
    "confine",
    "effective_settings",
    "may_hold_secrets",
    "rule_options",
]

__version__: str

class CaptureError(OSError):
    """A capture file or interface that cannot be read; the message says what, where and how to mend it."""

@final
class RuleSet:
    """Compiled rules: immutable, shareable between engines and threads."""

    def report(self) -> bytes:
        """Figures and faults, as a JSON object.

        {"loaded", "refused", "not_supported": {option: rules}, "keywords": {keyword: rules}, "compile_seconds",
        "diagnostics": [{"code", "message", "hint", "fatal", "file", "line", "column", "excerpt", "rendered"}]}.
        """

    def rules(self) -> bytes:
        """Every rule, as a JSON list.

        [{"gid", "sid", "rev", "msg", "action", "classtype", "class_text", "priority", "protocol", "services", "references",
        "metadata", "text", "file", "line", "fast_pattern": {"buffer", "text"} or null}].
        """

    def explain(self, gid: int, sid: int) -> bytes:
        """One rule as in `rules()`, and "steps": [{"keyword", "text", "does", "searched_only"}], "stage", "alerts"; JSON.

        Raises KeyError where there is no such rule.
        """

    def warm(self) -> None:
        """Makes ready what flows to the usual server ports need, so that `cache()` holds it."""

    def cache(self) -> bytes | None:
        """Pattern databases compiled so far, for `compile_rules(cache=...)` of a later run; None: nothing new."""

def compile_rules(
    files: Sequence[tuple[str, bytes]],
    *,
    settings: bytes | None = None,
    cache: bytes | None = None,
    prefilter: bool = True,
) -> RuleSet:
    """Compiles rule files, given as (name, text). A rule that cannot be used is reported in `report()`, the others load.

    `settings`: their variables, classes and references count. Raises ValueError for settings.
    """

def effective_settings(given: bytes, mode: str = "exact") -> bytes:
    """Every setting that holds, as JSON, where `given` (JSON, `podlynx.models.settings`) says what differs.

    Defaults are those of the mode that `given` names, else of `mode`: `exact` or `complete`. Raises ValueError, which says where.
    """

@final
class Replay:
    """Reads one capture through a fresh engine."""

    def __new__(
        cls,
        rules: RuleSet,
        source: str | int,
        *,
        settings: bytes | None = None,
        around: bool = False,
        trace: tuple[Sequence[tuple[int, int]], int] | None = None,
        profile: bool = False,
        workers: int = 1,
    ) -> Self:
        """`source`: a path, or a file descriptor (0: standard input); pcap or pcapng, plain, gzip or zstd.

        `settings`: as `effective_settings` takes them, in mode `exact` where they name none. `around`: events carry the packets
        before them, and `aftermaths` tells of those after. `trace`: rules (generator, signature) whose trials are told, and how
        many in full of each way in which they end; else `profile`: what every rule costs is measured. `workers`: threads, each
        with its share of the flows, in mode `complete` only, one with a trace or a profile; events come in the order of their
        packets. Raises CaptureError, and ValueError for settings and for several workers in mode `exact`.
        """

    def step(self, packets: int = 20000) -> tuple[bytes, bool]:
        """Inspects up to `packets` more; answers (events as JSON lines, whether there is more).

        Raises CaptureError on a damaged capture; what came before the damage was inspected, and `counters()` holds it.
        """

    def aftermaths(self) -> bytes:
        """What came after events that `step` gave, as JSON lines: {"event_number", "link_type", "packets": [...]}.

        Of an event without packets after it there is none.
        """

    def trials(self) -> bytes:
        """Trials of traced rules since the last call, as JSON lines (shape: `podlynx.models.trial.Trial`)."""

    def looked_on(self) -> bytes:
        """JSON: of a trace `podlynx.models.trial.TraceSums`, of a profile `podlynx.models.costs.Costs`, else null."""

    def position(self) -> tuple[int, int]:
        """Bytes read of the file, and its size (0 where unknown)."""

    def counters(self) -> bytes:
        """JSON: {"packets","bytes","flows","events","not_inspected": {reason: packets}, "caps": {name: count}, ...}.

        "account": {"seen": {"packets","bytes"}, "skipped": the same, "shed": {reason: the same}}, "inspected": the same;
        "pressure": 0 to 3, why something is being shed now.
        """

@final
class Live:
    """Captures from interfaces through one engine. Opening needs CAP_NET_RAW, nothing after that does.

    Any thread may call any method.
    """

    def __new__(
        cls,
        rules: RuleSet,
        interfaces: Sequence[str] = ...,
        *,
        ports: Sequence[int] = ...,
        ring_mib: int = 32,
        settings: bytes | None = None,
        around: bool = False,
        profile: bool = False,
        workers: int = 1,
        memory_mib: int = 0,
    ) -> Self:
        """`ports`: only TCP and UDP packets with one of these ports at either end; empty: everything.

        `workers`: threads, each with a ring of `ring_mib` and its share of the flows; one with a profile, and in mode
        `exact`. `memory_mib`: of the whole process, rings included, to be kept within; 0: no limit.

        `settings`, `around`, `profile`: as `Replay`'s, in mode `complete` where they name none. Without an interface nothing is
        captured until `watch`. Raises CaptureError, and ValueError for settings.
        """

    def watch(self, ifindexes: Sequence[int]) -> None:
        """Watches these interfaces of this network namespace (kernel's indexes) as links to pods, beside those handed over.

        A packet that two of them show is inspected once, where `lodge` said who lives behind them. Raises CaptureError, with
        some 1,500 interfaces or more for one.
        """

    def lodge(self, addresses: Mapping[int, Sequence[str]]) -> None:
        """These addresses, and no others, are those of the pods behind the interfaces, handed over ones too.

        What one of the pods sends to another is inspected where it arrives. Raises ValueError where one is no address.
        """

    def adopt(self, fd: int, ifindex: int, ring_mib: int = 2) -> None:
        """Captures inside another network namespace, by an unbound packet socket (SOCK_RAW, protocol 0) that was made there.

        Its packets carry `ifindex`, a number of the caller's choice (1 << 24 and up: no kernel counts that far). The descriptor
        stays the caller's. Raises CaptureError.
        """

    def release(self, ifindex: int) -> None:
        """Ends what `adopt` began; does nothing where it did not."""

    def interfaces(self) -> bytes:
        """What each watched interface carried since it was first watched, as a JSON list.

        [{"ifindex", "to_pod": {"packets", "bytes", "tcp": segments to this station}, "from_pod": the same,
        "last": nanoseconds since the epoch, 0: never}].
        """

    def poll(self, milliseconds: int = 50) -> bytes:
        """Waits up to that long for packets, inspects what is there; answers events as JSON lines (maybe empty)."""

    def aftermaths(self) -> bytes:
        """As Replay.aftermaths: of events that `poll` gave."""

    def reload(self, rules: RuleSet) -> None:
        """Swaps the rules; flows go on, no packet is skipped."""

    def looked_on(self) -> bytes:
        """As Replay.looked_on."""

    def set(self, settings: bytes) -> None:
        """Takes other settings over: what events raise, and what filters do with them.

        Flows go on; mode and flow table stay as they were. Raises ValueError.
        """

    def finish(self) -> bytes:
        """Inspects what waits in the rings and the rest of every flow, as a capture's end does; answers events as JSON lines."""

    def counters(self) -> bytes:
        """As Replay.counters, and {"ring": {"received","dropped","full","bytes","workers"}}: packets, times, bytes of memory."""

    def close(self) -> None: ...

def may_hold_secrets(data: bytes) -> bool:
    """Whether bytes may hold what `podlynx.redaction` overwrites; one pass, in linear time. False is certain."""

def confine(uid: int = 65534, gid: int = 65534) -> list[str]:
    """Gives up for good, in the whole process, its user, capabilities, files, network and programs (seccomp, Landlock).

    Answers the measures that took; `uid`, `bounding` and `landlock` depend on the container and the kernel. To be called while
    there is one thread. Raises PermissionError, after which the process must not go on.
    """

def rule_options() -> bytes:
    """Every rule option with what it does, as JSON."""

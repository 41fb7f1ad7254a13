"""`podlynx inspect`: captures in, alerts out."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import msgspec
from cyclopts import Parameter

from podlynx import _engine
from podlynx.cli.captures import Capture, find_captures
from podlynx.cli.counters import Summary
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.formats import AlertFormat, FormatName, alert_format
from podlynx.cli.options import WorkersOption, flag, value, values
from podlynx.cli.pcap_out import FILE_CAP, PcapOut
from podlynx.cli.rulesets import RulesOption, load_rules
from podlynx.cli.settings import ChecksumOption, ConfigOption, load_settings
from podlynx.cli.terminal import Progress, complain, count, progress_bar, say
from podlynx.cli.tracing import Traced
from podlynx.models.engine_counters import decode_counters
from podlynx.models.engine_event import EngineEvent, decode_aftermaths
from podlynx.models.settings import Settings
from podlynx.redaction.event import redacted
from podlynx.sensor.limits import plan, read_limits
from podlynx.settings.effective import ModeName, mode_of

STEP_PACKETS = 20_000
"""Packets between two looks at the progress bar: about 10 ms."""

LEFT_OUT: Final = {
    "link type or tunnel that Snort does not decode": "--mode complete",
    "frame over the snap length (daq.snaplen)": "--mode complete",
    **{f"bad {protocol} checksum": "--checksums none" for protocol in ("IPv4", "TCP", "UDP", "ICMP")},
}
"""The engine's names of what people may not expect to be left out, and what to do about it."""

SHOWING: Final = frozenset({"eve", "ecs"})
"""Formats that show what was on the wire."""

decode_events = msgspec.json.Decoder(EngineEvent).decode_lines


def inspect(
    *captures: Annotated[
        Path, Parameter(help="Captures (pcap, pcapng; plain, gzip or zstd), folders of them, or - for standard input.")
    ],
    rules: RulesOption = (),
    output: Annotated[FormatName, Parameter(name="--format", help="How alerts are printed on standard output.")] = "alert-fast",
    fields: Annotated[
        tuple[str, ...], values("Fields of alert-json, in order, as Snort names them (docs/outputs.md).", "--fields")
    ] = (),
    utc: Annotated[bool, flag("Times in UTC instead of local time.")] = False,
    config: ConfigOption = None,
    mode: Annotated[
        ModeName | None,
        value(
            "exact: what Snort 3 inspects, for its verdicts. complete: also what it leaves out (docs/modes.md). "
            "Default: the settings', else exact.",
            "--mode",
        ),
    ] = None,
    workers: WorkersOption = 0,
    pcap_out: Annotated[
        Path | None, value("A folder for capture files: one for each alert, with the packets around it.", "--pcap-out")
    ] = None,
    show_secrets: Annotated[bool, flag("Print passwords, tokens and card numbers of payloads and packets too.")] = False,
    trace: Annotated[
        tuple[str, ...],
        value("A rule (57461, or 1:57461) whose evaluation is printed option by option, in place of alerts; may be repeated."),
    ] = (),
    trace_limit: Annotated[
        int, Parameter(help="Trials printed in full of each way in which trials of a rule end, in each capture.")
    ] = 10,
    checksums: ChecksumOption = None,
    strict: Annotated[bool, flag("Damaged captures in a folder count as failure too.")] = False,
    json: Annotated[bool, flag("Print the summary as JSON.")] = False,
    quiet: Annotated[bool, flag("No summary, no progress bar.")] = False,
) -> int:
    """Inspect captures and print the alerts."""
    try:
        printed = alert_format(output, utc=utc, fields=fields)
    except ValueError as error:
        raise CommandError(Exit.USAGE, str(error), "see docs/outputs.md for what there is") from error
    settings = load_settings(config, mode, checksums)
    exact = mode_of(settings, "exact") == "exact"
    if exact and workers > 1:
        raise CommandError(
            Exit.USAGE, "mode exact depends on the order of all packets", "leave --workers out, or use --mode complete"
        )
    found, many = find_captures(captures)
    compiled = load_rules(rules, settings=settings)
    work = Inspection(compiled.ruleset, printed, settings, name_files=many)
    # Lines that show nothing of the wire have nothing to hide, and a capture may raise millions of them.
    work.redact = not show_secrets and (output in SHOWING or bool(fields))
    work.packets = PcapOut(pcap_out, show_secrets=show_secrets) if pcap_out else None
    if trace:
        work.traced = Traced(compiled, trace, limit=max(trace_limit, 0), as_json=json, redact=not show_secrets)
    work.workers = 1 if exact or trace else plan(read_limits(), workers=workers).workers
    work.summary.rules = compiled.report.loaded
    work.run(found, quiet=quiet)
    compiled.keep()
    _tell_left_out(work.summary)
    if work.packets and work.packets.beyond_cap:
        complain(
            f"{count(work.packets.beyond_cap, 'alert')} without a file: --pcap-out writes {FILE_CAP:,} at most", word="warning"
        )
    if not quiet:
        say(work.summary.json() if json else work.summary.text())
    return work.exit(found, strict=strict)


def _tell_left_out(summary: Summary) -> None:
    for reason, mend in LEFT_OUT.items():
        if packets := summary.not_inspected.get(reason, 0):
            complain(f"{count(packets, 'packet')} not inspected, as Snort would not: {reason} (try {mend})", word="warning")


@dataclass
class Inspection:
    """One run over captures, each inspected by itself through a fresh engine."""

    ruleset: _engine.RuleSet
    format: AlertFormat
    settings: Settings = field(default_factory=Settings)
    name_files: bool = False
    out: BinaryIO = field(default_factory=lambda: sys.stdout.buffer)
    summary: Summary = field(default_factory=Summary)
    damaged: list[Capture] = field(default_factory=list)
    redact: bool = True
    packets: PcapOut | None = None
    traced: Traced | None = None
    workers: int = 1

    def run(self, captures: Sequence[Capture], *, quiet: bool) -> None:
        """Inspects them in order. A damaged one is reported, the others are still done."""
        start = time.monotonic()
        total, before = sum(capture.size for capture in captures), 0
        with progress_bar("inspecting", hidden=quiet) as progress:
            for capture in captures:
                self._one(capture, progress, before, total)
                before += capture.size
        if self.traced:
            self.traced.finish()
        else:
            self.out.write(self.format.end())
        self.out.flush()
        self.summary.seconds = time.monotonic() - start

    def exit(self, captures: Sequence[Capture], *, strict: bool) -> Exit:
        """UNREADABLE where a named capture was damaged, where nothing at all could be read, or with `strict`."""
        failed = strict or len(self.damaged) == len(captures) or not all(capture.walked for capture in self.damaged)
        return Exit.UNREADABLE if self.damaged and failed else Exit.OK

    def _one(self, capture: Capture, progress: Progress, before: int, total: int) -> None:
        try:
            around = bool(self.packets)
            trace = self.traced.wish if self.traced else None
            given, workers = self.settings.json(), self.workers
            replay = _engine.Replay(self.ruleset, capture.source, settings=given, around=around, trace=trace, workers=workers)
        except _engine.CaptureError as error:
            self._report(capture, error)
            return
        try:
            self._replay(replay, capture, progress, before, total)
        except _engine.CaptureError as error:
            self._report(capture, error)
        if self.traced:
            self.traced.end(replay, capture.label if self.name_files else None)
        self.summary.add(decode_counters(replay.counters()))

    def _replay(self, replay: _engine.Replay, capture: Capture, progress: Progress, before: int, total: int) -> None:
        file, more = capture.label if self.name_files else None, True
        if self.packets:
            self.packets.begin(capture.label)
        while more:
            events, more = replay.step(STEP_PACKETS)
            if events:
                self._print(events, file)
            if self.packets:
                for aftermath in decode_aftermaths(replay.aftermaths()):
                    self.packets.aftermath(aftermath)
            if self.traced:
                self.traced.take(replay, file)
            progress(before + replay.position()[0], total, capture.path.name)

    def _print(self, lines: bytes, file: str | None) -> None:
        events = decode_events(lines)
        self.summary.alerts += len(events)
        if self.packets:
            for event in events:
                self.packets.alert(event)
        if self.traced:
            return
        shown = (redacted(event) for event in events) if self.redact else events
        self.out.write(b"".join([self.format.line(event, file) for event in shown]))

    def _report(self, capture: Capture, error: Exception) -> None:
        self.out.flush()  # alerts of the good part stand before the message
        self.damaged.append(capture)
        self.summary.damaged += 1
        complain(_said_of(capture, error), word="warning" if capture.walked else "error")


def _said_of(capture: Capture, error: Exception) -> str:
    """The engine's message, with the capture's name where it does not say it itself."""
    text = str(error)
    return text if capture.label in text else f"{capture.label}: {text}"

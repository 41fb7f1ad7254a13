"""`make fuzz`: every fuzz target of `engine/fuzz` for some seconds, from seeds of our own making.

A target that panics, takes more than --timeout seconds for one input or grows beyond --memory has failed: the input is kept in
build/fuzz/found/TARGET-... and how to see it again is printed. Minimized, it belongs into engine/fuzz/kept/TARGET, where
`cargo test -p podlynx-fuzz` runs it from then on. Exit code 0: nothing was found; 1: something was; 2: it could not be run.

Example: make fuzz SECONDS=240 TARGETS="http1 engine" JOBS=2
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ENGINE = CHECKOUT / "engine"
ROOM = CHECKOUT / "build" / "fuzz"
# What tells libFuzzer which branches an input takes, without a sanitizer: Rust's own checks are what finds faults here.
COVERAGE = (
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
)


def main() -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help="only these (default: all)")
    parser.add_argument("--seconds", type=int, default=30, help="of each target (default: 30)")
    parser.add_argument("--jobs", type=int, default=1, help="targets at the same time (default: 1)")
    parser.add_argument("--memory", type=int, default=1024, help="MiB that a target may take (default: 1024)")
    parser.add_argument("--timeout", type=int, default=10, help="seconds that one input may take (default: 10)")
    parser.add_argument("--build-only", action="store_true", help="compile, write the seeds, fuzz nothing")
    parser.add_argument("--json", action="store_true", help="results as JSON on standard output, progress on standard error")
    asked = parser.parse_args()
    try:
        fuzzer, known = build()
    except (OSError, subprocess.CalledProcessError) as fault:
        print(f"the fuzz targets cannot be built: {fault}; read what cargo said above", file=sys.stderr)
        return 2
    if unknown := set(asked.targets) - set(known):
        print(f"no such target: {' '.join(sorted(unknown))}; there are {' '.join(known)}", file=sys.stderr)
        return 2
    if asked.build_only:
        return 0
    with ThreadPoolExecutor(asked.jobs) as pool:
        results = list(pool.map(lambda name: run(fuzzer, name, asked), asked.targets or known))
    if asked.json:
        print(json.dumps(results, indent=2))
    failed = [result["target"] for result in results if result["found"]]
    total = sum(result["executions"] for result in results)
    print(f"{len(results)} targets, {total:,} executions, {len(failed)} failed {' '.join(failed)}".rstrip(), file=sys.stderr)
    return 1 if failed else 0


def build() -> tuple[Path, list[str]]:
    """The fuzzer and the names of its targets; writes the seeds. Raises CalledProcessError where cargo fails."""
    told = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    host = next(line.removeprefix("host: ") for line in told.splitlines() if line.startswith("host: "))
    # With a target named, cargo keeps the flags from build scripts, which are not linked with the fuzzer.
    line = ["cargo", "build", "--quiet", "--profile", "fuzz", "--target", host, "-p", "podlynx-fuzz", "--features", "libfuzzer"]
    print("building the fuzz targets", file=sys.stderr)
    # The seeds' program has no fuzzer in it that could answer its coverage calls: it is built plain.
    subprocess.run([*line, "--bin", "fuzz"], cwd=ENGINE, check=True, env=os.environ | {"RUSTFLAGS": " ".join(COVERAGE)})
    seeds = ["cargo", "run", "--quiet", "-p", "podlynx-fuzz", "--bin", "seeds", "--", str(ROOM / "seeds")]
    names = subprocess.run(seeds, cwd=ENGINE, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return ENGINE / "target" / host / "fuzz" / "fuzz", names


def run(fuzzer: Path, name: str, asked: argparse.Namespace) -> dict:
    """What came of one target: {"target", "executions", "seconds", "coverage", "mebibytes", "found"}."""
    corpus, found = ROOM / "corpus" / name, ROOM / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    kept = ENGINE / "fuzz" / "kept" / name
    given = [str(corpus), str(ROOM / "seeds" / name), *([str(kept)] if kept.is_dir() else [])]
    options = [
        f"-max_total_time={asked.seconds}",
        f"-timeout={asked.timeout}",
        f"-rss_limit_mb={asked.memory}",
        f"-artifact_prefix={found}/{name}-",
        "-print_final_stats=1",
        "-use_value_profile=1",
        "-max_len=4096",
    ]
    begun = time.monotonic()
    chosen = os.environ | {"PODLYNX_FUZZ_TARGET": name}
    ended = subprocess.run([str(fuzzer), *options, *given], env=chosen, capture_output=True, check=False)
    said = ended.stderr.decode(errors="replace")
    result = figures(name, said) | {"seconds": round(time.monotonic() - begun), "found": None}
    if ended.returncode != 0:
        result["found"] = next(iter(re.findall(r"Test unit written to (\S+)", said)), f"exit code {ended.returncode}")
        print(said[-6000:], file=sys.stderr)
        print(f"again: PODLYNX_FUZZ_TARGET={name} {fuzzer} {result['found']}", file=sys.stderr)
        print(f"smaller: with -minimize_crash=1 -max_total_time=60; then keep it in engine/fuzz/kept/{name}", file=sys.stderr)
    print(
        f"{name:10} {result['executions']:>11,} executions  {result['coverage']:>6,} branches  {result['mebibytes']:>5} MiB  "
        f"{result['seconds']:>4} s  {'FAILED' if result['found'] else 'ok'}",
        file=sys.stderr,
        flush=True,
    )
    return result


def figures(name: str, said: str) -> dict:
    """Figures of what libFuzzer said."""

    def last(pattern: str) -> int:
        return int((re.findall(pattern, said) or ["0"])[-1])

    return {
        "target": name,
        "executions": last(r"stat::number_of_executed_units:\s*(\d+)"),
        "coverage": last(r"cov: (\d+)"),
        "mebibytes": last(r"stat::peak_rss_mb:\s*(\d+)") or last(r"rss: (\d+)Mb"),
    }


if __name__ == "__main__":
    sys.exit(main())

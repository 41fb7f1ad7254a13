"""Keeps a benchmark's figures: one dated JSON file a benchmark and machine in `bench/results/`."""

import datetime
import json
import os
import platform
import re
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cpu": _first(r"model name\s*:\s*(.+)", "/proc/cpuinfo") or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(_first(r"MemTotal:\s*(\d+)", "/proc/meminfo") or 0) / 2**20, 1),
        "kernel": platform.release(),
        "load_before": os.getloadavg()[0],
    }


def keep(benchmark: str, figures: dict[str, Any]) -> Path:
    """Write the figures; answers where."""
    on = machine()
    name = re.sub(r"[^a-z0-9]+", "-", str(on["cpu"]).lower()).strip("-")[:40]
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    path = RESULTS / f"{date}-{benchmark}-{name}.json"
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps({"benchmark": benchmark, "date": date, "machine": on, **figures}, indent=2) + "\n")
    return path


def _first(pattern: str, file: str) -> str | None:
    try:
        found = re.search(pattern, Path(file).read_text())
    except OSError:
        return None
    return found[1].strip() if found else None

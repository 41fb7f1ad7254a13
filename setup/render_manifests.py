"""Renders deploy/manifests/*.yaml from the chart with its defaults, for people without Helm; `make gen` calls it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
CHART = CHECKOUT / "deploy" / "chart" / "podlynx"
TARGETS = CHECKOUT / "deploy" / "manifests"
NAMESPACE = "podlynx-system"
HEAD = """\
# {what}
# Generated from deploy/chart/podlynx with its defaults (`make gen`); change the chart, not this file.
"""
FAREWELL = ("templates/farewell/account.yaml", "templates/farewell/job.yaml")
FILES = {
    "podlynx.yaml": (
        "Podlynx without Helm:  kubectl apply --server-side -f podlynx.yaml",
        ["--set", "namespace.create=true"],
    ),
    "farewell.yaml": (
        'Before podlynx.yaml is deleted: docs/install.md, "Uninstalling".',
        [part for template in FAREWELL for part in ("--show-only", template)],
    ),
}
"""Each file: what it is for, and what helm is told beside the defaults."""


def find_helm() -> str | None:
    """On the PATH, or where `make cluster` built it."""
    if found := shutil.which("helm"):
        return found
    cache = Path(os.environ.get("PODLYNX_CACHE") or Path.home() / ".cache" / "podlynx")
    return next((str(path) for path in sorted(cache.glob("cluster/*/helm"))), None)


def rendered(helm: str, file: str) -> str:
    """The manifests; Helm's own marks are left out: nobody manages these objects but who applies them."""
    what, told = FILES[file]
    options = ["--namespace", NAMESPACE, "--kube-version", "1.34", *told]
    done = subprocess.run([helm, "template", "podlynx", str(CHART), *options], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"helm template: {done.stderr.strip()}")
    marks = ("helm.sh/", "app.kubernetes.io/managed-by:", "# Source:")
    lines = [line for line in done.stdout.splitlines() if not line.strip().startswith(marks)]
    text = "\n".join(lines)
    return HEAD.format(what=what) + re.sub(r"\n  annotations:\n(?! {4})", "\n", text) + "\n"


def main() -> int:
    """0 also where helm is not installed: then the file stays as it is, and a test in CI finds drift."""
    helm = find_helm()
    if helm is None:
        print("plain manifests: left as they are, helm is not on the PATH, nor built by `make cluster`", file=sys.stderr)
        return 0
    for file in FILES:
        (TARGETS / file).write_text(rendered(helm, file))
    return 0


if __name__ == "__main__":
    sys.exit(main())

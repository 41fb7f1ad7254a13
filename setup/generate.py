"""`make gen`: renews everything that is generated and committed. Tests fail where one of these is out of date."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
BIN = CHECKOUT / ".venv" / "bin"
UV = CHECKOUT / ".cache" / "uv" / "bin" / "uv"

# (what, command, the file that its output goes to); the page's client comes after the contract that it is made from.
STEPS: tuple[tuple[str, list[str], str | None], ...] = (
    ("event schema", [str(BIN / "python"), "-m", "podlynx.models.schema"], None),
    ("openapi.json", [str(BIN / "python"), "-m", "podlynx.manager.openapi"], "src/podlynx/manager/openapi.json"),
    ("rule options", [str(BIN / "python"), "-m", "podlynx.rules.reference"], "docs/rule-options.md"),
    ("fields of the query language", [str(BIN / "python"), "setup/write_fields.py"], None),
    ("outputs", [str(BIN / "python"), "-m", "podlynx.outputs.reference", "docs/outputs.md"], None),
    ("settings", [str(BIN / "python"), "-m", "podlynx.settings.reference", "docs/settings.md"], None),
    ("metrics", [str(BIN / "python"), "setup/write_metrics.py"], "docs/metrics.md"),
    ("objects for Kibana", [str(BIN / "python"), "setup/write_kibana.py"], None),
    ("CRDs", [str(BIN / "python"), "setup/write_crds.py"], None),
    ("page's API client", ["npm", "--prefix", "web", "run", "--silent", "gen"], None),
    ("plain manifests", [str(BIN / "python"), "setup/render_manifests.py"], None),
    # Universal, with hashes and without the index's address: the same file serves every machine and mirror.
    (
        "requirements.lock",
        [
            *(str(UV), "pip", "compile", "--quiet", "pyproject.toml", "--group", "dev", "--universal"),
            *("--python-version", "3.11", "--generate-hashes", "--no-header", "--output-file", "requirements.lock"),
        ],
        None,
    ),
    # What the image installs: the same versions, without the tools of development.
    (
        "deploy/requirements.lock",
        [
            *(str(UV), "pip", "compile", "--quiet", "pyproject.toml", "--constraint", "requirements.lock", "--universal"),
            *("--python-version", "3.11", "--generate-hashes", "--no-header", "--output-file", "deploy/requirements.lock"),
        ],
        None,
    ),
)


def main() -> int:
    """Stop at the first step that fails, leaving its file as it was."""
    for what, command, target in STEPS:
        done = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, check=False)
        if done.returncode:
            print(f"{what}: {' '.join(command)} ended with {done.returncode}", file=sys.stderr)
            return 1
        if target:
            (CHECKOUT / target).write_bytes(done.stdout)
        print(f"{what}: done")
    return 0


if __name__ == "__main__":
    sys.exit(main())

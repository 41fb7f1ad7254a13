"""Writes `deploy/crds` from the models (`make gen`)."""

from pathlib import Path

import msgspec

from podlynx.kubernetes.crds import KINDS, definition

FOLDER = Path(__file__).resolve().parents[1] / "deploy" / "crds"

for kind in KINDS:
    (FOLDER / kind.file).write_bytes(msgspec.yaml.encode(definition(kind)))

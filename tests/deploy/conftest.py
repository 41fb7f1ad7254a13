"""The chart as Helm renders it. Without helm these tests are skipped, and say so."""

import importlib.util
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from tests.absent import absent

CHECKOUT = Path(__file__).resolve().parents[2]
CHART = CHECKOUT / "deploy" / "chart" / "podlynx"
NAMESPACE = "podlynx-system"
Manifest = dict[str, Any]


@pytest.fixture(scope="session")
def generator() -> ModuleType:
    """What renders the plain manifests."""
    spec = importlib.util.spec_from_file_location("render_manifests", CHECKOUT / "setup" / "render_manifests.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def helm(generator) -> str:
    found = generator.find_helm()
    if found is None:
        absent("helm is not on the PATH, nor built by `make cluster`")
    return found


@pytest.fixture
def render(helm: str, tmp_path: Path) -> Callable[[Mapping[str, Any]], subprocess.CompletedProcess[str]]:
    """`helm template` with these values."""

    def rendered(values: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "values.json"
        file.write_bytes(msgspec.json.encode(values))
        command = [helm, "template", "podlynx", str(CHART), "-n", NAMESPACE, "--kube-version", "1.34", "-f", str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return rendered


@pytest.fixture
def objects(render) -> Callable[..., dict[tuple[str, str], Manifest]]:
    """The objects that these values give, by kind and name."""

    def made(**values: Any) -> dict[tuple[str, str], Manifest]:
        done = render(values)
        assert done.returncode == 0, done.stderr
        parts = [msgspec.yaml.decode(part) for part in done.stdout.split("\n---\n")]
        return {(each["kind"], each["metadata"]["name"]): each for each in parts if each}

    return made

"""The image that `make images` made, where it was: what a cluster's owner may rely on."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
from tests.absent import absent

CHECKOUT = Path(__file__).resolve().parents[2]
ARCHIVE = CHECKOUT / "build" / "images" / "podlynx.tar"
MEGABYTE = 1_000_000
HOME = "opt/podlynx"


@pytest.fixture(scope="module")
def image():
    """(configuration, {path: member} of all layers, compressed bytes) of the OCI archive."""
    if not ARCHIVE.is_file():
        absent("make images was not run")
    files: dict[str, tarfile.TarInfo] = {}
    with tarfile.open(ARCHIVE) as archive:

        def blob(digest):
            return archive.extractfile(f"blobs/{digest.replace(':', '/')}").read()

        index = json.load(archive.extractfile("index.json"))
        manifest = json.loads(blob(index["manifests"][0]["digest"]))
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob(layer["digest"])))) as content:
                files |= {member.name.removeprefix("./"): member for member in content}
        return json.loads(blob(manifest["config"]["digest"]))["config"], files, ARCHIVE.stat().st_size


def test_it_runs_podlynx_as_nobody_without_a_shell(image):
    configuration, files, _ = image
    assert configuration["Entrypoint"] == ["/opt/podlynx/bin/podlynx"]
    assert configuration["User"] == "65532:65532"
    shells = {f"{folder}/{name}" for folder in ("bin", "usr/bin") for name in ("sh", "bash", "dash", "busybox")}
    assert not shells & set(files)


def test_nothing_in_it_gains_rights(image):
    _, files, _ = image
    assert [name for name, member in files.items() if member.mode & 0o6000 and member.isfile()] == []
    open_to_all = [name for name, member in files.items() if member.mode & 0o002 and member.isfile()]
    assert open_to_all == []


def test_it_is_small(image):
    _, files, compressed = image
    assert compressed < 100 * MEGABYTE
    assert sum(member.size for member in files.values()) < 250 * MEGABYTE


@pytest.mark.parametrize(
    "pattern",
    [
        "lib/python3.11/site-packages/podlynx/rules/starter.rules",
        "lib/python3.11/site-packages/podlynx/web/index.html",
        "lib/python3.11/site-packages/podlynx/_engine.abi3.so",
        "lib/python3.11/site-packages/podlynx/cli/__pycache__/app.cpython-311.pyc",
        "share/podlynx/patterns-*.bin",
    ],
    ids=["starter rules", "page", "engine", "bytecode", "pattern databases"],
)
def test_what_a_read_only_root_could_not_make_later_is_in_it(image, pattern):
    _, files, _ = image
    found = [name for name in files if Path(name).match(f"{HOME}/{pattern}")]
    assert found
    assert all(files[name].uid == 0 and files[name].mode & 0o004 for name in found), "readable for every user, written by root"


def test_tools_of_development_are_not(image):
    _, files, _ = image
    packages = {
        name.split("/")[5] for name in files if name.startswith(f"{HOME}/lib/python3.11/site-packages/") and name.count("/") > 5
    }
    assert not packages & {"pytest", "mypy", "ruff", "hypothesis", "maturin", "pip"}

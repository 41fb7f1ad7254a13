"""Container images: made of files without an engine or a base image, and loaded into the nodes (OCI image layout 1.0)."""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.e2e.cluster.layout import NODES, ClusterError, Node, State
from tests.e2e.cluster.node import RUNTIME_SOCKET
from tests.e2e.cluster.processes import inside, run

MEDIA = "application/vnd.oci.image"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}  # uname's word: the image format's (Go's GOARCH)
IMPORT_SECONDS = 300


def write(archive: Path, reference: str, files: dict[str, Path], entrypoint: Sequence[str]) -> None:
    """An image of one layer that holds the files (path in the image: file), owned by root, executable, without timestamps."""
    layer = _layer(files)
    config = {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Entrypoint": list(entrypoint), "Env": ["PATH=/"], "User": "65532:65532"},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        "history": [],
    }
    blobs = [json.dumps(config).encode(), layer]
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{MEDIA}.manifest.v1+json",
        "config": _descriptor("config.v1+json", blobs[0]),
        "layers": [_descriptor("layer.v1.tar", layer)],
    }
    blobs.append(json.dumps(manifest).encode())
    names = {"io.containerd.image.name": reference, "org.opencontainers.image.ref.name": reference.rpartition(":")[2]}
    index = {"schemaVersion": 2, "manifests": [{**_descriptor("manifest.v1+json", blobs[-1]), "annotations": names}]}
    members = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": json.dumps(index).encode()}
    members |= {f"blobs/{_digest(blob).replace(':', '/')}": blob for blob in blobs}
    with tarfile.open(archive, "w") as tar:
        for name, content in members.items():
            _add(tar, name, content)


def _layer(files: dict[str, Path]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, path in sorted(files.items()):
            _add(tar, name.lstrip("/"), path.read_bytes(), mode=0o755)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))


def _digest(blob: bytes) -> str:
    return "sha256:" + hashlib.sha256(blob).hexdigest()


def _descriptor(kind: str, blob: bytes) -> dict[str, str | int]:
    return {"mediaType": f"{MEDIA}.{kind}", "digest": _digest(blob), "size": len(blob)}


def load(state: State, archives: Sequence[Path], nodes: Sequence[Node] = NODES) -> None:
    """Imports each archive on every node. Raises ClusterError for a file that is missing or no image archive."""
    for archive in archives:
        if not archive.is_file():
            raise ClusterError(f"{archive} is not there; give an image archive (OCI or docker archive, a .tar file)")
    with ThreadPoolExecutor(len(nodes)) as pool:
        for done in [pool.submit(_import, state, node, archives) for node in nodes]:
            done.result()


def _import(state: State, node: Node, archives: Sequence[Path]) -> None:
    for archive in archives:
        # Read here and piped in: the file may lie where the node's own root has nothing.
        command = inside(state, node, ["ctr", "--address", RUNTIME_SOCKET, "--namespace", "k8s.io", "images", "import", "-"])
        with archive.open("rb") as content:
            run(command, stdin=content, timeout=IMPORT_SECONDS)


def listed(state: State, node: Node) -> list[str]:
    """Names of the images that a node has."""
    command = ["ctr", "--address", RUNTIME_SOCKET, "--namespace", "k8s.io", "images", "list", "--quiet"]
    return run(inside(state, node, command)).split()

"""Podlynx itself on the cluster: its image in every node, its chart installed, as a user would."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from tests.e2e.cluster import images
from tests.e2e.cluster.bring_up import kubectl
from tests.e2e.cluster.layout import CHECKOUT, ClusterError, State
from tests.e2e.cluster.processes import plain_environment, run

IMAGE = CHECKOUT / "build" / "images" / "podlynx.tar"
CHART = CHECKOUT / "deploy" / "chart" / "podlynx"
TAG = "dev"
NAMESPACE = "podlynx-system"
SENSORS = ("tigera-dpi", "podlynx-dpi")
READY_SECONDS = 180
# Rolls operator and manager where the image behind the tag is another; the tag alone would tell nobody.
ANNOTATION = "podlynx\\.io/image-archive"


def install(state: State, say: Callable[[str], None], settings: list[str]) -> None:
    """`settings` are further `name=value` pairs for helm's --set. Raises ClusterError where the image was not made."""
    if not IMAGE.is_file():
        raise ClusterError(f"{IMAGE.relative_to(CHECKOUT)} is not there: `make images` makes it")
    images.load(state, [IMAGE])
    say("every node has the image")
    _namespace(state)
    before = _image_archive(state)
    archive = hashlib.sha256(IMAGE.read_bytes()).hexdigest()[:16]
    values = [
        f"image.tag={TAG}",
        *(f"{part}.podAnnotations.{ANNOTATION}={archive}" for part in ("operator", "manager")),
        *settings,
    ]
    try:
        helm(state, "upgrade", "--install", "podlynx", str(CHART), "--namespace", NAMESPACE, *_set(values), *_wait())
    except ClusterError as problem:
        raise ClusterError(f"{problem}\n{_why(state)}") from problem
    if before not in ("", archive):
        for namespace in SENSORS:
            kubectl(state, "delete", "pods", "--all", "--namespace", namespace, "--wait=false", "--ignore-not-found")
    say(f"the chart is installed in {NAMESPACE}")


def _why(state: State) -> str:
    """What a person would look at next."""
    pods = kubectl(state, "get", "pods", "--namespace", NAMESPACE, "--output=wide")
    events = kubectl(state, "get", "events", "--namespace", NAMESPACE, "--sort-by=.lastTimestamp").splitlines()[-8:]
    logs = [
        kubectl(state, "logs", f"deployment/podlynx-{part}", "--namespace", NAMESPACE, "--tail=10", "--ignore-errors")
        for part in ("operator", "manager")
    ]
    return "\n".join([pods, *events, *logs])


def _set(values: list[str]) -> list[str]:
    # Strings: a hash of digits alone stays one.
    return [part for value in values for part in ("--set-string" if ANNOTATION in value else "--set", value)]


def _wait() -> list[str]:
    return ["--wait", f"--timeout={READY_SECONDS}s"]


def _namespace(state: State) -> None:
    """With the Pod Security level that operator and manager promise to live under (Kubernetes, Pod Security Admission)."""
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
    path = state.root / "run" / "namespace.json"
    path.write_text(json.dumps(document))
    kubectl(state, "apply", "--server-side", "--field-manager=podlynx-test-cluster", "-f", str(path))


def _image_archive(state: State) -> str:
    path = f"{{.spec.template.metadata.annotations.{ANNOTATION}}}"
    names = ("deployment", "podlynx-operator", "--namespace", NAMESPACE, "--ignore-not-found")
    return kubectl(state, "get", *names, f"--output=jsonpath={path}").strip()


def uninstall(state: State, say: Callable[[str], None]) -> None:
    """As `helm uninstall` leaves it."""
    helm(state, "uninstall", "podlynx", "--namespace", NAMESPACE, "--ignore-not-found", *_wait())
    say("the chart is uninstalled")


def helm(state: State, *arguments: str) -> str:
    """As the cluster's administrator, with helm's own files inside the cluster's state."""
    folders = {f"HELM_{name}_HOME": str(Path(state.root, "helm", name.lower())) for name in ("CACHE", "CONFIG", "DATA")}
    environment = {**plain_environment(), **folders, "KUBECONFIG": str(state.kubeconfig)}
    return run([str(state.bin / "helm"), *arguments], env=environment, timeout=READY_SECONDS + 60)

"""The cluster's programs and images, built once and kept in a cache under the hash of what they are made from."""

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.cluster import images, toolchain
from tests.e2e.cluster.layout import (
    CHECKOUT,
    COREDNS_IMAGE,
    OWN_RULES_IMAGE,
    PAUSE_IMAGE,
    SHOP_IMAGE,
    ClusterError,
    State,
    cache,
    content_hash,
)
from tests.e2e.cluster.processes import run

SOURCES = CHECKOUT / "setup" / "cluster"
IMAGE_SOURCES = CHECKOUT / "tests" / "e2e" / "images"
KUBERNETES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl")
VERSION_PACKAGE = "k8s.io/component-base/version"
BUILD_SECONDS = 3600
GENTLY = ["nice", "-n", "10"]
Say = Callable[[str], None]


class Cache:
    """Built programs and images. A file that is there is whole: each is built beside its place and moved into it."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.kubernetes = cache() / content_hash([SOURCES / "go.mod", SOURCES / "go.sum", SOURCES / "main.go"])
        self.modules = {name: (module, int(seconds)) for name, module, seconds in _versions()}
        self.images = cache() / f"images-{content_hash([path for path in IMAGE_SOURCES.rglob('*') if path.is_file()])}"

    def build(self) -> None:
        """Whatever `make cluster` needs; minutes the first time, nothing after that."""
        with _only_one():
            self.hyperkube()
            self.pause()
            for name in ("coredns", "helm"):
                self.module(name)

    def hyperkube(self) -> Path:
        """Kubernetes and etcd as one program, which is what its name says it is."""
        return self._built(self.kubernetes / "hyperkube", 400, self._build_kubernetes)

    def _build_kubernetes(self, target: Path) -> None:
        version = _kubernetes_version()
        major, minor, _ = version.lstrip("v").split(".")
        facts = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
        flags = "-s -w " + " ".join(f"-X {VERSION_PACKAGE}.{name}={value}" for name, value in facts.items())
        _go("build", "-mod=readonly", "-p", "2", "-trimpath", "-ldflags", flags, "-o", str(target), ".", folder=SOURCES)

    def module(self, name: str) -> Path:
        """A program built from its Go module as it is (versions.txt)."""
        module, seconds = self.modules[name]
        version = module.rpartition("@")[2]
        return self._built(cache() / f"{name}-{version}" / name, seconds, lambda target: self._install(module, target))

    def _install(self, module: str, target: Path) -> None:
        _go("install", "-p", "2", "-trimpath", "-ldflags", "-s -w", module, bin_folder=target.parent)
        made = target.parent / module.partition("@")[0].rpartition("/")[2]
        made.rename(target)

    def pause(self) -> Path:
        """The process that holds pods and nodes open."""
        return self._built(self.images / "pause", 1, self._build_pause)

    def _build_pause(self, target: Path) -> None:
        run(["gcc", "-Os", "-static", "-s", "-Wall", "-o", str(target), str(IMAGE_SOURCES / "pause.c")])

    def archives(self) -> list[Path]:
        """Images that every cluster has: pause, DNS, the shop, and rules of somebody's own."""
        wanted = {
            PAUSE_IMAGE: ("/pause", self.pause()),
            COREDNS_IMAGE: ("/coredns", self.module("coredns")),
            SHOP_IMAGE: ("/shop", self._own("shop")),
            OWN_RULES_IMAGE: ("/own_rules", self._own("own_rules")),
        }
        return [self._archive(reference, path, program) for reference, (path, program) in wanted.items()]

    def _own(self, name: str) -> Path:
        """A program of `tests/e2e/images`."""
        source = str(IMAGE_SOURCES / name / "main.go")
        return self._built(
            self.images / name, 20, lambda target: _go("build", "-trimpath", "-ldflags", "-s -w", "-o", str(target), source)
        )

    def _archive(self, reference: str, path: str, program: Path) -> Path:
        target = program.with_name(f"{program.name}.tar")
        return self._built(target, 1, lambda made: images.write(made, reference, {path: program}, [path]))

    def _built(self, target: Path, seconds: int, build: Callable[[Path], None]) -> Path:
        if target.exists():
            return target
        if seconds > 1:
            self.say(f"building {target.name} (about {seconds} s, once)")
        began = time.monotonic()
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.part")
        build(beside)
        beside.rename(target)
        if seconds > 1:
            self.say(f"built {target.name} in {time.monotonic() - began:.0f} s")
        return target

    def link(self, state: State) -> None:
        """Every program into the cluster's own bin, under the name it is called by."""
        state.bin.mkdir(parents=True, exist_ok=True)
        programs = {name: self.hyperkube() for name in KUBERNETES}
        programs |= {"pause": self.pause(), "helm": self.module("helm")}
        for name, program in programs.items():
            link = state.bin / name
            link.unlink(missing_ok=True)
            link.symlink_to(program)


def _versions() -> Iterator[list[str]]:
    for line in (SOURCES / "versions.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split()


def _kubernetes_version() -> str:
    found = re.search(r"^require k8s\.io/kubernetes (v\S+)$", (SOURCES / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise ClusterError(f"{SOURCES / 'go.mod'} names no version of k8s.io/kubernetes")
    return found.group(1)


def _go(*arguments: str, folder: Path | None = None, bin_folder: Path | None = None) -> None:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
    if bin_folder:
        environment["GOBIN"] = str(bin_folder)
    run([*GENTLY, toolchain.go(print), *arguments], env=environment, folder=folder, timeout=BUILD_SECONDS)


@contextmanager
def _only_one() -> Iterator[None]:
    """Two checkouts share the cache: the second waits for the first instead of building the same beside it."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

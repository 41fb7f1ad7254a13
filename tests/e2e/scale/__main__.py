"""`make scale`: fake nodes and pods, a sensor's watch and heartbeat for each node; what that costs, as a table in docs/scale.md.

Needs the cluster of `make cluster`. Counts are those of the API server itself (`/metrics`) and of the wire (both ways through a
meter, TLS included). With `--write` the table goes into docs/scale.md.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.cluster import fake_nodes
from tests.e2e.cluster.layout import CHECKOUT, CONTROL_PLANE, State
from tests.e2e.scale.fleet import Fleet
from tests.e2e.scale.load import NAMESPACE, flap, set_pods
from tests.e2e.scale.meter import Meter
from tests.e2e.typed import kubectl, objects, until

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ApiError

DOCUMENT = CHECKOUT / "docs" / "scale.md"
BEGIN, END = "<!-- measured -->", "<!-- end -->"
SAMPLE = "demo/60-deep-packet-inspection/sample-dpi-frontend.yaml"


@dataclass(frozen=True)
class Row:
    """One measured minute. Rates are a second's; bytes are those of all sensors together."""

    sensors: int
    pods: int
    flaps: float
    watches: int
    writes: float
    requests: float
    api_in: float
    api_out: float
    beats: float
    manager_out: float
    manager_in: float
    manager_memory: int

    def line(self) -> str:
        """A row of the table."""
        cells = [
            f"{self.sensors}",
            f"{self.pods:,}",
            f"{self.flaps:.0f}",
            f"{self.watches}",
            f"{self.writes:.1f}",
            f"{self.requests:.1f}",
            f"{self.api_in / 1024:.1f}",
            f"{self.api_out / 1024:.1f}",
            f"{self.beats:.0f}",
            f"{self.manager_out / 1024:.1f}",
            f"{self.manager_in / 1024:.1f}",
            f"{self.manager_memory / 2**20:.0f}",
        ]
        return "| " + " | ".join(cells) + " |"


COLUMNS = (
    "sensors",
    "pods not selected",
    "label changes/s",
    "connections",
    "writes of status/s",
    "requests/s",
    "KiB/s from the API server",
    "KiB/s to it",
    "heartbeats/s",
    "KiB/s to the manager",
    "KiB/s from it",
    "manager's MiB",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


def main() -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.e2e.scale", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--nodes", type=int, default=500)
    parser.add_argument("--pods", type=int, nargs="+", default=[0, 1000, 5000], help="steps of pods that nobody selects")
    parser.add_argument("--seconds", type=float, default=30.0, help="of each measurement")
    parser.add_argument("--flaps", type=float, default=20.0, help="label changes a second, where there are pods")
    parser.add_argument("--troubled", type=int, default=1, help="sensors whose capture fails and mends every other second")
    parser.add_argument("--write", action="store_true", help="write the table into docs/scale.md")
    asked = parser.parse_args()
    rows = asyncio.run(_measured(asked))
    table = "\n".join([HEAD, *(row.line() for row in rows)])
    print(table)
    if asked.write:
        _write(table, asked)
    return 0


def _write(table: str, asked: argparse.Namespace) -> None:
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    said = f"Measured on {time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {asked.seconds:.0f} s a row."
    DOCUMENT.write_text(f"{before}{BEGIN}\n{said}\n\n{table}\n{END}{after}")


async def _measured(asked: argparse.Namespace) -> list[Row]:
    state = State.chosen()
    os.environ["KUBECONFIG"] = str(state.kubeconfig)
    say = lambda text: print(f"  {text}", file=sys.stderr, flush=True)  # noqa: E731
    kubectl(f"apply -f {SAMPLE}")
    fake_nodes.set_count(state, asked.nodes, say)
    until(lambda: not objects(f"namespace {NAMESPACE}"), 300, every=2)  # that of the last run ends with its pods
    kubectl(f"create namespace {NAMESPACE}")
    until(lambda: objects(f"serviceaccount default -n {NAMESPACE}"), 30)
    try:
        nodes = sorted(node["metadata"]["name"] for node in objects("nodes -l type=kwok"))
        tokens = await asyncio.to_thread(until, lambda: _tokens(nodes), 180, every=2)
        say(f"{len(tokens)} sensors have tokens of their own")
        return [row async for row in _rows(asked, state, nodes, tokens, say)]
    finally:
        kubectl(f"delete namespace {NAMESPACE} --wait=false --ignore-not-found")
        fake_nodes.set_count(state, 0, say)
        kubectl(f"delete -f {SAMPLE} --ignore-not-found")


def _tokens(nodes: list[str]) -> dict[str, str]:
    """By node, of the audience and bound to the pod as the kubelet would get it. None until every node has its sensor's pod."""
    alive = [pod for pod in objects("pods -n tigera-dpi") if "deletionTimestamp" not in pod["metadata"]]
    pods = {pod["spec"].get("nodeName", ""): pod["metadata"] for pod in alive}
    if missing := [node for node in nodes if node not in pods]:
        raise AssertionError(f"{len(missing)} nodes have no sensor yet")
    try:
        return asyncio.run(_minted({node: pods[node] for node in nodes}))
    except ApiError as error:
        raise AssertionError(f"a sensor went while its token was made: {error}") from error


async def _minted(pods: dict[str, dict[str, str]]) -> dict[str, str]:
    async def one(client: Client, pod: dict[str, str]) -> str:
        bound = {"kind": "Pod", "apiVersion": "v1", "name": pod["name"], "uid": pod["uid"]}
        request = {"spec": {"audiences": ["podlynx-manager"], "expirationSeconds": 7200, "boundObjectRef": bound}}
        path = "/api/v1/namespaces/tigera-dpi/serviceaccounts/tigera-dpi/token"
        answer = json.loads(
            await client.raw("POST", path, body={"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", **request})
        )
        return str(answer["status"]["token"])

    async with Client.connect() as client:
        made = []
        for node, pod in pods.items():
            made.append((node, await one(client, pod)))
    return dict(made)


async def _rows(asked: argparse.Namespace, state: State, nodes: list[str], tokens: dict[str, str], say) -> AsyncIterator[Row]:  # type: ignore[no-untyped-def]
    (pod,) = objects("pods -n podlynx-system -l app.kubernetes.io/component=manager")
    async with Meter(CONTROL_PLANE.address(4), 6443) as api, Meter(pod["status"]["podIP"], 8443) as manager:
        with tempfile.TemporaryDirectory() as folder:
            direct = Client.connect()
            authority = _written(folder, "ca.crt", objects("configmap podlynx-ca -n podlynx-system")[0]["data"]["ca.crt"])
            through = re.sub(r"https://[^\s\"']+", f"https://{api.address}", _read(state.kubeconfig))
            os.environ["KUBECONFIG"] = str(_written(folder, "kubeconfig", through))
            fleet = Fleet(f"https://{manager.address}", authority, tokens)
            began = time.monotonic()
            await fleet.start()
            say(f"{len(fleet.watchers)} sensors run after {time.monotonic() - began:.0f} s; they know {fleet.pods()} pods")
            have = 0
            try:
                for pods in asked.pods:
                    await set_pods(direct, have, pods, nodes)
                    have = max(have, pods)
                    await asyncio.sleep(15)  # kwok sets them running
                    yield await _row(asked, direct, api, manager, fleet, pods)
                    say(f"{pods} pods: measured")
            finally:
                await fleet.stop()
                await direct.close()


def _written(folder: str, name: str, text: str) -> Path:
    path = Path(folder, name)
    path.write_text(text)
    return path


def _read(path: Path) -> str:
    return path.read_text()


async def _row(asked: argparse.Namespace, direct: Client, api: Meter, manager: Meter, fleet: Fleet, pods: int) -> Row:
    flapping = [asyncio.create_task(flap(direct, pods, asked.flaps))] if pods else []
    flapping.append(asyncio.create_task(fleet.trouble(asked.troubled)))
    await asyncio.sleep(3)
    beats = _beats(fleet)
    before = (api.received, api.sent, manager.sent, manager.received, await _writes(direct), await _requests(direct))
    began = time.monotonic()
    await asyncio.sleep(asked.seconds)
    seconds = time.monotonic() - began
    after = (api.received, api.sent, manager.sent, manager.received, await _writes(direct), await _requests(direct))
    rates = [(now - then) / seconds for now, then in zip(after, before, strict=True)]
    for task in flapping:
        task.cancel()
    await asyncio.gather(*flapping, return_exceptions=True)
    return Row(
        sensors=len(fleet.watchers),
        pods=pods,
        flaps=asked.flaps if pods else 0,
        watches=api.connections,
        writes=rates[4],
        requests=rates[5],
        api_in=rates[0],
        api_out=rates[1],
        beats=(_beats(fleet) - beats) / seconds,
        manager_out=rates[2],
        manager_in=rates[3],
        manager_memory=_manager_memory(),
    )


def _beats(fleet: Fleet) -> int:
    return sum(watcher.heartbeat.heard for watcher in fleet.watchers)


async def _requests(client: Client) -> int:
    """Lists and watches begun at the API server for pods and DeepPacketInspections, whoever asked."""
    text = (await client.raw("GET", "/metrics")).decode()
    pattern = r'^apiserver_request_total\{[^}]*resource="(?:pods|deeppacketinspections)"[^}]*verb="(?:LIST|WATCH)"[^}]*\} (\S+)'
    return sum(int(float(number)) for number in re.findall(pattern, text, re.MULTILINE))


async def _writes(client: Client) -> int:
    """Changes of a DeepPacketInspection's status, copies too."""
    text = (await client.raw("GET", "/metrics")).decode()
    pattern = (
        r'^apiserver_request_total\{[^}]*code="200"[^}]*resource="deeppacketinspections"'
        r'[^}]*subresource="status"[^}]*verb="PATCH"[^}]*\} (\S+)'
    )
    return sum(int(float(number)) for number in re.findall(pattern, text, re.MULTILINE))


def _manager_memory() -> int:
    """Resident bytes of the manager, where its process can be found."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if b"podlynx\0manager" in path.read_bytes():
                found = re.search(r"VmRSS:\s+(\d+)", (path.parent / "status").read_text())
                return int(found[1]) * 1024 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.e2e.cluster VERB`: up, down, install, uninstall, load, status, on, restart, fake-nodes."""

import argparse
import os
import sys
from pathlib import Path

from tests.e2e.cluster import bring_up, control_plane, fake_nodes, images, product
from tests.e2e.cluster.layout import CONTROL_PLANE, NODES, ClusterError, State, node_named
from tests.e2e.cluster.node import ensure
from tests.e2e.cluster.processes import inside, recorded, running

EPILOG = (
    "PODLYNX_CLUSTER_STATE says where its state lies (/var/lib/podlynx-cluster), PODLYNX_CACHE what was built (~/.cache/podlynx)."
)


def main() -> int:
    """Answers the exit code."""
    arguments = _parser().parse_args()
    try:
        return int(arguments.verb(State.chosen(), arguments))
    except ClusterError as problem:
        print(f"cluster: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.e2e.cluster", description="A real Kubernetes for the tests.", epilog=EPILOG
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    verbs.add_parser("up", help="bring the cluster up, or refresh it").set_defaults(verb=_up)
    down = verbs.add_parser("down", help="end and remove it, and compare the machine with before")
    down.add_argument("--strict", action="store_true", help="exit with 1 where the machine is not as it was")
    down.set_defaults(verb=_down)
    install = verbs.add_parser("install", help="load the image of `make images` and install the chart, or upgrade both")
    install.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a value of the chart")
    install.set_defaults(verb=_install)
    verbs.add_parser("uninstall", help="uninstall the chart").set_defaults(verb=_uninstall)
    load = verbs.add_parser("load", help="load image archives into every node")
    load.add_argument("archives", nargs="+", type=Path, metavar="FILE.tar")
    load.set_defaults(verb=_load)
    verbs.add_parser("status", help="processes and images of each node").set_defaults(verb=_status)
    on = verbs.add_parser("on", help="run a command on a node")
    on.add_argument("node", metavar="NODE")
    on.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    on.set_defaults(verb=_on)
    restart = verbs.add_parser("restart", help="end a program of the control plane and start it again")
    restart.add_argument("program", choices=("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"))
    restart.set_defaults(verb=_restart)
    fake = verbs.add_parser("fake-nodes", help="make so many nodes that exist in the API alone (0: none)")
    fake.add_argument("count", type=int, metavar="COUNT")
    fake.set_defaults(verb=_fake_nodes)
    return parser


def _up(state: State, _: argparse.Namespace) -> int:
    bring_up.up(state, bring_up.Progress())
    return 0


def _down(state: State, arguments: argparse.Namespace) -> int:
    changed = bring_up.down(state, bring_up.Progress())
    for line in changed:
        print(f"  {line}")
    return 1 if changed and arguments.strict else 0


def _install(state: State, arguments: argparse.Namespace) -> int:
    product.install(state, bring_up.Progress(), arguments.set)
    return 0


def _uninstall(state: State, _: argparse.Namespace) -> int:
    product.uninstall(state, bring_up.Progress())
    return 0


def _fake_nodes(state: State, arguments: argparse.Namespace) -> int:
    fake_nodes.set_count(state, arguments.count, bring_up.Progress())
    return 0


def _load(state: State, arguments: argparse.Namespace) -> int:
    images.load(state, arguments.archives)
    print(f"loaded {', '.join(str(archive) for archive in arguments.archives)} into {', '.join(node.name for node in NODES)}")
    return 0


def _status(state: State, _: argparse.Namespace) -> int:
    for node in NODES:
        processes = running(state, node.name)
        print(f"{node.name} ({node.cni}, {node.address(4)}): {', '.join(processes) or 'not up'}")
        if processes:
            named = [name for name in images.listed(state, node) if not name.startswith("sha256:")]
            print(f"  images: {', '.join(named)}")
    return 0


def _on(state: State, arguments: argparse.Namespace) -> int:
    command = inside(state, node_named(arguments.node), arguments.command or ["/bin/bash"])
    os.execvp(command[0], command)


def _restart(state: State, arguments: argparse.Namespace) -> int:
    process = recorded(state, CONTROL_PLANE.name, arguments.program)
    if process:
        process.kill()
    ensure(state, CONTROL_PLANE, arguments.program, control_plane.commands(state)[arguments.program])
    control_plane.start(state)
    print(f"{arguments.program} runs again")
    return 0


if __name__ == "__main__":
    sys.exit(main())

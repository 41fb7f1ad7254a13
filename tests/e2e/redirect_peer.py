"""A network that hides half of a pod's traffic from the host's end of its link, as eBPF host routing does.

A program of four instructions at the sender's link hands each packet straight to the other end of the receiver's (bpf-helpers(7),
`bpf_redirect_peer`): it never passes the receiver's link on the host.
"""

import contextlib
import struct
from collections.abc import Iterator

from tests.e2e.typed import objects, typed

HELPER = 155  # bpf_redirect_peer
PIN = "/sys/fs/bpf/podlynx-test"
LOADER = """
import ctypes, os, struct, sys
code = bytes.fromhex(sys.argv[1])
program, licence = ctypes.create_string_buffer(code), ctypes.create_string_buffer(b"GPL")
libc = ctypes.CDLL(None, use_errno=True)
addresses = [ctypes.addressof(each) for each in (program, licence)]
load = struct.pack("IIQQIIQI", 3, len(code) // 8, *addresses, 0, 0, 0, 0).ljust(128, b"\\0")
fd = libc.syscall(321, 5, ctypes.create_string_buffer(load), len(load))
assert fd >= 0, os.strerror(ctypes.get_errno())
path = ctypes.create_string_buffer(sys.argv[2].encode())
pin = struct.pack("QII", ctypes.addressof(path), fd, 0).ljust(128, b"\\0")
assert libc.syscall(321, 6, ctypes.create_string_buffer(pin), len(pin)) == 0, os.strerror(ctypes.get_errno())
"""


def on(node: str, command: str) -> str:
    """A command on a node."""
    return typed(f"python -m tests.e2e.cluster on {node} {command}")


def link_of(node: str, pod: str) -> tuple[str, int]:
    """Name and index of the host's end of a pod's link; `pod`: namespace/name."""
    namespace, name = pod.split("/")
    address = objects(f"pod {name} -n {namespace}")[0]["status"]["podIP"]
    on(node, f"curl -s -o /dev/null -m 5 http://{address}:8080/")  # who is there is known after traffic alone
    hardware = next(line.split()[4] for line in on(node, f"ip -4 neigh show {address}").splitlines() if "lladdr" in line)
    port = next(line.split()[2] for line in on(node, "bridge fdb show").splitlines() if line.startswith(hardware))
    return port, int(on(node, f"cat /sys/class/net/{port}/ifindex"))


@contextlib.contextmanager
def redirected(node: str, *pods: str) -> Iterator[None]:
    """While it lasts, what two pods of the node send each other passes neither one's link on the host."""
    first, second = (link_of(node, pod) for pod in pods)
    pairs = [(first[0], second[1]), (second[0], first[1])]
    try:
        for origin, target in pairs:
            _redirect(node, origin, target)
        yield
    finally:
        for origin, _ in pairs:
            on(node, f"tc qdisc del dev {origin} clsact")
            on(node, f"rm -f {PIN}-{origin}")


def _redirect(node: str, origin: str, target: int) -> None:
    # r1 = ifindex; r2 = 0; call; exit (Linux, Documentation/bpf/standardization/instruction-set.rst)
    program = ((0xB7, 1, 0, target), (0xB7, 2, 0, 0), (0x85, 0, 0, HELPER), (0x95, 0, 0, 0))
    code = b"".join(struct.pack("<BBhi", *each) for each in program)
    typed(f"python -m tests.e2e.cluster on {node} python3 -c '{LOADER}' {code.hex()} {PIN}-{origin}")
    on(node, f"tc qdisc add dev {origin} clsact")
    on(node, f"tc filter add dev {origin} ingress bpf direct-action object-pinned {PIN}-{origin}")

"""What is left to a process that was confined: its packets, its threads, its descriptors. Nothing else."""

import os
import platform
import subprocess
import sys

import pytest

TGKILL = {"x86_64": 234, "aarch64": 131}[platform.machine()]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="leaving root needs root")

# Opens what it will need, confines itself, then tries `attempt`.
SCRIPT = """
import ctypes, os, resource, signal, socket, sys, threading
from podlynx import _engine
libc = ctypes.CDLL(None, use_errno=True)
def signal_thread(pid, number=0):
    if libc.syscall(ctypes.c_long(TGKILL), ctypes.c_long(pid), ctypes.c_long(pid), ctypes.c_long(number)):
        raise OSError(ctypes.get_errno(), "tgkill")
rules = _engine.compile_rules([("x.rules", b'alert tcp any any -> any any (msg:"x"; content:"attack"; sid:1;)')])
live = _engine.Live(rules)
ours, theirs = socket.socketpair()
status = os.open("/proc/self/status", os.O_RDONLY)
measures = _engine.confine()
attempt = sys.argv[1]
exec(attempt)
"""


def confined(attempt: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("TGKILL", str(TGKILL)), attempt],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@needs_root
def test_no_root_no_capability_no_way_back():
    done = confined("print(os.pread(status, 1 << 16, 0).decode())")
    told = dict(line.split(":", 1) for line in done.stdout.splitlines() if ":" in line)
    assert told["Uid"].split() == ["65534"] * 4
    assert told["Gid"].split() == ["65534"] * 4
    assert {name: int(told[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == dict.fromkeys(
        ("CapInh", "CapPrm", "CapEff", "CapAmb"), 0
    )
    assert told["NoNewPrivs"].strip() == "1"
    assert told["Seccomp"].strip() == "2"


@needs_root
@pytest.mark.parametrize(
    "attempt",
    [
        'open("/etc/hostname")',
        'open("/tmp/written", "w")',
        "socket.socket()",
        "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "os.fork()",
        "os.setuid(0)",
        'os.unlink("/tmp/nothing")',
        "os.kill(1, 0)",
        "signal_thread(os.getppid())",
        "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
    ],
)
def test_what_a_process_may_not_do_fails(attempt: str):
    done = confined(f"try:\n    {attempt}\nexcept OSError as error: print(type(error).__name__)")
    assert done.stdout.strip() == "PermissionError", done.stderr


@needs_root
@pytest.mark.parametrize("attempt", ['os.execv("/bin/true", ["true"])', "libc.unshare(1 << 30)", "libc.ptrace(0, 0, 0, 0)"])
def test_what_only_an_intruder_does_ends_it(attempt: str):
    done = confined(attempt)
    assert done.returncode == -31, done.stderr  # SIGSYS


@needs_root
def test_its_own_threads_and_limits_are_its_own_business():
    done = confined("signal_thread(os.getpid()); print(resource.getrlimit(resource.RLIMIT_NOFILE)); os.abort()")
    assert done.stdout.startswith("("), done.stderr
    assert done.returncode == -6, done.stderr  # SIGABRT


@needs_root
def test_packets_rules_threads_and_descriptors_go_on():
    attempt = """
live.watch([1])
live.poll(10)
live.reload(_engine.compile_rules([("y.rules", b'alert tcp any any -> any any (msg:"y"; content:"other"; sid:2;)')]))
thread = threading.Thread(target=live.poll, args=(10,))
thread.start()
thread.join()
ours.sendall(b"event")
print(theirs.recv(10).decode(), live.counters().decode()[:1])
"""
    done = confined(attempt)
    assert done.stdout.split() == ["event", "{"], done.stderr

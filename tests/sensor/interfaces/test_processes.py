"""Whose process it is, by the cgroup paths of kubelets, runtimes and both cgroup versions."""

import pytest

from podlynx.sensor.interfaces.processes import PodProcesses, network_of

UID = "281c53b7-6e02-451c-a06a-5ef13f00636a"
SLICE = UID.replace("-", "_")
HASH = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("line", "uid"),
    [
        (f"9:name=systemd:/kubepods/besteffort/pod{UID}/f94af1", UID),
        (f"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{SLICE}.slice/cri-containerd-f94a.scope", UID),
        (f"0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod{SLICE}.slice/crio-f94a.scope", UID),
        (f"12:cpu:/docker/abc/kubepods/pod{UID}/f94af1", UID),
        (f"4:memory:/kubepods/pod{HASH}/f94af1", HASH),
        ("0::/system.slice/containerd.service", None),
        (f"0::/machine.slice/libpod-{HASH}{HASH}.scope", None),
        (f"0::/kubepods/pod{HASH}{HASH}", None),
        ("", None),
    ],
)
def test_the_pod_of_a_process(tmp_path, line, uid):
    (tmp_path / "17").mkdir()
    (tmp_path / "17" / "cgroup").write_text(f"1:cpuset:/\n{line}\n")
    (tmp_path / "self").mkdir()
    (tmp_path / "18").mkdir()  # it ended while it was looked at
    assert PodProcesses(tmp_path).scan() == ({uid: [17]} if uid else {})


def test_a_process_that_is_put_into_its_cgroup_after_it_was_seen(tmp_path):
    (tmp_path / "17").mkdir()
    (tmp_path / "17" / "cgroup").write_text("0::/\n")
    processes = PodProcesses(tmp_path)
    assert processes.scan() == {}
    (tmp_path / "17" / "cgroup").write_text(f"0::/kubepods/pod{UID}\n")
    assert processes.scan() == {UID: [17]}


def test_addresses_and_interfaces_of_a_process(tmp_path):
    net = tmp_path / "17" / "net"
    net.mkdir(parents=True)
    (net / "fib_trie").write_text(
        "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.1.2.3\n        /32 host LOCAL\n"
        "     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 10.1.2.255\n        /32 link BROADCAST\n"
    )
    (net / "if_inet6").write_text(
        "fd000010024400020000000000000003 02 40 00 80     eth0\n00000000000000000000000000000001 01 80 10 80       lo\n"
    )
    (net / "route").write_text("Iface\tDestination\tGateway\neth0\t00000000\t0102010A\nnet1\t0000A8C0\t00000000\n")
    (net / "dev").write_text("Inter-| Receive\n face |bytes\n    lo: 1 2\n  eth0: 3 4\n  net1: 5 6\n tunl0: 0 0\n")
    network = network_of(17, tmp_path)
    assert {str(address) for address in network.addresses} == {"10.1.2.3", "fd00:10:244:2::3"}
    assert network.interfaces == ("eth0", "net1")


def test_a_process_that_ended_has_none(tmp_path):
    assert network_of(17, tmp_path) is None

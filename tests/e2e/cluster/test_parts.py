"""The parts of the test cluster that can be wrong without a cluster to show it."""

import ipaddress
import itertools
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from cryptography import x509
from tests.e2e.cluster import binaries, cgroups, configuration, host, images, pki, processes
from tests.e2e.cluster.layout import (
    CONTROL_PLANE,
    HOST_ADDRESS,
    LOAD_BALANCERS,
    NODES,
    PODS,
    SERVICES,
    ClusterError,
    State,
    content_hash,
    node_named,
)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "cluster")


def test_no_two_networks_of_the_cluster_overlap():
    for family in (4, 6):
        nodes = ipaddress.ip_interface(HOST_ADDRESS[family]).network
        networks = [nodes, ipaddress.ip_network(SERVICES[family]), ipaddress.ip_network(PODS[family])]
        networks += [ipaddress.ip_network(LOAD_BALANCERS)] if family == 4 else []
        assert not [pair for pair in itertools.combinations(networks, 2) if pair[0].overlaps(pair[1])]
        for node in NODES:
            assert ipaddress.ip_address(node.address(family)) in nodes
            assert ipaddress.ip_network(node.pods(family)).subnet_of(networks[2])


def test_an_unknown_node_is_refused_with_the_names_that_there_are():
    with pytest.raises(ClusterError, match="n1, n2, n3"):
        node_named("n9")


def test_a_relative_state_directory_is_refused(monkeypatch):
    monkeypatch.setenv("PODLYNX_CLUSTER_STATE", "cluster")
    with pytest.raises(ClusterError, match="absolute"):
        State.chosen()


def test_what_is_built_depends_on_every_byte_of_its_sources(tmp_path):
    one, other = tmp_path / "go.mod", tmp_path / "main.go"
    one.write_text("a")
    other.write_text("b")
    first = content_hash([one, other])
    other.write_text("c")
    assert content_hash([other, one]) != first
    other.write_text("b")
    assert content_hash([other, one]) == first


def test_every_program_names_one_exact_version():
    cache = binaries.Cache(print)
    assert set(cache.modules) == {"coredns", "helm", "kwok"}
    assert all("@v" in module for module, _ in cache.modules.values())


def test_a_recorded_pid_that_another_process_took_over_is_not_ours(state):
    record = state.record("n1", "kubelet")
    record.parent.mkdir(parents=True)
    mine = processes.Process.of(os.getpid())
    assert mine
    assert mine.alive
    record.write_text(json.dumps({"pid": mine.pid, "started": mine.started}))
    assert processes.recorded(state, "n1", "kubelet") == mine
    record.write_text(json.dumps({"pid": mine.pid, "started": mine.started + 1}))
    assert processes.recorded(state, "n1", "kubelet") is None
    assert processes.running(state, "n1") == {}


def test_a_process_is_ended_and_a_dead_one_is_no_error(state):
    process = processes.launch(state, processes.HOST, "sleeper", ["sleep", "60"], entered=False)
    assert processes.running(state, processes.HOST) == {"sleeper": process}
    process.end(5)
    process.end(5)
    assert not process.alive


def test_a_process_that_dies_at_once_is_shown_with_its_last_words(state):
    with pytest.raises(ClusterError, match="no such luck"):
        processes.launch(state, "n1", "kubelet", ["sh", "-c", "echo no such luck; exit 1"], entered=True)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["sh", "-c", "echo broken >&2; exit 3"], "broken"),
        (["no-such-program-here"], "is missing"),
        (["sleep", "5"], "no answer"),
    ],
)
def test_a_failed_command_says_what_failed(command, words):
    with pytest.raises(ClusterError, match=words):
        processes.run(command, timeout=0.5)


def test_a_node_that_is_down_is_named(state):
    with pytest.raises(ClusterError, match=r"node n2 is not up.*make cluster"):
        processes.inside(state, NODES[1], ["true"])


def test_certificates_name_what_they_are_for_and_keys_are_private(state):
    pki.make(state)
    server = x509.load_pem_x509_certificate((state.pki / "apiserver.crt").read_bytes())
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "kubernetes.default.svc.cluster.local" in names.get_values_for_type(x509.DNSName)
    assert ipaddress.ip_address(CONTROL_PLANE.address(6)) in names.get_values_for_type(x509.IPAddress)
    kubelet = x509.load_pem_x509_certificate((state.pki / "kubelet-n2.crt").read_bytes())
    assert kubelet.subject.rfc4514_string() == "CN=system:node:n2,O=system:nodes"
    kubelet.verify_directly_issued_by(x509.load_pem_x509_certificate((state.pki / "ca.crt").read_bytes()))
    assert {path.stat().st_mode & 0o777 for path in (*state.pki.glob("*.key"), state.kubeconfig)} == {0o600}
    again = (state.pki / "ca.crt").read_bytes()
    pki.make(state)
    assert (state.pki / "ca.crt").read_bytes() == again


def test_an_image_has_the_program_its_name_and_honest_digests(tmp_path):
    program = tmp_path / "program"
    program.write_bytes(b"#!\n")
    archive = tmp_path / "image.tar"
    images.write(archive, "localhost/thing:7", {"/bin/program": program}, ["/bin/program"])
    with tarfile.open(archive) as tar:
        blobs = {member.name: tar.extractfile(member).read() for member in tar}
        index = json.loads(blobs["index.json"])["manifests"][0]
        assert index["annotations"]["io.containerd.image.name"] == "localhost/thing:7"
        manifest = json.loads(blobs["blobs/" + index["digest"].replace(":", "/")])
        config = json.loads(blobs["blobs/" + manifest["config"]["digest"].replace(":", "/")])
        assert config["config"]["Entrypoint"] == ["/bin/program"]
        layer = tmp_path / "layer.tar"
        layer.write_bytes(blobs["blobs/" + manifest["layers"][0]["digest"].replace(":", "/")])
    listing = subprocess.run(["tar", "tvf", layer], capture_output=True, text=True, check=True).stdout
    assert listing.startswith("-rwxr-xr-x")
    assert listing.endswith("bin/program\n")


def test_the_same_files_make_the_same_image(tmp_path):
    program = tmp_path / "program"
    program.write_bytes(b"#!\n")
    for name in ("a.tar", "b.tar"):
        images.write(tmp_path / name, "localhost/thing:7", {"/program": program}, ["/program"])
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_an_archive_that_is_not_there_is_named(state):
    with pytest.raises(ClusterError, match=r"absent\.tar is not there"):
        images.load(state, [Path("absent.tar")])


def test_what_came_and_went_on_the_host_is_told_by_kind():
    before = {"links": ["lo", "eth0"], "mounts": ["/"], "sysctls": []}
    after = {"links": ["lo", "eth0", "podlynx0"], "mounts": [], "sysctls": []}
    assert host.differences(before, after) == ["links: +podlynx0", "mounts: -/"]
    assert host.differences(before, before) == []


def test_whatever_a_cluster_could_leave_behind_is_looked_at():
    seen = host.snapshot()
    assert any(" lo: " in line for line in seen["links"])
    assert any(line.startswith("net/ipv4/ip_forward = ") for line in seen["sysctls"])
    assert any(line.split()[1] == "/proc" for line in seen["mounts"])
    assert {"routes IPv4", "routes IPv6", "nftables", "cgroups"} <= seen.keys()


@pytest.fixture
def version_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree as the kernel shows it, as far as files go."""
    monkeypatch.setattr(cgroups, "CGROUP_ROOT", tmp_path)
    for group in (tmp_path, tmp_path / NODES[0].cgroup):
        group.mkdir(exist_ok=True)
        (group / "cgroup.controllers").write_text("cpuset cpu io memory hugetlb pids rdma misc\n")
    return tmp_path


def test_in_version_2_what_kubelet_needs_is_handed_down_to_the_nodes_group(version_2: Path):
    cgroups.require()
    cgroups.create(NODES[0])
    for group in (version_2, version_2 / NODES[0].cgroup):
        assert (group / "cgroup.subtree_control").read_text() == "+cpuset +cpu +io +memory +hugetlb +pids"
    assert (version_2 / NODES[0].cgroup / cgroups.SYSTEM).is_dir()
    assert not (version_2 / NODES[0].cgroup / cgroups.SYSTEM / "cgroup.subtree_control").exists(), "processes live there"
    assert f" {version_2}/{NODES[0].cgroup}/system/cgroup.procs;" in " ".join(cgroups.joined(NODES[0], ["true"]))


def test_in_version_2_a_controller_that_is_missing_is_named(version_2: Path):
    (version_2 / "cgroup.controllers").write_text("cpu memory pids\n")
    with pytest.raises(ClusterError, match="needs the control group controllers cpuset"):
        cgroups.require()


def test_in_version_2_a_group_that_is_not_the_machines_root_is_refused_with_the_reason(version_2: Path):
    (version_2 / "cgroup.subtree_control").mkdir()  # no file to write to: the kernel says EBUSY there
    with pytest.raises(ClusterError, match="--cgroupns=host"):
        cgroups.require()


def test_pods_of_one_node_are_routed_and_of_the_others_bridged():
    kinds = {node.name: configuration.cni(node)["plugins"][0]["type"] for node in NODES}
    assert kinds == {"n1": "bridge", "n2": "bridge", "n3": "ptp"}
    for node in NODES:
        ranges = configuration.cni(node)["plugins"][0]["ipam"]["ranges"]
        assert [one[0]["subnet"] for one in ranges] == [node.pods(4), node.pods(6)]

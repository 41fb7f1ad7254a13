"""What the node's programs read: containerd, CNI, kubelet, kube-proxy."""

from pathlib import Path
from typing import Any

from tests.e2e.cluster.layout import DNS_SERVICE_ADDRESS, FAMILIES, PAUSE_IMAGE, PODS, Node, State

CNI_PROGRAMS = "/usr/lib/cni"
MOST_PODS = 200  # of a node; the tests of many selected pods want more than kubelet's 110


def containerd(cni: Path) -> str:
    """Version 2 of containerd's configuration. A machine without CAP_SYS_RESOURCE cannot lower an OOM score."""
    return f"""version = 2
oom_score = 0
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs"]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{CNI_PROGRAMS}"
    conf_dir = "{cni}"
"""


def cni(node: Node) -> dict[str, Any]:
    """A CNI 1.0 configuration list: the reference plugins, dual stack; `ptp` is the routed kind without any bridge."""
    addresses = {
        "type": "host-local",
        "dataDir": "/var/lib/cni/networks",
        "ranges": [[{"subnet": node.pods(family)}] for family in FAMILIES],
        "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}],
    }
    if node.cni == "bridge":
        link: dict[str, Any] = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": False, "hairpinMode": True}
    else:
        link = {"type": "ptp", "ipMasq": False}
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "1.0.0", "name": "podlynx", "plugins": [{**link, "ipam": addresses}, ports]}


def kubelet(state: State, node: Node) -> dict[str, Any]:
    """KubeletConfiguration, kubelet.config.k8s.io/v1beta1."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "0.0.0.0",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(state.pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(state.pki / f"kubelet-{node.name}.crt"),
        "tlsPrivateKeyFile": str(state.pki / f"kubelet-{node.name}.key"),
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{node.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "clusterDomain": "cluster.local",
        "clusterDNS": [DNS_SERVICE_ADDRESS],
        "resolvConf": str(state.node(node) / "etc" / "resolv.conf"),
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "maxPods": MOST_PODS,
        "registryPullQPS": 50,
        "registryBurst": 100,
        "serializeImagePulls": False,
        "nodeStatusUpdateFrequency": "5s",
        "syncFrequency": "10s",
        # A changed ConfigMap or Secret reaches its pods within a second, so that tests need not wait a minute for it.
        "configMapAndSecretChangeDetectionStrategy": "Watch",
    }


def kube_proxy(state: State, node: Node) -> dict[str, Any]:
    """KubeProxyConfiguration, kubeproxy.config.k8s.io/v1alpha1. Connection tracking's size belongs to the machine: untouched."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(state.pki / "kube-proxy.kubeconfig")},
        "mode": "iptables",
        "clusterCIDR": ",".join(PODS[family] for family in FAMILIES),
        "hostnameOverride": node.name,
        "nodeIPOverride": [node.address(family) for family in FAMILIES],
        "oomScoreAdj": 0,
        "iptables": {"minSyncPeriod": "0s", "syncPeriod": "30s"},
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }

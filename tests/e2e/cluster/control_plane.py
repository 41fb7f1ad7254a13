"""etcd, API server, controller manager and scheduler, on the first node."""

from tests.e2e.cluster.layout import CONTROL_PLANE, FAMILIES, SERVICES, ClusterError, State
from tests.e2e.cluster.node import ensure
from tests.e2e.cluster.processes import run, tail, until

ETCD_CLIENTS, ETCD_PEERS = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
READY_SECONDS = 90


def start(state: State) -> None:
    """All four; returns when the API server says it is ready. What runs already is left alone."""
    ensure(state, CONTROL_PLANE, "etcd", etcd(state))
    ensure(state, CONTROL_PLANE, "kube-apiserver", api_server(state))
    if not until(lambda: ready(state), READY_SECONDS, 0.3):
        log = state.log(CONTROL_PLANE.name, "kube-apiserver")
        raise ClusterError(f"the API server is not ready after {READY_SECONDS} s; its output ends:\n{tail(log)}")
    ensure(state, CONTROL_PLANE, "kube-controller-manager", controller_manager(state))
    ensure(state, CONTROL_PLANE, "kube-scheduler", scheduler(state))


def commands(state: State) -> dict[str, list[str]]:
    """Each program's command line, by name."""
    return {
        "etcd": etcd(state),
        "kube-apiserver": api_server(state),
        "kube-controller-manager": controller_manager(state),
        "kube-scheduler": scheduler(state),
    }


def ready(state: State) -> bool:
    """As the API server itself says."""
    try:
        run([str(state.bin / "kubectl"), "--kubeconfig", str(state.kubeconfig), "get", "--raw", "/readyz"], timeout=10)
    except ClusterError:
        return False
    return True


def etcd(state: State) -> list[str]:
    """Without fsync: the cluster lives no longer than the machine is up."""
    return [
        str(state.bin / "etcd"),
        "--name=podlynx",
        f"--data-dir={state.etcd}",
        "--unsafe-no-fsync",
        f"--listen-client-urls={ETCD_CLIENTS}",
        f"--advertise-client-urls={ETCD_CLIENTS}",
        f"--listen-peer-urls={ETCD_PEERS}",
        f"--initial-advertise-peer-urls={ETCD_PEERS}",
        f"--initial-cluster=podlynx={ETCD_PEERS}",
        "--log-level=warn",
    ]


def api_server(state: State) -> list[str]:
    """With the default admission plugins (PodSecurity and webhooks among them), NodeRestriction, Node and RBAC authorization."""
    pki = state.pki
    return [
        str(state.bin / "kube-apiserver"),
        f"--advertise-address={CONTROL_PLANE.address(4)}",
        "--bind-address=0.0.0.0",
        "--secure-port=6443",
        "--allow-privileged=true",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--etcd-servers={ETCD_CLIENTS}",
        f"--kubelet-client-certificate={pki / 'apiserver-kubelet.crt'}",
        f"--kubelet-client-key={pki / 'apiserver-kubelet.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki / 'service-account.pub'}",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
        f"--requestheader-client-ca-file={pki / 'ca.crt'}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki / 'front-proxy.crt'}",
        f"--proxy-client-key-file={pki / 'front-proxy.key'}",
        "--enable-aggregator-routing=true",
        f"--service-cluster-ip-range={','.join(SERVICES[family] for family in FAMILIES)}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        "--shutdown-delay-duration=0s",
    ]


def controller_manager(state: State) -> list[str]:
    """The nodes' pod addresses are the CNI's affair, not its."""
    pki = state.pki
    return [
        str(state.bin / "kube-controller-manager"),
        f"--kubeconfig={pki / 'kube-controller-manager.kubeconfig'}",
        f"--service-account-private-key-file={pki / 'service-account.key'}",
        f"--root-ca-file={pki / 'ca.crt'}",
        f"--cluster-signing-cert-file={pki / 'ca.crt'}",
        f"--cluster-signing-key-file={pki / 'ca.key'}",
        "--use-service-account-credentials=true",
        "--allocate-node-cidrs=false",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
    ]


def scheduler(state: State) -> list[str]:
    """As it comes."""
    return [
        str(state.bin / "kube-scheduler"),
        f"--kubeconfig={state.pki / 'kube-scheduler.kubeconfig'}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
    ]

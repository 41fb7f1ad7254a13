"""A real Kubernetes for the tests, on one Linux machine without a container engine and without the internet.

Three nodes, each a network, mount, PID, IPC and UTS namespace of its own on one bridge: etcd, API server, controller manager,
scheduler, kubelets, kube-proxies, containerd, runc and CNI as they are, nothing simulated. `python -m tests.e2e.cluster --help`
lists the verbs; docs/cluster-tests.md tells the rest.
"""

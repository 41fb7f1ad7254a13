"""The cluster's keys and certificates, after Kubernetes' "PKI certificates and requirements"."""

import datetime
import ipaddress
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tests.e2e.cluster.layout import API, API_SERVICE_ADDRESS, CONTROL_PLANE, FAMILIES, NODES, State

DAYS = 365
API_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost")


class Authority:
    """Signs certificates; makes its own key in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "podlynx test cluster")])
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = _builder(self.name, self.name, self.key.public_key())
        self.certificate = (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self.key, hashes.SHA256())
        )
        write_key(folder / "ca.key", self.key)
        (folder / "ca.crt").write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, file: str, common_name: str, group: str = "", names: tuple[str, ...] = ()) -> None:
        """Writes `file`.crt and `file`.key, good for servers and clients; `group` becomes the organisation, Kubernetes' group."""
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
        if group:
            attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(x509.Name(attributes), self.name, key.public_key())
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        write_key(self.folder / f"{file}.key", key)
        signed = builder.sign(self.key, hashes.SHA256())
        (self.folder / f"{file}.crt").write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def write_key(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    """PEM, readable by its owner alone."""
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )


def make(state: State) -> None:
    """Everything the cluster needs, once; what lies there already is kept."""
    done = state.pki / "done"
    if done.exists():
        return
    state.pki.mkdir(parents=True, exist_ok=True)
    authority = Authority(state.pki)
    api_addresses = ("127.0.0.1", API_SERVICE_ADDRESS, *(CONTROL_PLANE.address(family) for family in FAMILIES))
    authority.issue("apiserver", "kube-apiserver", names=(*API_NAMES, *api_addresses))
    authority.issue("apiserver-kubelet", "kube-apiserver-kubelet-client", "system:masters")
    authority.issue("front-proxy", "front-proxy-client")
    users = {"admin": ("kubernetes-admin", "system:masters")}
    users |= {name: (f"system:{name}", "") for name in ("kube-controller-manager", "kube-scheduler", "kube-proxy")}
    for user, (common_name, group) in users.items():
        authority.issue(user, common_name, group)
        write_kubeconfig(state, user)
    for node in NODES:
        addresses = tuple(node.address(family) for family in FAMILIES)
        authority.issue(f"kubelet-{node.name}", f"system:node:{node.name}", "system:nodes", (node.name, *addresses))
        write_kubeconfig(state, f"kubelet-{node.name}")
    _service_account_key(state)
    done.touch()


def _service_account_key(state: State) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    write_key(state.pki / "service-account.key", key)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (state.pki / "service-account.pub").write_bytes(public)


def write_kubeconfig(state: State, user: str) -> None:
    """`user`.kubeconfig beside its certificate; the administrator's lies at the root."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "podlynx", "cluster": {"server": API, "certificate-authority": str(state.pki / "ca.crt")}}],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate": str(state.pki / f"{user}.crt"),
                    "client-key": str(state.pki / f"{user}.key"),
                },
            }
        ],
        "contexts": [{"name": "podlynx", "context": {"cluster": "podlynx", "user": user}}],
        "current-context": "podlynx",
    }
    # JSON is YAML: kubeconfigs are read as either.
    path = state.kubeconfig if user == "admin" else state.pki / f"{user}.kubeconfig"
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document)))

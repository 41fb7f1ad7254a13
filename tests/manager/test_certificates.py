"""HTTPS whose certificate may change while it serves."""

import datetime
import socket
import ssl

import anyio.to_thread
import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from podlynx.manager.certificates import CertificateError, Certificates
from podlynx.manager.server import Manager

pytestmark = pytest.mark.anyio


def pair(name):
    """(certificate, key) in PEM, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(
            subject, subject, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return certificate.public_bytes(encoding), key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)


def mount(folder, certificate, key):
    """As the kubelet does it: a folder of its own, and a link that is swapped."""
    fresh = folder / f"..{len(list(folder.iterdir()))}"
    fresh.mkdir(parents=True)
    (fresh / "tls.crt").write_bytes(certificate)
    (fresh / "tls.key").write_bytes(key)
    link = folder / "..next"
    link.symlink_to(fresh.name)
    link.replace(folder / "..data")
    for name in ("tls.crt", "tls.key"):
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")


@pytest.fixture
def mounted(tmp_path):
    folder = tmp_path / "tls"
    folder.mkdir()
    mount(folder, *pair("first"))
    return folder


async def test_managers_of_two_clusters_behind_one_address_share_no_cookie(store, tmp_path, mounted):
    other = tmp_path / "other"
    other.mkdir()
    mount(other, *pair("second"))
    names = []
    for folder in (mounted, other, other):
        held = certificates(folder)
        await held.wait(0)
        manager = Manager(store, certificates=held)
        manager._name_cookie(8443)
        names.append(manager._settings.cookie_name)
    assert names[0] != names[1] == names[2]


def certificates(folder):
    return Certificates(folder / "tls.crt", folder / "tls.key")


def served_name(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        shown = x509.load_der_x509_certificate(secure.getpeercert(binary_form=True))
    return shown.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


async def test_it_serves_https_and_takes_up_a_new_certificate_without_ending_connections(mounted, store):
    certs = certificates(mounted)
    await certs.wait()
    manager = Manager(store, certificates=certs)
    await manager.start("127.0.0.1")
    port = int(manager.url.rsplit(":", 1)[1])
    assert manager.url.startswith("https://")
    async with httpx2.AsyncClient(verify=False, base_url=manager.url) as client:
        assert (await client.get("/livez")).status_code == 200
        assert await anyio.to_thread.run_sync(served_name, port) == "first"
        mount(mounted, *pair("second"))
        assert certs.load()
        assert (await client.get("/readyz")).status_code == 200
        assert await anyio.to_thread.run_sync(served_name, port) == "second"
    await manager.stop()


def test_the_same_files_are_not_read_again(mounted):
    certs = certificates(mounted)
    assert [certs.load(), certs.load()] == [True, False]


@pytest.mark.parametrize("broken", ["another key", "no certificate", "gone"])
def test_a_pair_that_does_not_fit_leaves_the_old_one(mounted, broken):
    certs = certificates(mounted)
    certs.load()
    certificate, key = pair("second")
    if broken == "gone":
        (mounted / "tls.key").unlink()
    else:
        mount(mounted, *{"another key": (certificate, pair("x")[1]), "no certificate": (b"nonsense", key)}[broken])
    with pytest.raises(CertificateError, match=r"tls\.crt"):
        certs.load()
    assert certs.loaded


async def test_a_certificate_that_does_not_come_in_time_is_an_error(tmp_path):
    with pytest.raises(CertificateError, match="No such file"):
        await certificates(tmp_path).wait(0)


async def test_ipv6_takes_ipv4_too(mounted, store):
    manager = Manager(store)
    try:
        await manager.start("::")
    except OSError:
        pytest.skip("no IPv6 here")
    port = manager.url.rsplit(":", 1)[1]
    async with httpx2.AsyncClient() as client:
        for address in ("127.0.0.1", "[::1]"):
            assert (await client.get(f"http://{address}:{port}/livez")).status_code == 200
    await manager.stop()

"""Where a webhook may post: addresses, names, names that change their mind, certificates, redirects."""

import socket
import ssl

import pytest

from podlynx.manager.webhooks.guard import Allowed, Guard, NotAllowed
from podlynx.manager.webhooks.sending import BadTarget, Sender, Target, check_url

from .receiver import receiving

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("::", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:a9fe:a9fe::1", False),
        ("169.254.169.254", False),
        ("fd00:ec2::254", False),
        ("fe80::1", False),
        ("10.96.0.1", False),
        ("172.16.3.4", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("8.8.4.4", False),
    ],
)
async def test_addresses(address, may):
    guard = Guard(Allowed(), inside=lambda text: text == "8.8.4.4")
    assert guard.may(address) is may


@pytest.mark.parametrize(
    ("allow", "host", "looked_up", "reached"),
    [
        ([], "example.com", "93.184.216.34", True),
        ([], "example.com", "10.0.0.1", False),
        ([], "alertmanager.monitoring.svc", "93.184.216.34", False),
        ([], "alertmanager", "93.184.216.34", False),
        ([], "alertmanager.monitoring.svc.cluster.local.", "10.0.0.1", False),
        ([], "metadata.google.internal", "93.184.216.34", False),
        (["alertmanager.monitoring.svc"], "alertmanager.monitoring.svc", "10.0.0.1", True),
        (["*.monitoring.svc"], "Alertmanager.Monitoring.svc.", "10.0.0.1", True),
        (["*.monitoring.svc"], "kubernetes.default.svc", "10.0.0.1", False),
        (["*.example.com"], "evil.example.com", "127.0.0.1", False),
        (["*.example.com"], "evil.example.com", "169.254.169.254", False),
        (["10.1.0.0/16"], "jira.example.com", "10.1.2.3", True),
        (["10.1.0.0/16"], "jira.example.com", "10.2.2.3", False),
        (["127.0.0.1"], "127.0.0.1", "", True),
        ([], "127.0.0.1", "", False),
        ([], "[::1]", "", False),
    ],
)
async def test_names(monkeypatch, allow, host, looked_up, reached):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (looked_up, 443))])
    guard = Guard(Allowed.of(allow))
    if reached:
        assert await guard.addresses(host, 443) == [looked_up or host]
    else:
        with pytest.raises(NotAllowed, match=r"webhooks\.allow"):
            await guard.addresses(host, 443)
        assert guard.refused == 1


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "017700000001"])
async def test_addresses_written_oddly_are_judged_by_where_they_lead(host):
    """The C library reads these as 127.0.0.1."""
    with pytest.raises(NotAllowed):
        await Guard(Allowed.of(["2130706433", "0x7f000001", "017700000001"])).addresses(host, 80)


async def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch):
    """Judged and connected to are the same address: the name is looked up once."""
    asked = []

    def lookup(name, *_, **__):
        asked.append(name)
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) > 1 else "192.0.2.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with receiving() as receiver:
        guard = Guard(Allowed.of(["192.0.2.1"]))
        target = Target(f"http://rebind.example:{receiver.port}/", {})
        monkeypatch.setattr("podlynx.manager.webhooks.sending.SECONDS", 0.5)
        answer = await Sender(guard).post(target, b"{}")
        assert (answer.taken, receiver.posts, asked.count("rebind.example")) == (False, [], 1)


@pytest.fixture
def context(tmp_path):
    from datetime import UTC, datetime  # noqa: PLC0415

    from podlynx.operator.certificates import issue, new_authority  # noqa: PLC0415

    authority = new_authority(datetime.now(UTC))
    pair = issue(authority, ["127.0.0.1"], datetime.now(UTC))
    (tmp_path / "c.pem").write_bytes(pair.certificate)
    (tmp_path / "k.pem").write_bytes(pair.key)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    return made, authority.certificate.decode()


async def test_https_is_verified_and_an_authority_can_be_given(context):
    made, authority = context
    sender = Sender(Guard(Allowed.of(["127.0.0.1"])))
    with receiving(made) as receiver:
        refused = await sender.post(Target(receiver.url, {}), b"{}")
        assert not refused.taken
        assert "CERTIFICATE_VERIFY_FAILED" in refused.message
        assert (await sender.post(Target(receiver.url, {}, authority), b"{}")).taken
        assert "ca: the certificates cannot be read" in (await sender.post(Target(receiver.url, {}, "x"), b"{}")).message


async def test_redirects_are_not_followed():
    sender = Sender(Guard(Allowed.of(["127.0.0.1"])))
    with receiving() as inner, receiving() as outer:
        outer.answers = [(307, {"Location": inner.url}, b"")]
        answer = await sender.post(Target(outer.url, {}), b"{}")
        assert (answer.taken, inner.posts) == (False, [])
        assert "redirects (307), which is not followed" in answer.message


async def test_a_long_answer_is_cut():
    with receiving() as receiver:
        receiver.answers = [(500, {}, b"x" * 10**6)]
        answer = await Sender(Guard(Allowed.of(["127.0.0.1"]))).post(Target(receiver.url, {}), b"{}")
    assert len(answer.message) < 300
    assert "s3cret" not in answer.message


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com/",
        "https:///x",
        "https://u:p@example.com/",
        "https://example.com:99999/",
        "https://exa mple.com",
        "https://e.com/\r\nX: y",
    ],
)
def test_urls_that_cannot_be(url):
    with pytest.raises(BadTarget, match="url: "):
        check_url(url)

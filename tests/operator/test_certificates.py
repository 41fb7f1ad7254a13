"""Certificates are good for TLS, for all their names, and are renewed before they run out."""

import ssl
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from podlynx.operator.certificates import AUTHORITY_LIFE, SERVER_LIFE, Pair, due, issue, new_authority, serves
from podlynx.operator.listening import TlsContext, health, serving

NOW = datetime.now(UTC)
NAMES = ("podlynx-manager", "podlynx-manager.podlynx-system.svc", "localhost", "127.0.0.1")


@pytest.fixture(scope="module")
def authority():
    return new_authority(NOW)


def trusting(authority):
    return ssl.create_default_context(cadata=authority.certificate.decode())


async def greeted(port, authority):
    async with httpx2.AsyncClient(verify=trusting(authority), trust_env=False) as client:
        return (await client.get(f"https://localhost:{port}/livez")).text


@pytest.mark.anyio
async def test_a_client_that_trusts_the_authority_is_served_and_no_other(authority):
    tls = TlsContext()
    tls.load(issue(authority, NAMES, NOW))
    async with serving(health(lambda: ""), 0, tls.context, host="127.0.0.1") as port:
        assert await greeted(port, authority) == "ok\n"
        with pytest.raises(httpx2.ConnectError):
            await greeted(port, new_authority(NOW))


@pytest.mark.anyio
async def test_a_renewed_certificate_is_used_without_a_restart(authority):
    tls, later = TlsContext(), new_authority(NOW)
    tls.load(issue(authority, NAMES, NOW))
    async with serving(health(lambda: ""), 0, tls.context, host="127.0.0.1") as port:
        tls.load(issue(later, NAMES, NOW))
        assert await greeted(port, later) == "ok\n"


@pytest.mark.parametrize(("passed", "expected"), [(0, False), (0.66, False), (0.67, True), (1.1, True)])
def test_two_thirds_of_its_life(authority, passed, expected):
    assert due(issue(authority, NAMES, NOW), NOW + SERVER_LIFE * passed) is expected
    assert due(authority, NOW + AUTHORITY_LIFE * passed) is expected


def test_what_the_old_authority_signed_stays_good_until_its_own_time(authority):
    served = issue(authority, NAMES, NOW)
    renewed = new_authority(NOW + AUTHORITY_LIFE * 0.7, authority)
    assert serves(served, renewed, NAMES)
    assert renewed.certificate.count(b"BEGIN CERTIFICATE") == 2
    much_later = new_authority(NOW + AUTHORITY_LIFE + timedelta(days=1), authority)
    assert not serves(served, much_later, NAMES)


def test_other_names_or_another_authority_call_for_a_new_one(authority):
    served = issue(authority, NAMES, NOW)
    assert serves(served, authority, NAMES[:2])
    assert not serves(served, authority, [*NAMES, "elsewhere"])
    assert not serves(served, new_authority(NOW), NAMES)


def test_a_key_of_another_certificate_is_noticed(authority):
    mixed = Pair(issue(authority, NAMES, NOW).certificate, issue(authority, NAMES, NOW).key)
    assert due(mixed, NOW)


@pytest.mark.parametrize("damaged", [Pair(b"", b""), Pair(b"no pem", b"no pem")])
def test_what_is_damaged_is_made_anew(authority, damaged):
    assert due(damaged, NOW)
    assert not serves(damaged, authority, NAMES)
    assert new_authority(NOW, damaged).certificate.count(b"BEGIN") == 1

"""Authorities and certificates that change: whoever trusts the old one goes on being served until the new one has reached all."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from cryptography import x509

from podlynx.kubernetes.client import Client
from podlynx.operator.certificates import AUTHORITY_LIFE, SERVER_LIFE, SPREAD, Pair, issue, new_authority, serves
from podlynx.operator.keys import AUTHORITY, MANAGER, OVERLAP, WEBHOOK, KeyKeeper, names_of

pytestmark = pytest.mark.anyio
SYSTEM = "podlynx-system"
SECRETS = f"/api/v1/namespaces/{SYSTEM}/secrets"
NAMES = names_of("podlynx-manager", SYSTEM)


class Cluster:
    """Objects by path, as an API server keeps them."""

    def __init__(self):
        self.objects = {}

    def __call__(self, request):
        path = request.url.path
        sent = json.loads(request.content) if request.content else {}
        if request.method == "POST":
            path = f"{path}/{sent['metadata']['name']}"
        elif request.method == "PATCH":
            sent = {**self.objects.get(path, {}), **sent, "metadata": {**sent.get("metadata", {}), "labels": LABELS}}
        elif path not in self.objects:
            return httpx2.Response(404, json={"reason": "NotFound", "message": f"{path} is not there"})
        if request.method != "GET":
            sent["metadata"] = {**sent["metadata"], "resourceVersion": str(len(self.objects))}
            self.objects[path] = sent
        return httpx2.Response(200, json=self.objects[path])

    def said(self, secret, key):
        return b64decode(self.objects[f"{SECRETS}/{secret}"]["data"][key])

    def put(self, secret, **data):
        encoded = {key.replace("_", "."): b64encode(value).decode() for key, value in data.items()}
        self.objects[f"{SECRETS}/{secret}"] = {"metadata": {"name": secret, "resourceVersion": "1"}, "data": encoded}


LABELS = {"app.kubernetes.io/part-of": "podlynx"}


class Wall:
    now = datetime.now(UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def cluster():
    return Cluster()


@pytest.fixture
def wall():
    return Wall()


def keeper(cluster, wall, **named):
    client = Client(httpx2.AsyncClient(transport=httpx2.MockTransport(cluster), base_url="http://api"))
    return KeyKeeper(client, SYSTEM, clock=wall, **named)


def signed_by(cluster, authorities, secret=MANAGER):
    pair = Pair(cluster.said(secret, "tls.crt"), cluster.said(secret, "tls.key"))
    return serves(pair, Pair(authorities, b""), names_of("podlynx-manager" if secret == MANAGER else "podlynx-operator", SYSTEM))


def first(pem):
    return x509.load_pem_x509_certificates(pem)[0]


async def test_a_certificate_and_its_authority_that_are_due_at_once_change_one_after_the_other(cluster, wall):
    keep = keeper(cluster, wall)
    old = (await keep.keep()).authorities
    # The authority is due together with a certificate that was made just so that both are.
    wall.now += AUTHORITY_LIFE * 0.67 - SERVER_LIFE * 0.67
    cluster.objects.pop(f"{SECRETS}/{MANAGER}")
    await keep.keep()
    wall.now += SERVER_LIFE * 0.67
    served = cluster.said(MANAGER, "tls.crt")
    both = (await keep.keep()).authorities
    assert first(both) != first(old)
    assert first(old) in x509.load_pem_x509_certificates(both)
    assert cluster.said(MANAGER, "tls.crt") == served
    assert signed_by(cluster, old), "who has not heard of the new authority is still served"
    wall.now += SPREAD + timedelta(seconds=1)
    await keep.keep()
    assert not signed_by(cluster, old)
    assert signed_by(cluster, both)


@pytest.mark.parametrize("secret", [MANAGER, WEBHOOK])
async def test_an_authority_that_somebody_deletes_leaves_nobody_behind(cluster, wall, secret):
    keep = keeper(cluster, wall)
    old = (await keep.keep()).authorities
    for _ in range(3):
        del cluster.objects[f"{SECRETS}/{AUTHORITY}"]
        wall.now += timedelta(minutes=1)
        new = (await keep.keep()).authorities
    assert first(new) != first(old)
    assert signed_by(cluster, old, secret)
    assert signed_by(cluster, new, secret)


async def test_deleting_both_secrets_ends_all_trust_in_the_old_one(cluster, wall):
    keep = keeper(cluster, wall)
    old = (await keep.keep()).authorities
    for secret in (AUTHORITY, MANAGER, WEBHOOK):
        del cluster.objects[f"{SECRETS}/{secret}"]
    new = (await keep.keep()).authorities
    assert len(x509.load_pem_x509_certificates(new)) == 1
    assert not signed_by(cluster, old)


async def test_a_foreign_authority_is_trusted_a_while_beside_its_successor(cluster, wall):
    one, two = new_authority(wall.now), new_authority(wall.now)
    keep = keeper(cluster, wall, manager_secret="theirs")
    for authority in (one, two):
        pair = issue(authority, NAMES, wall.now)
        cluster.put("theirs", tls_crt=pair.certificate, tls_key=pair.key, ca_crt=authority.certificate)
        known = x509.load_pem_x509_certificates((await keep.keep()).authorities)
    assert known == [first(two.certificate), first(one.certificate)]
    wall.now += OVERLAP + timedelta(seconds=1)
    assert (await keep.keep()).authorities == two.certificate

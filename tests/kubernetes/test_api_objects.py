"""What we ask of an API server and what it answers: a real one."""

import asyncio
from uuid import uuid4

import msgspec
import pytest
from tests.kubernetes.api_server import TOKEN, kubeconfig
from tests.kubernetes.waiting import until

from podlynx.kubernetes import leases
from podlynx.kubernetes.apply import NotOurs, apply, remove
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.errors import ApiError, NoCluster, Unreachable
from podlynx.kubernetes.events import Recorder
from podlynx.kubernetes.kinds import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, CONFIG_MAPS, EVENTS, LEASES, SERVICE_ACCOUNTS
from podlynx.kubernetes.leases import Election
from podlynx.kubernetes.reviews import allowed, review_token

pytestmark = pytest.mark.anyio


@pytest.fixture
def name():
    return f"t-{uuid4().hex[:8]}"


def config_map(name, labels=OURS, **data):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default", "labels": labels},
        "data": data,
    }


async def test_applying_twice_changes_nothing_and_drift_is_repaired(client, name):
    assert await apply(client, config_map(name, a="1")) == "created"
    assert await apply(client, config_map(name, a="1")) == "unchanged"
    await client.merge(CONFIG_MAPS, {"data": {"a": "2", "theirs": "x"}}, name, "default")
    assert await apply(client, config_map(name, a="1")) == "changed"
    assert (await client.get(CONFIG_MAPS, name, "default"))["data"] == {"a": "1", "theirs": "x"}


async def test_a_field_that_we_name_no_more_goes(client, name):
    await apply(client, config_map(name, a="1", b="2"))
    await apply(client, config_map(name, a="1"))
    assert (await client.get(CONFIG_MAPS, name, "default"))["data"] == {"a": "1"}


async def test_what_is_not_ours_is_neither_changed_nor_deleted(client, name):
    await client.create(CONFIG_MAPS, config_map(name, {}, a="theirs"), "default")
    with pytest.raises(NotOurs, match=f"ConfigMap default/{name} exists without the label"):
        await apply(client, config_map(name, a="ours"))
    with pytest.raises(NotOurs):
        await remove(client, config_map(name))
    assert (await client.get(CONFIG_MAPS, name, "default"))["data"] == {"a": "theirs"}


async def test_removing_what_is_gone_is_no_error(client, name):
    await apply(client, config_map(name))
    assert await remove(client, config_map(name)) is True
    assert await remove(client, config_map(name)) is False


async def test_a_refusal_says_what_the_api_server_said(client):
    with pytest.raises(ApiError, match='configmaps "absent" not found') as error:
        await client.get(CONFIG_MAPS, "absent", "default")
    assert (error.value.status, error.value.reason, error.value.absent) == (404, "NotFound", True)


async def test_a_token_and_its_rights(client, name):
    await client.create(SERVICE_ACCOUNTS, {"metadata": {"name": name}}, "default")
    path = SERVICE_ACCOUNTS.path("default", name, "token")
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": ["podlynx-manager"]}}
    request = await client.raw("POST", path, body=asked)
    token = request.decode().split('"token":"')[1].split('"')[0]
    user = await review_token(client, token, ["podlynx-manager"])
    assert user.username == f"system:serviceaccount:default:{name}"
    assert await review_token(client, token) is None, "it is meant for the manager alone"
    assert await review_token(client, token, ["somebody-else"]) is None
    assert await review_token(client, "nonsense", ["podlynx-manager"]) is None

    assert await allowed(client, user, "get", "podlynx.io", "alerts", "packets", "default") is False
    role = {"metadata": {"name": name}, "rules": [{"apiGroups": ["podlynx.io"], "resources": ["alerts"], "verbs": ["get"]}]}
    await client.create(CLUSTER_ROLES, role)
    binding = {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
    }
    await client.create(CLUSTER_ROLE_BINDINGS, binding)
    await until(lambda: allowed(client, user, "get", "podlynx.io", "alerts", "", "default"))
    assert await allowed(client, user, "get", "podlynx.io", "alerts", "packets", "default") is False


async def test_one_leads_and_the_next_takes_over_at_once_when_it_lets_go(client, name, monkeypatch):
    monkeypatch.setattr(leases, "RETRY", 0.1)
    led = []

    def candidate(identity):
        election = Election(client, name, "default", identity)

        async def work():
            led.append(identity)
            await asyncio.Event().wait()

        return election, asyncio.create_task(election.lead(work))

    first, running = candidate("first")
    await until(lambda: led == ["first"])
    second, waiting = candidate("second")
    await asyncio.sleep(0.5)
    assert (led, first.leader, second.leader) == (["first"], True, False)
    running.cancel()
    await first.release()
    await until(lambda: led == ["first", "second"], 3)
    waiting.cancel()


async def test_a_leader_that_cannot_renew_steps_back_before_another_steps_in(client, name, monkeypatch):
    monkeypatch.setattr(leases, "RETRY", 0.1)
    monkeypatch.setattr(leases, "RENEW_WITHIN", 0.5)
    stopped = asyncio.Event()

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    election = Election(client, name, "default", "first")
    running = asyncio.create_task(election.lead(work))
    await until(lambda: election.leader)
    stolen = await client.get(LEASES, name, "default")
    stolen["spec"] |= {"holderIdentity": "other", "leaseDurationSeconds": 15}
    await until(lambda: _replaced(client, stolen, name))
    await asyncio.wait_for(running, 5)
    assert stopped.is_set()
    assert not election.leader


async def test_a_leader_whose_renewal_hangs_is_followed_before_two_lead(client, name, monkeypatch):
    monkeypatch.setattr(leases, "RETRY", 0.1)
    monkeypatch.setattr(leases, "RENEW_WITHIN", 0.8)
    monkeypatch.setattr(leases, "DURATION", 2.0)
    leading = []

    def candidate(identity):
        election = Election(client, name, "default", identity)

        async def work():
            leading.append(identity)
            try:
                await asyncio.Event().wait()
            finally:
                leading.append(f"no more {identity}")

        return election, asyncio.create_task(election.lead(work))

    first, running = candidate("first")
    await until(lambda: leading == ["first"])
    monkeypatch.setattr(first, "_try", asyncio.Event().wait)
    _, waiting = candidate("second")
    await until(lambda: leading == ["first", "no more first", "second"], 10)
    assert running.done()
    waiting.cancel()


async def _replaced(client, lease, name):
    lease["metadata"]["resourceVersion"] = (await client.get(LEASES, name, "default"))["metadata"]["resourceVersion"]
    try:
        return await client.replace(LEASES, lease, name, "default")
    except ApiError:
        return None


async def test_an_event_is_told_once_and_names_its_object(client, name):
    about = await client.create(CONFIG_MAPS, config_map(name), "default")
    about |= {"apiVersion": "v1", "kind": "ConfigMap"}
    recorder = Recorder(client, "podlynx-operator", "pod-1")
    for _ in range(3):
        await recorder.tell(about, "Odd", "do this\nand that")
    found = [each for each in await client.list_all(EVENTS, "default") if each["regarding"].get("name") == name]
    assert [(each["reason"], each["note"], each["type"]) for each in found] == [("Odd", "do this\nand that", "Warning")]


async def test_events_are_bounded(client, name, monkeypatch):
    monkeypatch.setattr("podlynx.kubernetes.events.PER_MINUTE", 2)
    recorder = Recorder(client, "podlynx-operator", "pod-1")
    for number in range(5):
        await recorder.tell(config_map(name), "Odd", f"sentence {number}")
    assert recorder.withheld >= 2


async def test_a_rotated_token_is_taken_up(tmp_path, monkeypatch, api_server):
    token, path = tmp_path / "token", tmp_path / "kubeconfig"
    said = kubeconfig(api_server, "")
    said["users"][0]["user"] = {"tokenFile": str(token)}
    path.write_bytes(msgspec.yaml.encode(said))
    token.write_text("expired")
    monkeypatch.setenv("KUBECONFIG", str(path))
    async with Client.connect() as client:
        with pytest.raises(ApiError, match="Unauthorized"):
            await client.list_all(CONFIG_MAPS, "default")
        token.write_text(TOKEN)
        await client.list_all(CONFIG_MAPS, "default")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "current-context: x", "a: [", '{"clusters": 5, "contexts": [], "users": []}']
)
async def test_a_broken_kubeconfig_is_said_to_be_one(tmp_path, monkeypatch, content):
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    monkeypatch.setenv("KUBECONFIG", str(path))
    with pytest.raises(NoCluster, match="no cluster to talk to"):
        Client.connect()


async def test_nobody_there(tmp_path, monkeypatch, api_server):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    with pytest.raises(NoCluster):
        Client.connect()
    path = tmp_path / "kubeconfig"
    path.write_text(api_server.kubeconfig.read_text().replace(str(api_server.port), "1"))
    monkeypatch.setenv("KUBECONFIG", str(path))
    async with Client.connect() as client:
        with pytest.raises(Unreachable, match=r"https://127\.0\.0\.1:1"):
            await client.list_all(CONFIG_MAPS, "default")

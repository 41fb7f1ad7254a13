"""`podlynx open`: the page of a cluster, with the caller's own rights."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from tests.cli.cluster import FakeManager, calls, install_kubectl

from podlynx.cli.forward import forward

TOKEN = "the-callers-own"
ADDRESS = re.compile(r"page: (http://\S+)")


def kubeconfig(user):
    return json.dumps({"users": [{"name": "me", "user": user}], "clusters": [{"cluster": {"server": "https://api"}}]})


@pytest.fixture
def manager(tmp_path):
    running = FakeManager(tmp_path, TOKEN)
    yield running
    running.close()


@pytest.fixture
def cluster(tmp_path, manager, monkeypatch):
    """Puts a kubectl on the PATH whose cluster has a manager; more answers outrank."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def made(user=None, **more):
        answers = {
            "get service/podlynx-manager": (0, "service/podlynx-manager\n", ""),
            "get configmap podlynx-ca": (0, json.dumps({"data": {"ca.crt": manager.authority}}), ""),
            "config view": (0, kubeconfig({"token": TOKEN} if user is None else user), ""),
            "port-forward": (0, f"Forwarding from 127.0.0.1:{manager.port} -> 8443\n", ""),
        }
        install_kubectl(
            tmp_path, {**answers, **{name.replace("_", " ").replace("0", "-"): value for name, value in more.items()}}
        )
        return tmp_path

    return made


def opened(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "podlynx.cli", "open", "--no-browser", *arguments], stderr=subprocess.PIPE, text=True
    )


def link_of(process):
    said = ""
    for line in process.stderr:
        said += line
        if found := ADDRESS.search(line):
            return found[1]
    pytest.fail(f"no link: {said}")


def visit(link):
    with httpx2.Client(follow_redirects=True, trust_env=False) as browser:
        return browser.get(link).text


def end(process):
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=20)


USERS = {
    "token": {"token": TOKEN},
    "plugin": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "log-in", "args": ["--cluster", "a"]}},
}


@pytest.mark.parametrize("user", USERS.values(), ids=USERS)
def test_the_link_logs_in_with_what_the_kubeconfig_logs_in_with(cluster, user):
    folder = cluster(user)
    plugin = folder / "log-in"
    plugin.write_text(f'#!/bin/sh\necho "{{\\"status\\": {{\\"token\\": \\"{TOKEN}\\"}}}}"\n')
    plugin.chmod(0o755)
    process = opened()
    try:
        link = link_of(process)
        assert link.startswith("http://127.0.0.1:")
        assert visit(link) == "the page"
    finally:
        assert end(process) == 0


def test_a_token_file_is_read(cluster, tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    cluster({"tokenFile": str(tmp_path / "token")})
    process = opened()
    try:
        assert visit(link_of(process)) == "the page"
    finally:
        end(process)


def test_a_token_can_be_given_and_one_can_be_made_for_an_account(cluster):
    folder = cluster({"client-certificate-data": "abc"}, create_token_alice_0n_team=(0, TOKEN + "\n", ""))
    for arguments in (["--token", TOKEN], ["--as", "team/alice"]):
        process = opened(*arguments)
        try:
            assert visit(link_of(process)) == "the page"
        finally:
            end(process)
    assert "create token alice -n team --duration=28800s" in calls(folder)


def test_the_context_goes_to_every_call(cluster):
    folder = cluster()
    process = opened("--context", "production")
    link_of(process)
    end(process)
    assert {call.partition(" ")[0] for call in calls(folder)} == {"--context=production"}


REFUSED = {
    "no Podlynx": (
        {"get_service/podlynx0manager": (1, "", 'Error from server (NotFound): services "podlynx-manager" not found\n')},
        None,
        3,
        ["not found", "is Podlynx installed in this cluster?"],
    ),
    "no right": (
        {"get_service/podlynx0manager": (1, "", "Error from server (Forbidden): User cannot get resource\n")},
        None,
        4,
        ["cannot get resource", "Role podlynx-open"],
    ),
    "certificate user": (
        {},
        {"client-certificate-data": "abc", "client-key-data": "abc"},
        4,
        ["client certificate", "kubectl podlynx open --as podlynx-system/NAME"],
    ),
    "wrong token": ({}, {"token": "expired"}, 4, ["does not take your token", "kubectl auth whoami"]),
    "no way": ({"port0forward": (1, "", "error: pod is not running\n")}, None, 3, ["pod is not running"]),
    "plugin is missing": (
        {},
        {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin"}},
        3,
        ["no-such-plugin, which is not on the PATH"],
    ),
    "no authority": (
        {"get_configmap_podlynx0ca": (0, '{"data": {}}', "")},
        None,
        3,
        ["certificate authority", "has the operator started?"],
    ),
}


@pytest.mark.parametrize(("answers", "user", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_what_goes_wrong_is_said_with_its_mend(cluster, answers, user, code, said):
    cluster(user, **answers)
    process = opened()
    _, text = process.communicate(timeout=60)
    assert process.returncode == code, text
    for part in said:
        assert part in text


def test_a_manager_of_another_authority_gets_no_token(cluster, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    other = FakeManager(folder, TOKEN)
    cluster(get_configmap_podlynx0ca=(0, json.dumps({"data": {"ca.crt": other.authority}}), ""))
    try:
        _, text = (process := opened()).communicate(timeout=60)
        assert process.returncode == 6
        assert "certificate verify failed" in text.lower()
    finally:
        other.close()


def test_without_kubectl_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    _, text = opened().communicate(timeout=60)
    assert "kubectl is not on the PATH" in text


def test_a_way_that_breaks_off_is_made_again_with_a_new_link(cluster):
    cluster()
    process = opened()
    try:
        first = link_of(process)
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGKILL)
        second = link_of(process)
        assert second.partition("/login")[0] == first.partition("/login")[0], "the page stays where it is"
        assert visit(second) == "the page"
    finally:
        assert end(process) == 0


def broken_off(process):
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(child), signal.SIGKILL)


def test_a_token_that_ran_out_meanwhile_is_fetched_anew(cluster, manager):
    cluster()
    process = opened()
    try:
        link_of(process)
        manager.token = "renewed"
        cluster({"token": "renewed"})
        broken_off(process)
        assert visit(link_of(process)) == "the page"
    finally:
        assert end(process) == 0


def test_a_token_that_ran_out_and_is_not_renewed_ends_it(cluster, manager):
    cluster()
    process = opened()
    link_of(process)
    manager.token = "renewed"
    broken_off(process)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "does not take your token" in said


class Talkative:
    """A kubectl that says more than a pipe holds, on both of its outputs, and ends when all of it was taken."""

    def command(self, *_):
        said = "print('Forwarding from 127.0.0.1:1 -> 2', flush=True); import sys"
        return [
            sys.executable,
            "-c",
            f"{said}; [print('x' * 100, file=f) for _ in range(5000) for f in (sys.stdout, sys.stderr)]",
        ]


def test_what_kubectl_says_is_taken_and_only_the_last_of_it_kept():
    async def told():
        way = await forward(Talkative(), "podlynx-system", "service/x", 1)
        async with asyncio.timeout(60):
            said = await way.ended()
        await way.stop()
        return said

    assert 0 < len(asyncio.run(told())) <= 4096


def test_nothing_is_left_running(cluster):
    cluster()
    process = opened()
    link_of(process)
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    end(process)
    assert not Path(f"/proc/{child}").exists()

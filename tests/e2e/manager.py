"""The manager as a person with a token meets it: through a forwarded port, over TLS."""

import contextlib
import json
import re
import ssl
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.e2e.typed import CHECKOUT, environment, kubectl, objects, until

PERSON = "podlynx-e2e"
Alert = dict[str, Any]


class Manager:
    """Opens the way to `podlynx-manager` as `PERSON`, an analyst of the whole cluster."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._forward: subprocess.Popen[str] | None = None
        self._token = ""
        self._tls = ssl.create_default_context()
        self._url = ""

    def __enter__(self) -> Self:
        ends = f"-n {self._namespace}"
        if not objects(f"serviceaccount {PERSON} {ends}"):
            kubectl(f"create serviceaccount {PERSON} {ends}")
            kubectl(
                f"create clusterrolebinding {PERSON} --clusterrole=podlynx-analyst --serviceaccount={self._namespace}:{PERSON}"
            )
        self._token = kubectl(f"create token {PERSON} {ends} --duration=2h").strip()
        authority = until(lambda: objects(f"configmap podlynx-ca {ends}"), 60)[0]["data"]["ca.crt"]
        self._tls.load_verify_locations(cadata=authority)
        self.forward()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        kubectl(f"delete clusterrolebinding {PERSON} --ignore-not-found")
        kubectl(f"delete serviceaccount {PERSON} -n {self._namespace} --ignore-not-found")

    def forward(self) -> None:
        """Opens the port anew: a forwarded port ends with the pod that it led to."""
        self.close()
        command = ["kubectl", "-n", self._namespace, "port-forward", "service/podlynx-manager", ":8443"]
        self._forward = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._forward.stdout is not None
        first = self._forward.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", first)
        assert found, f"kubectl port-forward said: {first}"
        self._url = f"https://localhost:{found[1]}"

    def close(self) -> None:
        """Ends the forwarding."""
        if self._forward is not None:
            self._forward.kill()
            self._forward.wait()
            self._forward = None

    def get(self, path: str, **query: object) -> Any:
        """The answer's JSON. Raises `urllib.error.HTTPError`."""
        return json.loads(self.call("GET", f"{path}?{urllib.parse.urlencode(query)}" if query else path))

    def call(self, method: str, path: str, body: bytes | None = None, *, token: str | None = None) -> bytes:
        """The answer's body, of a request with `token` (else the person's)."""
        headers = {"Authorization": f"Bearer {self._token if token is None else token}"}
        request = urllib.request.Request(self._url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=20, context=self._tls) as answer:
            read: bytes = answer.read()
        return read

    def alerts(self, query: str = "", *, since: float = 0) -> list[Alert]:
        """The alerts that match, one for each event, newest first; `since`: epoch seconds."""
        page = self.get("/api/v1/alerts", query=query, group="false", limit=200)
        return [row for row in page["items"] if int(row["last_time"]) >= since * 1e9]

    def alert(self, query: str, *, since: float, seconds: float = 5.0) -> Alert:
        """The one alert that matches, in full, as soon as it is there."""
        (found,) = until(lambda: self.alerts(query, since=since), seconds, every=0.05)
        shown: Alert = self.get(f"/api/v1/alerts/{urllib.parse.quote(found['event_id'], safe='')}")
        return shown

    def none(self, query: str, *, since: float, seconds: float = 1.5) -> None:
        """Asserts that nothing matches, now and for a while."""
        time.sleep(seconds)
        found = [(row["rule"], row["destination"], row["last_seen"]) for row in self.alerts(query, since=since)]
        assert not found, f"alerts that nobody expected: {found}"

    def sensors(self) -> dict[str, Any]:
        """What each node's sensor said last, by node."""
        return {state["report"]["node"]: state["report"] for state in self.get("/api/v1/sensors")["sensors"]}

    def until_watched(self, namespace: str, name: str, *, seconds: float = 90) -> None:
        """Waits until every node of the cluster reports success for this resource, in its status."""
        nodes = {node["metadata"]["name"] for node in objects("nodes") if not _is_fake(node)}

        def watched() -> bool:
            (resource,) = objects(f"deeppacketinspections.projectcalico.org {name} -n {namespace}")
            told = {node["node"]: node["active"]["success"] for node in resource.get("status", {}).get("nodes", [])}
            assert told == dict.fromkeys(nodes, True), told
            return True

        until(watched, seconds)

    def log(self) -> str:
        """What the manager logged last."""
        with contextlib.suppress(AssertionError):
            return kubectl(f"-n {self._namespace} logs deployment/podlynx-manager --tail=50")
        return ""


def _is_fake(node: dict[str, Any]) -> bool:
    return "kwok.x-k8s.io/node" in node["metadata"].get("annotations", {})


SHARED_RULES = Path(CHECKOUT).parent / "shared" / "conformance" / "rules"

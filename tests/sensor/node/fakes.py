"""An API server and a manager in this process, as far as a sensor asks them. They answer over real HTTP on loopback."""

import asyncio
import gzip
import json
from urllib.parse import parse_qs, urlsplit

import msgspec

from podlynx.models.rule_bundle import RuleBundle, version_of


class Server:
    """HTTP/1.1 with keep-alive; `answer` gives (status, body), or None where it wrote an answer of its own."""

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def stop(self):
        self.server.close()
        self.stopped.set()
        await asyncio.sleep(0)
        for writer in list(self.writers):
            writer.close()

    def __init__(self):
        self.writers = set()
        self.requests = []
        self.stopped = asyncio.Event()

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                method, target, _ = head.split(" ", 2)
                headers = {
                    name.lower(): value for name, value in (line.split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.requests.append((method, target))
                answered = await self.answer(method, target, headers, body, writer)
                if answered is None:
                    return
                status, content = answered
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()


class ApiServer(Server):
    """Lists and watches of whatever `set` and `delete` make of it."""

    def __init__(self):
        super().__init__()
        self.objects = {}
        self.streams = []
        self.version = 1

    def set(self, path, name, manifest):
        self._tell(path, "MODIFIED" if (path, name) in self.objects else "ADDED", name, manifest)
        self.objects[path, name] = manifest

    def delete(self, path, name):
        self._tell(path, "DELETED", name, self.objects.pop((path, name)))

    def _tell(self, path, kind, name, manifest):
        self.version += 1
        manifest["metadata"]["resourceVersion"] = str(self.version)
        line = json.dumps({"type": kind, "object": manifest}).encode() + b"\n"
        for of, writer in self.streams:
            if of == path:
                writer.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")

    async def answer(self, method, target, headers, body, writer):
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if "watch" in query:
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            self.streams.append((path, writer))
            await self.stopped.wait()
            return None
        items = [manifest for (of, _), manifest in self.objects.items() if of == path]
        return 200, json.dumps({"metadata": {"resourceVersion": str(self.version)}, "items": items}).encode()


class FakeManager(Server):
    """Takes events, heartbeats and requests for rules."""

    def __init__(self):
        super().__init__()
        self.events, self.reports = [], []
        self.rules, self.version = b"", ""
        self.away = False

    def serve_rules(self, name, text):
        self.version = version_of([(name, text)])
        self.rules = gzip.compress(msgspec.json.encode(RuleBundle(self.version, "test rules", [(name, text)])))

    async def answer(self, method, target, headers, body, writer):
        if self.away:
            return 503, b"away"
        if headers.get("authorization") != "Bearer secret":
            return 401, b"who are you"
        if target == "/api/v1/events":
            data = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
            lines = [json.loads(line) for line in data.splitlines()]
            self.events += lines
            return 200, json.dumps({"accepted": len(lines), "duplicates": 0}).encode()
        if target.endswith("/heartbeat"):
            self.reports.append(json.loads(body))
            return 200, json.dumps({"rules_version": self.version}).encode()
        if target == f"/api/v1/rules/{self.version}":
            return 200, self.rules
        return 404, b"no such thing"

    @property
    def report(self):
        return self.reports[-1] if self.reports else {"capture": {"alive": False}, "resources": [], "monitors": [], "rules": {}}


PODS = "/api/v1/pods"
V3 = "/apis/projectcalico.org/v3/deeppacketinspections"
V1 = "/apis/crd.projectcalico.org/v1/deeppacketinspections"


def pod_manifest(name, uid, *, namespace="default", labels=None, addresses=(), host_network=False, phase="Running"):
    """A v1 Pod, as far as it matters."""
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid,
            "labels": labels or {"app": "web"},
            "generateName": "web-",
        },
        "spec": {"nodeName": "node-1", "hostNetwork": host_network},
        "status": {"phase": phase, "podIPs": [{"ip": address} for address in addresses]},
    }


def inspection_manifest(name, selector, *, namespace="default", owner=False):
    """A DeepPacketInspection."""
    owners = [{"apiVersion": "projectcalico.org/v3", "kind": "DeepPacketInspection", "name": name, "uid": "x"}] if owner else []
    metadata = {"name": name, "namespace": namespace, "generation": 1, "ownerReferences": owners}
    return {"metadata": metadata, "spec": {"selector": selector}}

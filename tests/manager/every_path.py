"""Every operation of the API as the API itself lists them, and requests that try each of their parameters."""

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlencode

from podlynx.manager.app import build_api
from podlynx.manager.contract import contract

QUERIES = (
    "*",
    "NOT sid:1",
    "namespace:pay",
    "dest_namespace:*",
    "NOT dest_namespace:pay",
    "dest_name:* OR source_name:*",
    "host:* AND origin:*",
    "severity:>=1",
)
FIELDS = (
    "source_namespace",
    "dest_namespace",
    "dest_name",
    "source_name",
    "namespace",
    "pod",
    "host",
    "origin",
    "sid",
    "severity",
    "name",
    "time",
)
STREAM_SECONDS = 60
"""How long what is to come by a stream is waited for."""
MOST_REQUESTS = 60
"""Requests of one operation with its parameters; each parameter's every value is tried at least once."""


@dataclass(frozen=True)
class Operation:
    """One method of one path, with its parameters as the contract describes them."""

    method: str
    path: str
    contract: dict = field(hash=False, compare=False)
    document: dict = field(hash=False, compare=False)

    @property
    def name(self):
        return f"{self.method} {self.path}"

    @property
    def public(self):
        return self.contract.get("security") == []

    @property
    def of_sensors(self):
        return self.contract.get("security") == [{"ingest": []}]

    def parameters(self, place):
        return [each for each in self.contract.get("parameters", ()) if each["in"] == place]


def operations(services):
    """Those of the contract, and those that are served without standing in it."""
    api = build_api(services)
    document, found = contract(api), {}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            found[(method.upper(), path)] = Operation(method.upper(), path, described, document)
    for route in api.routes:
        for method in getattr(route, "methods", ()):
            path = route.path_format
            if method not in ("OPTIONS", "HEAD") and (method, path) not in found:
                found[(method, path)] = Operation(method, path, {}, document)
    return [found[key] for key in sorted(found)]


def schema_of(parameter):
    schema = parameter.get("schema", {})
    return next((each for each in schema.get("oneOf", schema.get("anyOf", ())) if each.get("type") != "null"), schema)


def values(parameter, ids, words):
    """What is tried of one parameter: by its schema where that says, else everything that a hidden thing could be found by."""
    schema, name = schema_of(parameter), parameter["name"]
    items = schema.get("items", schema)
    if "enum" in items:
        return list(items["enum"])
    if items.get("type") == "boolean":
        return ["true", "false"]
    if items.get("type") in ("integer", "number"):
        least = int(items.get("minimum", 0))
        return sorted({least, min(int(items.get("maximum", 50)), 50), min(int(items.get("maximum", 5)), least + 1)})
    if "quer" in name or "search" in name or name == "q":
        return [*QUERIES, *(f"dest_name:{word} OR {word}" for word in words)]
    if name == "cursor" or items.get("format", "").startswith("date"):
        return ["2023-11-14T00:00:00Z", "nothing"] if name != "cursor" else ["nothing"]
    return [*FIELDS, "pay", "shop", *ids[:2], *words]


def paths(operation, ids):
    """The path with each of the ids in the places of its parameters; a path without parameters as it is."""
    names = [each["name"] for each in operation.parameters("path")]
    if not names and "{" in operation.path:
        names = [part.strip("{}").partition(":")[0] for part in operation.path.split("/") if part.startswith("{")]
    if not names:
        return [operation.path]
    filled = []
    for identifier in ids:
        path = operation.path
        for name in names:
            path = path.replace("{" + name + "}", quote(identifier, safe=""))
        filled.append(path)
    return filled


def requests(operation, ids, words=()):
    """(path with query string) of every request that is tried: each value of each parameter by itself, then in pairs."""
    asked = operation.parameters("query")
    required = {each["name"]: values(each, ids, words)[0] for each in asked if each.get("required")}
    tried = [required]
    choices = [[(each["name"], value) for value in values(each, ids, words)] for each in asked]
    tried += [{**required, name: value} for choice in choices for name, value in choice]
    for one, other in itertools.combinations(choices, 2):
        tried += [{**required, **dict(pair)} for pair in itertools.islice(itertools.product(one, other), 6)]
    strings = [f"?{urlencode(each)}" if each else "" for each in tried]
    found = [path + string for path in paths(operation, ids) for string in dict.fromkeys(strings)]
    return found[: max(MOST_REQUESTS, sum(map(len, choices)) + 1, len(ids))]


def body_of(operation):
    """The smallest body that the contract takes; (content type, bytes)."""
    content = operation.contract.get("requestBody", {}).get("content", {})
    kind = next(iter(content), "")
    if not kind:
        return "", b""
    if kind == "application/json":
        return kind, json.dumps(_smallest(content[kind]["schema"], operation.document)).encode()
    return kind, b"nothing=1"


def _smallest(schema, document):
    if "$ref" in schema:
        return _smallest(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    options = schema.get("oneOf") or schema.get("anyOf")
    if options:
        return _smallest(options[0], document)
    kind = schema.get("type")
    if kind == "object":
        return {name: _smallest(schema["properties"][name], document) for name in schema.get("required", ())}
    return {"array": [], "string": "x" * max(1, schema.get("minLength", 1)), "boolean": True, "null": None}.get(
        kind, max(1, int(schema.get("minimum", 1)))
    )


@dataclass
class Answer:
    status: int = 0
    headers: str = ""
    body: bytes = b""
    ended: bool = False

    @property
    def text(self):
        return self.headers + "\n" + self.body.decode("utf-8", "replace")


async def ask(app, method, target, headers, body=b"", during=None):
    """One request to an ASGI app in this process, whole or while it streams.

    `during` is awaited once the answer has begun and did not end by itself: it makes things happen, and answers a condition of
    the text that has come so far; once it holds, the asker goes away.
    """
    path, _, query = target.partition("?")
    answer, began, sent = Answer(), asyncio.Event(), False
    gone = asyncio.Event()
    enough = None

    async def receive():
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = "\n".join(f"{k.decode()}: {v.decode('latin-1')}" for k, v in message["headers"])
        else:
            answer.body += message.get("body", b"")
            began.set()
            if not message.get("more_body"):
                answer.ended = True
                gone.set()  # what a server says once an answer is whole
            if enough is not None and enough(answer.text):
                gone.set()

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8843),
        "state": {},
    }
    task = asyncio.create_task(app(scope, receive, send))
    async with asyncio.timeout(STREAM_SECONDS):
        beginning = asyncio.create_task(began.wait())
        await asyncio.wait([task, beginning], return_when=asyncio.FIRST_COMPLETED)
        beginning.cancel()
        if not task.done() and "event-stream" in answer.headers and during is not None:
            enough = await during()
            if enough(answer.text):
                gone.set()
            leaving = asyncio.create_task(gone.wait())
            await asyncio.wait([task, leaving], return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return answer
        await task
    return answer

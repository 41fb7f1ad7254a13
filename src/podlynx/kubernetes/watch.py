"""A list and watch that does not end: what there is, then every change, whatever the API server and the network do.

Kubernetes API, "Efficient detection of changes": a list gives a resourceVersion, a watch from there gives every change after it,
bookmarks move the place on, 410 Gone means that the place is too old and the list must be read again.

    async for change in watch(client, PODS, fields={"spec.nodeName": node}, of=Pod):
        match change.kind:
            case "replace": ...   # `change.objects` are all there are; what was known before and is not among them is gone
            case "set": ...       # `change.object` was created or changed
            case "delete": ...    # `change.object`, in its last state, is gone, or no longer matches the selectors
            case "sync": ...      # no object: the stream is open and everything so far has been told
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, Generic, Literal, TypeVar, cast

import msgspec
import structlog

from podlynx.kubernetes.client import Client, selector
from podlynx.kubernetes.errors import ApiError, ClusterError
from podlynx.kubernetes.kinds import Resource
from podlynx.kubernetes.tables import ACCEPT, NoSuchColumn, Printed, Table
from podlynx.telemetry.metrics import LabelCounts

_LOG = structlog.get_logger("podlynx.kubernetes")
PAGE: Final = 500
"""Objects that are read at once."""
STREAM_SECONDS: Final = 290
"""How long one watch request lasts, with up to a fifth more: the API server's load is spread."""
MAX_LINE: Final = 16 << 20
"""Bytes of one change; etcd takes objects of 1.5 MiB."""
BACKOFF: Final = (0.1, 10.0)
"""Seconds to wait after the first failure, and at most; between them doubled, each time a random part of it."""
INTERRUPTIONS: Final = LabelCounts(1, 32)
"""Of this process, by resource: how often a watch was lost, or could not be had."""
ABSENT_SECONDS: Final = 10.0
"""A resource that was served is taken for gone after this long: an API server that starts may not know it yet."""

T = TypeVar("T")


@dataclass(frozen=True)
class Change(Generic[T]):
    """One step; see the module."""

    kind: Literal["replace", "set", "delete", "sync"]
    objects: tuple[T, ...] = ()

    @property
    def object(self) -> T:
        """The one object of `set` and `delete`."""
        return self.objects[0]


async def watch(
    client: Client,
    resource: Resource,
    *,
    namespace: str | None = None,
    fields: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    without: str = "",
    printed: Mapping[str, str] | None = None,
    of: type[T] = dict,  # type: ignore[assignment]  # the default of T
) -> AsyncIterator[Change[T]]:
    """Every change from now on; ends only when its task is cancelled or it is closed.

    The first change is `replace`; it comes again whenever the list had to be read again. An API server that is away, a resource
    that is not served (an empty `replace`, once) and a missing right are waited for. `of` is what each object is decoded to (by
    msgspec): a Struct of the few fields that matter keeps a large list small; an object that does not fit is logged and left out.
    `without`: a label that they must not have. `printed`: columns to fields of the spec (`tables.Printed`): where the API server
    prints them, objects come with metadata and these fields alone.
    """
    having = ",".join(filter(None, [selector(labels or {}), f"!{without}" if without else ""]))
    selectors = {"fieldSelector": selector(fields or {}), "labelSelector": having}
    reflector = _Reflector(
        client, resource.path(namespace), {key: value for key, value in selectors.items() if value}, of, printed
    )
    while True:
        try:
            if reflector.version is None:
                yield Change("replace", await reflector.read_all())
            async for change in reflector.follow():
                yield change
            await asyncio.sleep(random.uniform(0, BACKOFF[0]))  # noqa: S311 many watches end with one API server
        except ClusterError as error:
            if reflector.gone(error):
                yield Change("replace")
            await reflector.recover(error)


class _Meta(msgspec.Struct):
    resourceVersion: str = ""  # noqa: N815 the API's name
    continue_: str = msgspec.field(name="continue", default="")


class _Envelope(msgspec.Struct):
    metadata: _Meta = msgspec.field(default_factory=_Meta)


class _Page(Table):
    metadata: _Meta = msgspec.field(default_factory=_Meta)
    items: list[msgspec.Raw] | None = None


class _Line(msgspec.Struct):
    type: str
    object: msgspec.Raw


class _Reflector(Generic[T]):
    """The place in the stream of one watch, and what happens when it is lost."""

    def __init__(
        self, client: Client, path: str, selectors: Mapping[str, str], of: type[T], printed: Mapping[str, str] | None = None
    ) -> None:
        self._client, self._path, self._selectors = client, path, selectors
        self._of, self._decoder = of, msgspec.json.Decoder(of)
        self._printed = Printed(printed) if printed else None
        self.version: str | None = None
        """resourceVersion up to which everything was told; None: the list must be read."""
        self._listed = False
        self._floor: str | None = "0"
        """A list must not be older than this. It may come from the API server's cache then; None: from the database."""
        self._failures = 0
        self._absent_since: float | None = None
        self._told_absent = False

    async def read_all(self) -> tuple[T, ...]:
        """Everything there is, read in pages."""
        params = {**self._selectors, "limit": str(PAGE)}
        if self._floor is not None:
            params |= {"resourceVersion": self._floor, "resourceVersionMatch": "NotOlderThan"}
        found: list[T] = []
        while True:
            page = await self._page(params)
            try:
                found.extend(self._objects(page))
            except NoSuchColumn:
                self._printed = None
                return await self.read_all()
            if not page.metadata.continue_:
                break
            params = {**self._selectors, "limit": str(PAGE), "continue": page.metadata.continue_}
        self._at(page.metadata.resourceVersion)
        self._listed = True
        self._absent_since, self._told_absent = None, False
        return tuple(found)

    async def _page(self, params: Mapping[str, str]) -> _Page:
        try:
            return _page(await self._client.raw("GET", self._path, params=params, accept=self._accept))
        except ApiError as error:
            # A database that was restored is older than what was seen, and would stay so for ever.
            if error.status in (400, 410, 504):
                self._floor = None
            raise

    @property
    def _accept(self) -> str:
        return ACCEPT if self._printed else ""

    def _at(self, version: str) -> None:
        """Everything up to there has been told."""
        self.version = self._floor = version

    async def follow(self) -> AsyncIterator[Change[T]]:
        """The changes of one watch request."""
        seconds = STREAM_SECONDS * random.uniform(1, 1.2)  # noqa: S311 spreads load
        params = {
            **self._selectors,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self.version or "",
            "timeoutSeconds": str(int(seconds)),
        }
        async with self._client.stream(self._path, params, seconds + 15, self._accept) as pieces:
            yield Change("sync")
            async for line in _lines(pieces):
                if (change := self._change(line)) is not None:
                    yield change
        self._failures = 0

    def gone(self, error: ClusterError) -> bool:
        """Whether the resource itself is not served (any more), told once."""
        if not isinstance(error, ApiError) or not error.absent or self._told_absent:
            return False
        self._absent_since = self._absent_since or monotonic()
        self.version = None
        self._told_absent = not self._listed or monotonic() - self._absent_since > ABSENT_SECONDS
        return self._told_absent

    async def recover(self, error: ClusterError) -> None:
        """Waits; after a refusal the list is read again (410 Gone and its like), after a lost connection the watch resumes."""
        INTERRUPTIONS.add(self._path.rpartition("/")[2])
        if isinstance(error, ApiError) and error.status not in (429, 503):
            self.version = None
        if isinstance(error, ApiError) and error.status == 410:  # nothing is wrong: read again, all at different times
            await asyncio.sleep(random.uniform(0, BACKOFF[0]))  # noqa: S311
            return
        if self._failures in (0, 5) or self._failures % 30 == 0:
            _LOG.warning("watch interrupted", path=self._path, why=str(error), failures=self._failures + 1)
        first, most = BACKOFF
        wait = min(most, first * 2 ** min(self._failures, 16))
        self._failures += 1
        await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311

    def _change(self, line: bytes) -> Change[T] | None:
        try:
            said = msgspec.json.decode(line, type=_Line)
            if said.type == "ERROR":
                raise _refused(said.object)
            page = _page(said.object) if self._printed else None
            version = (page or msgspec.json.decode(said.object, type=_Envelope)).metadata.resourceVersion
        except msgspec.DecodeError as error:
            raise ApiError(502, "NotJson", f"a line of the watch is no change: {error}") from error
        self._failures = 0
        if version:
            self._at(version)
        if said.type == "BOOKMARK":
            return Change("sync")
        try:
            objects = tuple(self._objects(page) if page is not None and page.rows else self._decoded([said.object]))
        except NoSuchColumn:
            self._printed = None
            raise ApiError(410, "Expired", "the definition prints other columns by now") from None
        return Change("delete" if said.type == "DELETED" else "set", objects) if objects else None

    def _objects(self, page: _Page) -> Iterator[T]:
        """Of a list, or of a table. Raises NoSuchColumn."""
        yield from self._decoded(page.items or [])
        for item in self._printed.objects(page) if self._printed and page.rows is not None else ():
            try:
                yield msgspec.convert(item, self._of)
            except msgspec.ValidationError as error:
                _LOG.warning("an object cannot be read and is left out", path=self._path, why=str(error))

    def _decoded(self, items: list[msgspec.Raw]) -> Iterator[T]:
        for item in items:
            try:
                yield self._decoder.decode(item)
            except msgspec.DecodeError as error:
                _LOG.warning("an object cannot be read and is left out", path=self._path, why=str(error))


def _page(body: bytes | msgspec.Raw) -> _Page:
    try:
        return msgspec.json.decode(body, type=_Page)
    except msgspec.DecodeError as error:
        raise ApiError(502, "NotJson", f"the list is none: {error}") from error


def _refused(status: msgspec.Raw) -> ApiError:
    said = cast("dict[str, Any]", msgspec.json.decode(status))
    code = said.get("code")
    return ApiError(code if isinstance(code, int) else 500, str(said.get("reason") or ""), str(said.get("message") or ""))


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces of any size to lines."""
    rest = bytearray()
    async for piece in pieces:
        rest += piece
        if b"\n" not in piece:
            if len(rest) > MAX_LINE:
                raise ApiError(413, "TooLong", f"a change of more than {MAX_LINE >> 20} MiB")
            continue
        *whole, last = bytes(rest).split(b"\n")
        rest = bytearray(last)
        for line in whole:
            if line:
                yield line

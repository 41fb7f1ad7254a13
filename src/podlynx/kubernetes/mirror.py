"""What a watch has told so far, by name: for a few objects that somebody else reads at any time."""

from asyncio import Event
from collections.abc import AsyncIterator, Callable, Mapping

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.inspections import Name, name_of
from podlynx.kubernetes.kinds import Manifest, Resource
from podlynx.kubernetes.watch import Change, watch


class Mirror:
    """The objects of one resource, kept by `run`."""

    def __init__(
        self,
        client: Client,
        resource: Resource,
        *,
        namespace: str | None = None,
        fields: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self._client, self.resource = client, resource
        self._namespace, self._fields, self._labels = namespace, fields, labels
        self.objects: dict[Name, Manifest] = {}
        self.known = Event()
        """Set once all that there was has been told."""

    async def run(self, changed: Callable[[], None]) -> None:
        """Ends only when cancelled; `changed` is called after each step."""
        stream: AsyncIterator[Change[Manifest]] = watch(
            self._client, self.resource, namespace=self._namespace, fields=self._fields, labels=self._labels
        )
        async for change in stream:
            match change.kind:
                case "replace":
                    self.objects = {name_of(each): each for each in change.objects}
                    self.known.set()
                case "set":
                    self.objects[name_of(change.object)] = change.object
                case "delete":
                    self.objects.pop(name_of(change.object), None)
                case "sync":
                    continue
            changed()

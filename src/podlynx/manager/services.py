"""What the endpoints work with, put together once by `create_app`."""

import msgspec
from litestar.di import NamedDependency

from podlynx import __version__
from podlynx.manager.access import Access
from podlynx.manager.ingest import Ingest
from podlynx.manager.live import Live, StatusSource
from podlynx.manager.settings import Settings
from podlynx.models.status import SensorStatus, Status
from podlynx.store.protocol import EventStore


class Services:
    """The rooms behind the API. `status_source` answers a `SensorStatus`, or an object or mapping with its fields."""

    def __init__(self, store: EventStore, settings: Settings, status_source: StatusSource | None = None) -> None:
        self.store = store
        self.settings = settings
        self.access = Access(settings)
        self.live = Live(max_readers=settings.max_streams, queue=settings.stream_queue)
        self.ingest = Ingest(store, self.live, settings.cluster)
        self.status_source: StatusSource | None = status_source

    async def status(self) -> Status:
        """The state of sensor, rules, store and streams."""
        told = self.status_source() if self.status_source else SensorStatus()
        sensor = msgspec.convert(told, SensorStatus, from_attributes=True)
        return Status(
            monitors=sensor.monitors,
            rules=sensor.rules,
            version=__version__,
            store=await self.store.statistics(),
            live=self.live.statistics(),
        )


Provided = NamedDependency[Services]
"""The parameter `services` of an endpoint."""

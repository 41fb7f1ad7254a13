"""The alert that a test sends: it says of itself that it is none."""

from datetime import UTC, datetime
from time import time_ns

from podlynx.models.engine_event import EngineEvent
from podlynx.models.event import Endpoint, EventDocument, document


def sample_alert(cluster: str = "") -> EventDocument:
    """A made-up event, between addresses that nobody has (RFC 5737)."""
    event = EngineEvent(
        time=time_ns(),
        gid=1,
        sid=1,
        rev=1,
        msg="Podlynx test alert: nothing has happened",
        classtype="not-suspicious",
        priority=3,
        protocol="TCP",
        src_ip="192.0.2.1",
        src_port=51234,
        dst_ip="198.51.100.2",
        dst_port=8080,
    )
    return document(
        event,
        host="test",
        origin="dpi.default/test",
        source=Endpoint("test-client", "default", "test-client"),
        destination=Endpoint("test-server", "default", "test-server"),
        cluster=cluster,
        generated_time=datetime.now(UTC),
    )

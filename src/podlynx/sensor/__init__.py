"""What runs on a node: monitors of interfaces, their inspection, and the way of their events to whoever takes them in."""

from podlynx.sensor.errors import CaptureDeniedError, SensorError
from podlynx.sensor.monitor import Monitor
from podlynx.sensor.privilege import require_capture
from podlynx.sensor.sensor import EventSink, Sensor

__all__ = ["CaptureDeniedError", "EventSink", "Monitor", "Sensor", "SensorError", "require_capture"]

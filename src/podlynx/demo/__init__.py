"""See it work: a small shop on loopback, a sensor that watches it, the manager with its page, and the walk-through's attack.

The shop, the sensor and the manager are one process, so nothing outlives it, however it ends.
"""

from podlynx.demo.demo import Demo, DemoError

__all__ = ["Demo", "DemoError"]

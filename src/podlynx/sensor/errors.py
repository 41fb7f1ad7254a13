"""Why a sensor cannot watch, said so that a person can mend it."""


class SensorError(Exception):
    """An interface that cannot be watched. `str()` says what and where, `mend` what to do."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


class CaptureDeniedError(SensorError):
    """The process may not capture packets."""

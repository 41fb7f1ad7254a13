"""What can be wrong with a rule source, said so that a person can mend it."""


class RuleSourceError(Exception):
    """Rules that cannot be read, fetched or installed. `str()` says what and where, `mend` says what to do."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


class DownloadError(RuleSourceError):
    """Rules that could not be brought here over the network."""

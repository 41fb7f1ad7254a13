"""Why settings cannot be used."""


class SettingsError(ValueError):
    """`str()` says where and what, `mend` what to do."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend

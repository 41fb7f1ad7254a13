"""What managers of one installation seal the sessions of browsers with: made by the operator, mounted into every manager."""

from typing import Annotated, Final

import msgspec

FILE: Final = "keys.json"
"""Name of the value in the Secret, and of the file that it becomes."""


class SessionKey(msgspec.Struct, frozen=True):
    """A Fernet key (URL-safe base64 of 32 bytes), and when it was made, in epoch seconds."""

    made: int
    key: Annotated[str, msgspec.Meta(min_length=44, max_length=44)]

    def __repr__(self) -> str:
        return f"SessionKey(made={self.made}, key=…)"


class SessionKeyring(msgspec.Struct, frozen=True):
    """`id` names the installation and stays; the first of `keys` seals, every one of them opens."""

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}$")]
    keys: Annotated[list[SessionKey], msgspec.Meta(min_length=1, max_length=4)]

"""What holds, and why: because somebody set it, or because it does where nobody does."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import msgspec

from podlynx import _engine
from podlynx.models.settings import Settings

ModeName = Literal["exact", "complete"]


class Held(NamedTuple):
    """One setting. `origin`: the name of a file, or the mode whose default it is."""

    name: str
    value: Any
    origin: str


def in_mode(settings: Settings, mode: ModeName | None) -> Settings:
    """The same with another mode, where one is given."""
    return msgspec.structs.replace(settings, mode=mode) if mode else settings


def mode_of(settings: Settings, otherwise: ModeName) -> ModeName:
    """The mode that holds."""
    return settings.mode if isinstance(settings.mode, str) else otherwise


def effective(settings: Settings, mode: ModeName) -> dict[str, Any]:
    """Everything that holds, `mode` where the settings name none."""
    held: dict[str, Any] = msgspec.json.decode(_engine.effective_settings(settings.json(), mode))
    return held


def held(settings: Settings, mode: ModeName, file: str) -> list[Held]:
    """Every setting with its origin. Lists of tables are one setting each."""
    own = dict(_leaves(msgspec.to_builtins(settings)))
    everything = effective(settings, mode)
    return [Held(name, value, file if name in own else f"default of {everything['mode']}") for name, value in _leaves(everything)]


def _leaves(table: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value

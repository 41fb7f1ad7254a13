"""TOML to settings. Whatever is wrong is told with its key, its line and what to write instead."""

import difflib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import msgspec

from podlynx import _engine
from podlynx.models.settings import Settings, Table
from podlynx.settings.errors import SettingsError
from podlynx.settings.places import line_of

SIZE_CAP: Final = 1 << 20
"""Largest file of settings in bytes."""
_AT: Final = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<name>.*)`")
_OF_ENGINE: Final = re.compile(r"(?P<path>[a-z_]+(?:\.\w+)*): (?P<what>.*)", re.DOTALL)


def read_settings(path: Path) -> Settings:
    """The settings of a file. Raises SettingsError."""
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_CAP + 1)
    except OSError as error:
        raise SettingsError(f"cannot read settings {path}: {(error.strerror or str(error)).lower()}", "check the path") from error
    if len(content) > SIZE_CAP:
        raise SettingsError(f"{path}: larger than {SIZE_CAP >> 20} MiB", "settings are small; is it another file?")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 (byte {error.start})", "save it as UTF-8, which TOML asks for") from error
    return parse_settings(text, str(path))


def parse_settings(text: str, name: str) -> Settings:
    """The settings of a text that people know by `name`. Raises SettingsError."""
    try:
        settings = msgspec.convert(tomllib.loads(text), Settings)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{name}: is no TOML: {error}", "see docs/settings.md for an example") from error
    except msgspec.ValidationError as error:
        raise _of_shape(text, name, str(error)) from error
    check_settings(settings, text, name)
    return settings


def check_settings(settings: Settings, text: str, name: str) -> None:
    """What only the engine knows: actions, addresses, ports, variables. Raises SettingsError."""
    try:
        _engine.effective_settings(settings.json())
    except ValueError as error:
        found = _OF_ENGINE.fullmatch(str(error))
        steps = list(_steps_of_engine(found["path"])) if found else []
        what = found["what"] if found else str(error)
        raise SettingsError(_placed(text, name, steps, what), "docs/settings.md says what the field takes") from error


def _of_shape(text: str, name: str, message: str) -> SettingsError:
    found = _AT.fullmatch(message)
    what, path = (found["what"], found["path"] or "") if found else (message, "")
    steps: list[str | int] = list(_steps(path))
    if unknown := _UNKNOWN.fullmatch(what):
        steps.append(unknown["name"])
        return SettingsError(_placed(text, name, steps, "there is no such setting"), _nearest(unknown["name"], steps[:-1]))
    what = what[0].lower() + what[1:]
    return SettingsError(_placed(text, name, steps, what), "docs/settings.md says what the field takes")


def _placed(text: str, name: str, steps: list[str | int], what: str) -> str:
    line = line_of(text, steps) if steps else None
    key = dotted(steps)
    return f"{name}{f':{line}' if line else ''}: {f'{key}: ' if key else ''}{what}"


def dotted(steps: list[str | int]) -> str:
    """`event_filter[0].count`, entries counted from 0 as TOML libraries do."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _steps(path: str) -> Iterator[str | int]:
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        yield int(index) if index else name


def _steps_of_engine(path: str) -> Iterator[str | int]:
    return (int(step) if step.isdigit() else step for step in path.split("."))


def _nearest(name: str, steps: list[str | int]) -> str:
    table = table_at(steps)
    names = list(table.__struct_fields__) if table else []
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    if elsewhere := next((place for place in every_field() if place.rpartition(".")[2] == name), None):
        return f"{name} stands in a table: {elsewhere}"
    return f"there are: {', '.join(names)}" if names else "see docs/settings.md"


def table_at(steps: list[str | int]) -> type[Table] | None:
    """The model of the table at a path."""
    table: type[Table] = Settings
    for step in (step for step in steps if isinstance(step, str)):
        inner = next(iter(_tables(get_type_hints(table).get(step))), None)
        if inner is None:
            return None
        table = inner
    return table


def every_field(table: type[Table] = Settings, before: str = "") -> Iterator[str]:
    """The dotted name of every setting."""
    for name, hint in get_type_hints(table).items():
        inner = next(iter(_tables(hint)), None)
        if inner is None:
            yield f"{before}{name}"
        else:
            yield from every_field(inner, f"{before}{name}.")


def _tables(hint: Any) -> Iterator[type[Table]]:
    if isinstance(hint, type) and issubclass(hint, Table):
        yield hint
    for argument in get_args(hint):
        yield from _tables(argument)

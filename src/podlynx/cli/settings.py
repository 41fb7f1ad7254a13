"""`--config FILE`, and `podlynx settings …`: what is set, what holds, and whether a file of settings is sound."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.options import flag, value
from podlynx.models.settings import Settings
from podlynx.settings.effective import ModeName, held, in_mode, mode_of
from podlynx.settings.errors import SettingsError
from podlynx.settings.reading import read_settings

ConfigOption = Annotated[Path | None, value("Settings in TOML, under Snort's names (docs/settings.md).", "--config", "-c")]
ChecksumOption = Annotated[
    Literal["all", "none", "auto"] | None,
    value(
        "Wrong checksums leave a packet out: all, none, or auto (in live capture, not in files). Default: auto.",
        "--checksums",
        "-k",
    ),
]


def load_settings(path: Path | None, mode: ModeName | None = None, checksums: str | None = None) -> Settings:
    """The settings of a file, or none, with what the command line says in the place of its own. Raises CommandError."""
    try:
        settings = in_mode(read_settings(path) if path else Settings(), mode)
    except SettingsError as error:
        raise CommandError(Exit.USAGE, str(error), error.mend) from error
    if checksums:
        settings = msgspec.convert(msgspec.to_builtins(settings) | {"network": {"checksum_eval": checksums}}, Settings)
    return settings


def show_settings(
    config: ConfigOption = None,
    *,
    mode: Annotated[ModeName | None, Parameter(help="Say what holds in this mode.")] = None,
    changed: Annotated[bool, flag("Only what the file sets.")] = False,
    json: Annotated[bool, flag("Print JSON.")] = False,
) -> int:
    """Print every setting that holds, and whether the file or a mode's default says so."""
    settings = load_settings(config, mode)
    entries = [
        each for each in held(settings, mode_of(settings, "exact"), str(config)) if not changed or each.origin == str(config)
    ]
    if json:
        print(msgspec.json.encode([each._asdict() for each in entries]).decode())
        return Exit.OK
    for each in entries:
        print(f"{each.name} = {msgspec.json.encode(each.value).decode()}  # {each.origin}")
    return Exit.OK


def check_settings(config: Annotated[Path, Parameter(help="A file of settings.")]) -> int:
    """Read settings as the other commands do; what is wrong is told with its line. Exit code 2 where something is."""
    settings = load_settings(config)
    own = [each for each in held(settings, mode_of(settings, "exact"), str(config)) if each.origin == str(config)]
    print(f"{config}: {len(own)} settings, mode {mode_of(settings, 'exact')}")
    return Exit.OK

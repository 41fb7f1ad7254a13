"""The outputs by name."""

from collections.abc import Callable
from typing import Final, Literal, Protocol

from podlynx.models.alert_fast import alert_fast
from podlynx.outputs.alert import Alert
from podlynx.outputs.alert_json import AlertJson, one_line
from podlynx.outputs.nested import Nested

OutputName = Literal["alert_fast", "alert_json", "eve", "ecs"]


class Output(Protocol):
    """Writes alerts as lines."""

    def line(self, alert: Alert, /) -> bytes:
        """One line with its newline."""
        ...


class AlertFast:
    """Snort's one-line text; prefixed by the capture's name where several are read, as grep does."""

    def line(self, alert: Alert) -> bytes:
        """One line with its newline."""
        text = one_line(alert_fast(alert.event, alert.zone))
        return f"{alert.input}: {text}\n".encode() if alert.several_inputs else f"{text}\n".encode()


OUTPUTS: Final[dict[OutputName, Callable[[], Output]]] = {
    "alert_fast": AlertFast,
    "alert_json": AlertJson,
    "eve": lambda: Nested("eve"),
    "ecs": lambda: Nested("ecs"),
}
FILES: Final[dict[OutputName, str]] = {
    "alert_fast": "alert_fast.txt",
    "alert_json": "alert_json.txt",
    "eve": "eve.json",
    "ecs": "ecs.json",
}
"""Under which name each is kept: Snort's own where it is Snort's, Suricata's where it is Suricata's."""


def read_names(text: str) -> tuple[OutputName, ...]:
    """The outputs of a list with commas; "" and `none` are none. Raises ValueError, saying which there are."""
    names = [name for part in text.split(",") if (name := part.strip().replace("-", "_")) and name != "none"]
    known = {str(name): name for name in OUTPUTS}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{unknown[0]!r} is no output; there are: {', '.join(OUTPUTS)}, none")
    return tuple(dict.fromkeys(known[name] for name in names))

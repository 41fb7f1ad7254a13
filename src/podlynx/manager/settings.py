"""Settings of the manager; every limit that a person or an attacker could press against has its name here."""

from pathlib import Path
from secrets import token_urlsafe
from typing import Final

import msgspec

from podlynx.outputs.formats import OutputName

WEB_FOLDER: Final = Path(__file__).parent.parent / "web"
"""Where the build puts the web page (package data)."""

DEFAULT_COOKIE: Final = "podlynx_session"
MAX_INGEST_BODY: Final = 32 * 1024 * 1024
"""Bytes of one batch of events."""

MAX_HEARTBEAT_BODY: Final = 8 * 1024 * 1024
"""Bytes of one report: some 2 kB for a resource with many pods, 300 bytes for a pod."""


def new_token() -> str:
    """256 random bits, as 43 characters that are safe in a URL."""
    return token_urlsafe(32)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What `create_app` needs to know. Tokens are generated unless given; durations are in seconds, sizes in bytes."""

    token: str = msgspec.field(default_factory=new_token)
    ingest_token: str = msgspec.field(default_factory=new_token)
    allowed_hosts: tuple[str, ...] = ()
    """Names, beside loopback ones and bare addresses, that the Host header may carry."""
    cookie_name: str = DEFAULT_COOKIE
    cookie_secure: bool = False
    """True where browsers come by https."""
    outputs: tuple[OutputName, ...] = ()
    """Files with all alerts that are written, in `output_folder`."""
    output_folder: Path = Path("outputs")
    payloads_off: frozenset[str] = frozenset()
    """Namespaces of whose pods no payload is kept."""
    cluster: str = ""
    """Name of the cluster, as documents carry it."""
    token_hint: str = "the token is printed at the start"  # noqa: S105 where to find one
    """Where a person finds a token that opens this manager."""
    web_folder: Path = WEB_FOLDER

    session_seconds: float = 12 * 3600
    """How long a session lasts at most, however much it is used."""
    session_idle_seconds: float = 2 * 3600
    """How long one lasts that is not used; an open page uses it every few seconds."""
    max_ended_sessions: int = 16_384
    """Sessions that were logged out of and are remembered until their cookies are of no use."""
    login_code_seconds: float = 3600
    max_login_codes: int = 16
    max_login_codes_each: int = 16
    login_failures: int = 10
    """Failed log-ins of one address within `login_window_seconds`, before it has to wait."""
    account_failures: int = 100
    """Failed log-ins within that window that claim to be one person's, from wherever."""
    login_window_seconds: float = 60
    max_login_addresses: int = 1024

    max_body: int = 64 * 1024
    max_ingest_lines: int = 5000
    max_deliveries: int = 256
    """Deliveries of sensors that may be under way at once."""
    max_deliveries_each: int = 8
    """Of one node; it sends one after the other, but may give up waiting for an answer and send again."""
    max_delivery_bytes: int = 64 * 1024 * 1024
    """Bytes of those under way, unpacked; a single one may be of more."""
    max_connections: int = 512

    max_streams: int = 64
    max_streams_each: int = 64
    max_exports: int = 8
    max_exports_each: int = 2
    """Of one person; in a desk's manager there is one."""
    stream_queue: int = 256
    """Alerts that may wait for one slow reader before it is told to reload."""
    stream_replay: int = 500
    """Alerts that a reader may catch up on before it is told to reload."""
    heartbeat_seconds: float = 10

"""Puts the API together: `create_app` answers one ASGI app, gate and web page included."""

from typing import Final, cast

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

from podlynx import __version__
from podlynx.manager.asgi import App
from podlynx.manager.contract import ContractPlugin
from podlynx.manager.errors import respond_to_error
from podlynx.manager.guard import Guard
from podlynx.manager.live import StatusSource
from podlynx.manager.options import Options
from podlynx.manager.pages import Pages
from podlynx.manager.routes import HANDLERS
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.manager.timing import Timing
from podlynx.store.protocol import EventStore

_TAGS: Final = (
    Tag("alerts", "What was seen"),
    Tag("exceptions", "What is hidden"),
    Tag("webhooks", "Who is told"),
    Tag("session", "Logging in and out"),
    Tag("status", "How the system is"),
    Tag("events", "Events one by one: counting, exporting, following, dismissing; and their delivery by sensors"),
    Tag("sensors", "State of the nodes"),
    Tag("rules", "The rules that nodes use"),
    Tag("health", "Probes"),
)

_PEOPLE: Final = "The token that the manager prints at its start; in a cluster anybody's own, with the rights that it has there"
_SENSORS: Final = "The token of the sensors; in a cluster that of their ServiceAccount, for the audience podlynx-manager"


def create_app(store: EventStore, settings: Settings, *, status_source: StatusSource | None = None) -> App:
    """The whole HTTP side of a manager over that store."""
    return app_of(Services(store, settings, status_source))


def app_of(services: Services) -> App:
    """The same over services that someone else also uses."""
    api = build_api(services)
    answering = Options(cast("App", api), api)  # Litestar's own ASGI types are narrower than the interface
    return Timing(Guard(Pages(answering, services.settings.web_folder), services), services.metrics)


def build_api(services: Services) -> Litestar:
    """The API alone, without its gate."""
    return Litestar.from_config(
        AppConfig(
            route_handlers=list(HANDLERS),
            dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
            exception_handlers={Exception: respond_to_error},
            openapi_config=_openapi_config(),
            request_max_body_size=services.settings.max_body,
            logging_config=None,
        )
    )


def _openapi_config() -> OpenAPIConfig:
    bearer = SecurityScheme(type="http", scheme="bearer", description=_PEOPLE)
    cookie = SecurityScheme(type="apiKey", name="podlynx_session", security_scheme_in="cookie", description="A browser's session")
    ingest = SecurityScheme(type="http", scheme="bearer", description=_SENSORS)
    return OpenAPIConfig(
        title="Podlynx manager",
        version=__version__,
        description="Alerts of deep packet inspection. Every error has the shape of `ErrorBody`.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        tags=list(_TAGS),
        security=[{"token": []}, {"session": []}],
        components=Components(security_schemes={"token": bearer, "session": cookie, "ingest": ingest}),
        use_handler_docstrings=True,
        path="/openapi.json",
        render_plugins=[ContractPlugin()],
    )

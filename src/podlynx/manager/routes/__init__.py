"""The endpoints, a file for each thing that they are about. Each is thin: it reads the request and asks a service."""

from podlynx.manager.routes import alerts, events, health, session, status, stream

HANDLERS = (
    health.livez,
    health.readyz,
    session.login_link,
    session.login_form,
    session.open_session,
    session.show_session,
    session.close_session,
    alerts.list_alerts,
    stream.stream_alerts,
    alerts.show_alert,
    alerts.dismiss_alert,
    alerts.restore_alert,
    status.show_status,
    events.take_events,
)
"""Every endpoint of the API."""

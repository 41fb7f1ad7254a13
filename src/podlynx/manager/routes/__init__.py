"""The endpoints, a file for each thing that they are about. Each is thin: it reads the request and asks a service."""

from podlynx.manager.routes import alerts, events, health, metrics, packets, rules, sensors, session, status, stream

HANDLERS = (
    health.livez,
    health.readyz,
    session.login_link,
    session.login_form,
    session.open_session,
    session.show_session,
    session.close_session,
    session.create_login_code,
    alerts.list_alerts,
    stream.stream_alerts,
    alerts.show_alert,
    packets.alert_packets,
    alerts.dismiss_alert,
    alerts.restore_alert,
    status.show_status,
    events.take_events,
    sensors.take_heartbeat,
    sensors.list_sensors,
    metrics.show_metrics,
    rules.show_rules,
    rules.fetch_rules,
    rules.upload_rules,
    rules.forget_rules,
)
"""Every endpoint of the API."""

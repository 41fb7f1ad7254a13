"""What webhooks did, for Prometheus. Labels are bounded: kinds of receivers times outcomes, never a webhook's name."""

from itertools import product
from typing import Final, get_args

from podlynx.manager.metrics import WEBHOOK_ALERTS, WEBHOOK_DELIVERIES
from podlynx.models.webhook_report import Delivery, Outcome
from podlynx.telemetry.metrics import LabelCounts, Metric, Reading

CONSUMERS: Final = ("Slack", "Jira", "Alertmanager", "Generic")
_OUTCOMES: Final[tuple[str, ...]] = get_args(Outcome)
_ENDED: Final = ("delivered", "dead")
"""Outcomes after which an alert is no longer to be told of."""


class WebhookFigures:
    """Counts of this manager since it started; the one that tells counts."""

    def __init__(self) -> None:
        self._deliveries = LabelCounts(2, len(CONSUMERS) * len(_OUTCOMES))
        self._alerts = LabelCounts(2, len(CONSUMERS) * len(_ENDED))
        for consumer, outcome in product(CONSUMERS, _OUTCOMES):  # from nothing to one is an increase too
            self._deliveries.add(consumer, outcome, by=0)
        for consumer, outcome in product(CONSUMERS, _ENDED):
            self._alerts.add(consumer, outcome, by=0)

    def count(self, consumer: str, delivery: Delivery) -> None:
        """One attempt at a message."""
        self._deliveries.add(consumer, delivery.outcome)
        if delivery.outcome in _ENDED:
            self._alerts.add(consumer, delivery.outcome, by=delivery.alerts)

    def readings(self) -> list[tuple[Metric, Reading]]:
        """As the manager tells them."""
        return [(WEBHOOK_DELIVERIES, self._deliveries.reading()), (WEBHOOK_ALERTS, self._alerts.reading())]

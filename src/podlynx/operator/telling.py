"""What is to be said of an AlertException and a SecurityEventWebhook. Pure."""

from typing import Final

from podlynx.kubernetes.crds import Kind
from podlynx.kubernetes.exceptions import Judged
from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.validation import problem_of
from podlynx.models.webhook_report import WebhookState, WebhookStates
from podlynx.operator.conditions import Said, false, true, unknown
from podlynx.operator.status import UNREACHED_SECONDS, Reports

HEALTHY: Final = "Healthy"
"""The condition's name that people know."""


def of_exception(judgement: Judged, reports: Reports) -> Said:
    """Ready: whether it hides now what it is to hide now."""
    if judgement.state in ("Invalid", "TooMany"):
        return false("Ready", judgement.reason or judgement.state, judgement.message)
    if judgement.state == "Active" and reports.silent_seconds > UNREACHED_SECONDS:
        return unknown("Ready", "ManagerUnreached", f"The manager, which hides, cannot be reached{_why(reports)}.")
    return true("Ready", judgement.state, judgement.message)


def of_webhook(kind: Kind, manifest: Manifest, reports: Reports, told: WebhookStates | None) -> list[Said]:
    """Healthy: whether what is to be told gets through."""
    problem = problem_of(kind, manifest)
    if problem is not None:
        return [false(HEALTHY, problem.reason, problem.message)]
    if manifest["spec"]["state"] == "Disabled":
        return [unknown(HEALTHY, "Disabled", "Nothing is sent: spec.state is Disabled.")]
    if told is None or reports.silent_seconds > UNREACHED_SECONDS:
        return [unknown(HEALTHY, "ManagerUnreached", f"The manager, which sends, cannot be reached{_why(reports)}.")]
    metadata = manifest["metadata"]
    found = next((each for each in told.webhooks if each.uid == metadata["uid"]), None)
    if found is None or found.generation != int(metadata.get("generation") or 0):
        return [unknown(HEALTHY, "Pending", "The manager has not taken it up yet.")]
    return [_health(found)]


def _health(found: WebhookState) -> Said:
    reason, message = found.reason or "Pending", found.message
    if found.healthy is None:
        return unknown(HEALTHY, reason, message)
    return true(HEALTHY, reason, message) if found.healthy else false(HEALTHY, reason, message)


def _why(reports: Reports) -> str:
    return f" ({reports.why})" if reports.why else ""

"""Which workload a pod belongs to, as far as the pod itself tells; and its name without the random part."""

import re
from datetime import datetime
from typing import Final

from podlynx.manager.identity.objects import Meta

_HASH_LABEL: Final = "pod-template-hash"
_SCHEDULED: Final = re.compile(r"(.+)-(\d{8,10})")
_DAY_MINUTES: Final = 24 * 60


def workload_of(pod: Meta) -> tuple[str, str]:
    """(kind, name) of what made the pod; ("", "") for one that a person made."""
    owner = next((each for each in pod.owner_references or () if each.controller), None)
    if owner is None:
        return "", ""
    if owner.kind == "ReplicaSet":
        return _deployment(owner.name, (pod.labels or {}).get(_HASH_LABEL, ""))
    if owner.kind == "Job":
        return _cron_job(owner.name, pod.creation_timestamp)
    return owner.kind, owner.name


def name_aggr(pod: Meta) -> str:
    """The generated name with its random part as `*`, as flow logs group pods; a name that a person gave stays whole."""
    return f"{pod.generate_name}*" if pod.generate_name else pod.name


def _deployment(replica_set: str, template_hash: str) -> tuple[str, str]:
    """A Deployment names its ReplicaSets `<own name>-<pod-template-hash>`, and marks their pods with that hash."""
    name = replica_set.removesuffix(f"-{template_hash}")
    return ("Deployment", name) if template_hash and name != replica_set else ("ReplicaSet", replica_set)


def _cron_job(job: str, created: str | None) -> tuple[str, str]:
    """A CronJob names its Jobs `<own name>-<scheduled time in minutes since the epoch>`: a number near the pod's creation."""
    match = _SCHEDULED.fullmatch(job)
    seconds = epoch_seconds(created)
    if match and seconds is not None and abs(int(match[2]) - seconds // 60) <= _DAY_MINUTES:
        return "CronJob", match[1]
    return "Job", job


def epoch_seconds(timestamp: str | None) -> int | None:
    """Whole seconds since the epoch of an RFC 3339 time (metav1.Time); None where it is none."""
    if not timestamp:
        return None
    try:
        return int(datetime.fromisoformat(timestamp).timestamp())
    except (ValueError, OverflowError):
        return None

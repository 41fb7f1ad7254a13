"""What an alert means to a defender: ATT&CK tactic and techniques, and what to do next.

A rule that says so itself (`metadata:mitre_tactic TA0001, mitre_technique T1190`) is believed. Else the classtype decides;
our own table, and only where the class leaves little doubt. A technique is named only where the class is one.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

import msgspec

TACTICS: Final = {
    "TA0043": "Reconnaissance",
    "TA0042": "Resource Development",
    "TA0001": "Initial Access",
    "TA0002": "Execution",
    "TA0003": "Persistence",
    "TA0004": "Privilege Escalation",
    "TA0005": "Defense Evasion",
    "TA0006": "Credential Access",
    "TA0007": "Discovery",
    "TA0008": "Lateral Movement",
    "TA0009": "Collection",
    "TA0011": "Command and Control",
    "TA0010": "Exfiltration",
    "TA0040": "Impact",
}
"""ATT&CK Enterprise tactics: id and name."""

_BY_CLASSTYPE: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "attempted-admin": ("TA0001", ()),
    "attempted-dos": ("TA0040", ("T1499",)),
    "attempted-recon": ("TA0043", ()),
    "attempted-user": ("TA0001", ()),
    "default-login-attempt": ("TA0006", ("T1078.001",)),
    "denial-of-service": ("TA0040", ("T1499",)),
    "network-scan": ("TA0007", ("T1046",)),
    "rpc-portmap-decode": ("TA0007", ("T1046",)),
    "shellcode-detect": ("TA0002", ()),
    "successful-admin": ("TA0004", ()),
    "successful-recon-limited": ("TA0043", ()),
    "successful-user": ("TA0001", ()),
    "suspicious-login": ("TA0006", ()),
    "system-call-detect": ("TA0002", ()),
    "trojan-activity": ("TA0011", ()),
    "unsuccessful-user": ("TA0001", ()),
    "web-application-activity": ("TA0043", ()),
    "web-application-attack": ("TA0001", ("T1190",)),
}

_LOOK: Final = "Read the matched bytes and the request of this alert; dismiss it if the traffic is expected."
_MITIGATIONS: Final = {
    "TA0001": "Update the attacked software, and check the pod for changes made after this request.",
    "TA0002": "Check which processes run in the pod, and replace the pod from a clean image.",
    "TA0004": "Treat the attacked workload as taken over: isolate it, and rotate the secrets it could read.",
    "TA0006": "Change default passwords, and rotate credentials that were sent in this flow.",
    "TA0007": "Limit with a network policy which pods may reach this service.",
    "TA0011": "Isolate the workload with a network policy, and look for the same destination in other flows.",
    "TA0040": "Limit the rate of requests in front of the service, and check that the pod is healthy.",
    "TA0043": "Limit with a network policy who may reach this service from outside.",
}


class Attack(msgspec.Struct, frozen=True):
    """Tactic by name ("" where not known), techniques by id, and sentences that say what to do."""

    tactic: str = ""
    techniques: tuple[str, ...] = ()
    mitigations: tuple[str, ...] = ()


def attack_of(classtype: str, metadata: Iterable[str] = ()) -> Attack:
    """The meaning of a rule of this classtype with this metadata (entries `key value`)."""
    return _attack_of(classtype, tuple(metadata))


@lru_cache(maxsize=4096)  # asked for each event, answered for each rule
def _attack_of(classtype: str, entries: tuple[str, ...]) -> Attack:
    tactic, techniques = _BY_CLASSTYPE.get(classtype, ("", ()))
    tactic = next(_values(entries, "mitre_tactic"), tactic).upper()
    techniques = tuple(dict.fromkeys(_values(entries, "mitre_technique"))) or techniques
    advice = _MITIGATIONS.get(tactic)
    return Attack(TACTICS.get(tactic, ""), techniques, (advice, _LOOK) if advice else (_LOOK,))


def _values(metadata: Iterable[str], key: str) -> Iterator[str]:
    """The values of every entry of that key: `mitre_technique T1190` and `mitre_technique_id T1190` alike."""
    for entry in metadata:
        name, _, value = entry.strip().partition(" ")
        if name.removesuffix("_id") == key and value.strip():
            yield value.strip()

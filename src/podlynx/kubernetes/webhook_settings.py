"""The settings of a SecurityEventWebhook by consumer: which there are, which must be, which belong into a Secret. Pure.

Names are those of Calico Cloud's documentation ("Security event webhook"); `headers`, `template` and `ca` are ours beside them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from podlynx.kubernetes.kinds import Manifest

LABELS_ANNOTATION: Final = "webhooks.projectcalico.org/labels"
"""Annotation with labels for every message: `key:value,key:value`."""
MAX_LABELS: Final = 32
MAX_VALUE: Final = 65_536
"""Characters of one setting's value."""


@dataclass(frozen=True)
class Setting:
    """One setting of `spec.config`."""

    name: str
    help: str
    required: bool = False
    secret: bool = False
    """Its value must come from a Secret."""


_URL: Final = "where to post, http:// or https://"
_COMMON: Final = (
    Setting("ca", "certificates (PEM) of who signed the receiver's, instead of the usual ones"),
    Setting("template", "the message in your own words, with ${field} for a field of the event"),
)
_HEADERS: Final = Setting("headers", "more headers, one `Name: value` a line")
SETTINGS: Final[dict[str, tuple[Setting, ...]]] = {
    "Slack": (Setting("url", "the incoming webhook's URL; it is a secret itself", required=True), *_COMMON),
    "Jira": (
        Setting("url", "the REST API's place for issues, https://SITE/rest/api/2/issue/", required=True),
        Setting("project", "key of the project", required=True),
        Setting("issueType", "type of the issues, such as Bug or Task", required=True),
        Setting("username", "whose token it is", required=True),
        Setting("apiToken", "the API token", required=True, secret=True),
        *_COMMON,
    ),
    "Alertmanager": (Setting("url", "…/api/v2/alerts of the Alertmanager", required=True), _HEADERS, *_COMMON),
    "Generic": (Setting("url", _URL, required=True), _HEADERS, *_COMMON),
}
_SENSITIVE: Final = ("authorization", "token", "api-key", "apikey", "secret", "password", "cookie")


def problems_of(spec: Manifest) -> Iterator[str]:
    """Why the settings cannot work, a sentence each. `spec` has the right types."""
    known = {each.name: each for each in SETTINGS[spec["consumer"]]}
    seen: set[str] = set()
    for place, given in enumerate(spec.get("config") or []):
        name = given["name"]
        at = f"spec.config[{place}] ({name})"
        if name in seen:
            yield f"{at}: there are two of this name; leave one out."
        seen.add(name)
        yield from _of_value(at, given, known.get(name))
    for each in known.values():
        if each.required and each.name not in seen:
            yield f"spec.config: {spec['consumer']} needs {each.name}: {each.help}."


def _of_value(at: str, given: dict[str, Any], setting: Setting | None) -> Iterator[str]:
    direct, source = given.get("value"), given.get("valueFrom") or {}
    sources = [each for each in ("configMapKeyRef", "secretKeyRef") if source.get(each)]
    if (direct is not None) + len(sources) != 1:
        yield f"{at}: give exactly one of value, valueFrom.configMapKeyRef and valueFrom.secretKeyRef."
        return
    if "secretKeyRef" not in sources and _must_be_secret(setting, direct or ""):
        yield f"{at}: this is a secret: keep it in a Secret and name that with valueFrom.secretKeyRef."


def _must_be_secret(setting: Setting | None, value: str) -> bool:
    if setting is None:
        return False
    names = [line.partition(":")[0].lower() for line in value.splitlines()] if setting.name == "headers" else []
    return setting.secret or any(word in name for name in names for word in _SENSITIVE)


def warnings_of(spec: Manifest) -> list[str]:
    """What is allowed and probably not meant."""
    consumer = str(spec.get("consumer"))
    known = {each.name for each in SETTINGS.get(consumer, ())}
    given = [each for each in spec.get("config") or [] if isinstance(each, dict)]
    said = [
        f"spec.config: {consumer} knows no {each.get('name')}; it has no effect"
        for each in given
        if each.get("name") not in known
    ]
    if consumer == "Slack" and any(each.get("name") == "url" and each.get("value") for each in given):
        said.append("spec.config: whoever knows the URL of a Slack webhook can post to it: better keep it in a Secret")
    return said


def labels_of(manifest: Manifest) -> dict[str, str]:
    """Labels of the annotation; what is none is left out."""
    text = str((manifest["metadata"].get("annotations") or {}).get(LABELS_ANNOTATION) or "")
    pairs = [part.partition(":") for part in text.split(",")][:MAX_LABELS]
    return {key.strip(): value.strip() for key, colon, value in pairs if colon and key.strip()}

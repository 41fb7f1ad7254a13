"""The resources that people write, with the names and fields that Calico Cloud's users know.

Each model is the whole truth of its resource: the CRDs in `deploy/crds` are generated from here, with the sentences that
`kubectl explain` shows. A field that may be absent is `UNSET`, never null: the API server prunes nulls.
"""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from podlynx.expressions.selector import MAX_SELECTOR

QUANTITY: Final = r"^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$"
"""What a string must be to be a quantity (Kubernetes API, resource.Quantity), without a sign: none of ours is negative."""
MAX_EXPRESSION: Final = MAX_SELECTOR
"""Characters of a selector or query."""

# Coarse by intent: what passes here and is wrong meets the webhook, which puts a caret under the spot.
_SELECTOR_RULE: Final = {
    "rule": r"self.matches('^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]*$')",
    "message": "a selector holds no control characters",
}


def _text(description: str, **more: Any) -> Any:
    """`Annotated` metadata: what the field means, and what else its schema says."""
    return Meta(description=description, extra_json_schema=more or None)


def _time(description: str) -> Any:
    return Meta(description=f"{description} RFC 3339.", extra_json_schema={"format": "date-time"})


Quantity = Annotated[str | int, Meta(description="A Kubernetes quantity, e.g. 100m, 1Gi or 1.")]
Kept = Annotated[dict[str, Any], Meta(description="Accepted and kept as it is, without effect here.")]


class Active(Struct, frozen=True, rename="camel"):
    """Whether every matching endpoint of the node is being monitored."""

    success: Annotated[bool, _text("True only while every pod of this node that the selector chooses is being monitored.")]
    last_updated: Annotated[str, _time("When `success` last changed.")] | UnsetType = UNSET


class ErrorCondition(Struct, frozen=True, rename="camel"):
    """Why an endpoint is not monitored."""

    message: Annotated[str, _text("The pod, the cause, and what would help.")]
    last_updated: Annotated[str, _time("Since when it is so.")] | UnsetType = UNSET


class NodeStatus(Struct, frozen=True, rename="camel"):
    """One node."""

    node: Annotated[str, _text("Name of the node.")]
    active: Annotated[Active, _text("Whether every matching endpoint of the node is being monitored.")] | UnsetType = UNSET
    error_conditions: (
        Annotated[
            list[ErrorCondition],
            Meta(max_length=10, description="Why the node's endpoints are not all monitored: at most ten, the newest."),
        ]
        | UnsetType
    ) = UNSET


class Condition(Struct, frozen=True, rename="camel"):
    """metav1.Condition."""

    type: Annotated[str, _text("What it is about, e.g. Ready.")]
    status: Annotated[Literal["True", "False", "Unknown"], _text("Whether it holds.")]
    reason: Annotated[str, _text("The cause in one word, for programs.")]
    message: Annotated[str, _text("The cause in a sentence, for people.")] = ""
    last_transition_time: Annotated[str, _time("When `status` last changed.")] | UnsetType = UNSET
    observed_generation: (
        Annotated[int, _text("The generation of the object that this was said of.", format="int64")] | UnsetType
    ) = UNSET


Conditions = Annotated[list[Condition], Meta(description="What holds now, one entry a type.")]


class DeepPacketInspectionSpec(Struct, frozen=True, rename="camel"):
    """What is watched."""

    selector: Annotated[
        str,
        Meta(
            max_length=MAX_EXPRESSION,
            description="Chooses workload endpoints of this namespace by their labels, such as app == 'web' && has(tier); "
            "empty or all() takes them all.",
            extra_json_schema={"x-kubernetes-validations": [_SELECTOR_RULE]},
        ),
    ] = ""


class DeepPacketInspectionStatus(Struct, frozen=True, rename="camel"):
    """What is being watched, by node."""

    nodes: Annotated[list[NodeStatus], Meta(description="One entry a node that runs a monitor, by name.")] | UnsetType = UNSET
    conditions: Conditions | UnsetType = UNSET


class DeepPacketInspection(Struct, frozen=True, rename="camel"):
    """Selects pods whose every packet is held against the rules while it passes."""

    spec: Annotated[DeepPacketInspectionSpec, _text("What is watched.")] = DeepPacketInspectionSpec()
    status: Annotated[DeepPacketInspectionStatus, _text("What is being watched; written by Podlynx.")] | UnsetType = UNSET


class ResourceRequirements(Struct, frozen=True):
    """corev1.ResourceRequirements, as far as it applies."""

    limits: Annotated[dict[str, Quantity], Meta(description="The most that it may use, e.g. cpu and memory.")] | UnsetType = UNSET
    requests: Annotated[dict[str, Quantity], Meta(description="What is set aside for it.")] | UnsetType = UNSET


class ComponentResource(Struct, frozen=True, rename="camel"):
    """CPU and memory of the monitors."""

    component_name: Annotated[Literal["DeepPacketInspection"], _text("DeepPacketInspection: the monitors on every node.")]
    resource_requirements: Annotated[
        ResourceRequirements,
        _text("CPU and memory of each monitor. Default: limits 1 CPU and 1Gi, requests 100m and 100Mi."),
    ]


class RulesContainer(Struct, frozen=True):
    """An init container that copies rule files into /usr/etc/snort/rules; with it the bundled rules are not used."""

    name: Annotated[Literal["snort-rules"], _text("Always snort-rules.")]
    image: Annotated[str, Meta(min_length=1, description="Image that holds your rule files and copies them to the folder.")]
    resources: Annotated[ResourceRequirements, _text("CPU and memory of the container.")] | UnsetType = UNSET


class PodSpec(Struct, frozen=True, rename="camel"):
    """What may be said of the monitors' pods."""

    init_containers: (
        Annotated[
            list[RulesContainer],
            Meta(
                max_length=1,
                description="At most one, named snort-rules: it copies rule files into /usr/etc/snort/rules, "
                "and the bundled rules are no longer used.",
            ),
        ]
        | UnsetType
    ) = UNSET


class PodTemplate(Struct, frozen=True):
    """Template of the monitors' pods."""

    spec: Annotated[PodSpec, _text("Spec of the monitors' pods.")] | UnsetType = UNSET


class DaemonSetSpec(Struct, frozen=True):
    """Spec of the monitors' DaemonSet."""

    template: Annotated[PodTemplate, _text("Template of the monitors' pods.")] | UnsetType = UNSET


class MonitorDaemonSet(Struct, frozen=True):
    """The monitors' DaemonSet."""

    spec: Annotated[DaemonSetSpec, _text("Spec of the monitors' DaemonSet.")] | UnsetType = UNSET


class IntrusionDetectionSpec(Struct, frozen=True, rename="camel"):
    """Settings of the monitors."""

    component_resources: (
        Annotated[list[ComponentResource], Meta(max_length=1, description="CPU and memory of the monitors: at most one entry.")]
        | UnsetType
    ) = UNSET
    deep_packet_inspection_daemonset: (
        Annotated[MonitorDaemonSet, _text("Brings your own rules to the monitors, by an init container.")] | UnsetType
    ) = UNSET
    anomaly_detection: Kept | UnsetType = UNSET
    intrusion_detection_controller_deployment: Kept | UnsetType = UNSET


class IntrusionDetectionStatus(Struct, frozen=True, rename="camel"):
    """State of the monitors' DaemonSet."""

    state: Annotated[str, _text("Ready, Progressing or Degraded; Removed once Podlynx was uninstalled.")] | UnsetType = UNSET
    conditions: Conditions | UnsetType = UNSET


class IntrusionDetection(Struct, frozen=True, rename="camel"):
    """CPU, memory and rules of the monitors; at most one, named tigera-secure."""

    spec: Annotated[IntrusionDetectionSpec, _text("Settings of the monitors.")] = IntrusionDetectionSpec()
    status: Annotated[IntrusionDetectionStatus, _text("State of the monitors; written by Podlynx.")] | UnsetType = UNSET


class AlertExceptionSpec(Struct, frozen=True, rename="camel"):
    """Events that page and API do not show for a while."""

    description: Annotated[str, _text("Why these events are hidden.")]
    selector: Annotated[
        str,
        Meta(
            max_length=MAX_EXPRESSION,
            description="Chooses events by their fields, such as type = 'deep_packet_inspection' AND host = 'node-1'.",
        ),
    ]
    start_time: Annotated[str, _time("From when on events are hidden.")]
    end_time: Annotated[str, _time("Until when; absent: for good.")] | UnsetType = UNSET


class ConditionsStatus(Struct, frozen=True):
    """Conditions alone."""

    conditions: Conditions | UnsetType = UNSET


class AlertException(Struct, frozen=True):
    """Hides events from page and API; the data stays, and an expired exception brings them back."""

    spec: Annotated[AlertExceptionSpec, _text("Which events, and for how long.")]
    status: Annotated[ConditionsStatus, _text("Whether it takes effect; written by Podlynx.")] | UnsetType = UNSET


class KeyReference(Struct, frozen=True):
    """A key of a ConfigMap or Secret."""

    name: Annotated[str, _text("Name of the object.")]
    key: Annotated[str, _text("Key in its data.")]


class ValueSource(Struct, frozen=True, rename="camel"):
    """Where a value comes from."""

    config_map_key_ref: Annotated[KeyReference, _text("A key of a ConfigMap.")] | UnsetType = UNSET
    secret_key_ref: Annotated[KeyReference, _text("A key of a Secret.")] | UnsetType = UNSET


class WebhookSetting(Struct, frozen=True, rename="camel"):
    """One setting of a webhook."""

    name: Annotated[str, _text("Name of the setting, e.g. url.")]
    value: Annotated[str, _text("Its value.")] | UnsetType = UNSET
    value_from: Annotated[ValueSource, _text("Where its value stands instead.")] | UnsetType = UNSET


class SecurityEventWebhookSpec(Struct, frozen=True):
    """Who is told of which events."""

    consumer: Annotated[Literal["Slack", "Jira", "Alertmanager", "Generic"], _text("Which kind of system is told.")]
    state: Annotated[Literal["Enabled", "Disabled", "Debug", "Test"], _text("Whether events are sent.")]
    query: Annotated[
        str,
        Meta(
            max_length=MAX_EXPRESSION,
            description="Chooses events by their fields, such as type = 'deep_packet_inspection' AND severity >= 70.",
        ),
    ]
    config: Annotated[list[WebhookSetting], Meta(description="Settings of the consumer, such as url.")]


class SecurityEventWebhook(Struct, frozen=True):
    """Tells another system of events."""

    spec: Annotated[SecurityEventWebhookSpec, _text("Who is told of which events.")]
    status: Annotated[list[Condition], Meta(description="What holds now; written by Podlynx.")] | UnsetType = UNSET

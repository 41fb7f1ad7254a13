"""The resources that people write, with the names and fields that Calico Cloud's users know.

Each model is the whole truth of its resource: the CRDs in `deploy/crds` are generated from here. A field that may be absent is
`UNSET`, never null: the API server prunes nulls.
"""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from podlynx.expressions.selector import MAX_SELECTOR

QUANTITY: Final = r"^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$"
"""What a string must be to be a quantity (Kubernetes API, resource.Quantity), without a sign: none of ours is negative."""
MAX_EXPRESSION: Final = MAX_SELECTOR
"""Characters of a selector or query."""

Timestamp = Annotated[str, Meta(description="RFC 3339.", extra_json_schema={"format": "date-time"})]
Quantity = Annotated[str | int, Meta(description="A Kubernetes quantity, e.g. 100m, 1Gi or 1.")]
Kept = dict[str, Any]
"""Accepted and kept as it is, without effect here."""


class Active(Struct, frozen=True, rename="camel"):
    """Whether every matching endpoint of the node is being monitored."""

    success: bool
    last_updated: Timestamp | UnsetType = UNSET


class ErrorCondition(Struct, frozen=True, rename="camel"):
    """Why one is not: the pod, the cause, and what would help."""

    message: str
    last_updated: Timestamp | UnsetType = UNSET


class NodeStatus(Struct, frozen=True, rename="camel"):
    """One node."""

    node: str
    active: Active | UnsetType = UNSET
    error_conditions: Annotated[list[ErrorCondition], Meta(max_length=10, description="The newest ten.")] | UnsetType = UNSET


class Condition(Struct, frozen=True, rename="camel"):
    """metav1.Condition."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str = ""
    last_transition_time: Timestamp | UnsetType = UNSET
    observed_generation: int | UnsetType = UNSET


class DeepPacketInspectionSpec(Struct, frozen=True, rename="camel"):
    """What is watched."""

    selector: Annotated[
        str, Meta(max_length=MAX_EXPRESSION, description="Workload endpoints of this namespace; empty or all() takes them all.")
    ] = ""


class DeepPacketInspectionStatus(Struct, frozen=True, rename="camel"):
    """What is being watched, by node."""

    nodes: list[NodeStatus] | UnsetType = UNSET
    conditions: list[Condition] | UnsetType = UNSET


class DeepPacketInspection(Struct, frozen=True, rename="camel"):
    """Selects pods whose every packet is inspected."""

    spec: DeepPacketInspectionSpec = DeepPacketInspectionSpec()
    status: DeepPacketInspectionStatus | UnsetType = UNSET


class ResourceRequirements(Struct, frozen=True):
    """corev1.ResourceRequirements, as far as it applies."""

    limits: dict[str, Quantity] | UnsetType = UNSET
    requests: dict[str, Quantity] | UnsetType = UNSET


class ComponentResource(Struct, frozen=True, rename="camel"):
    """CPU and memory of the monitors."""

    component_name: Literal["DeepPacketInspection"]
    resource_requirements: ResourceRequirements


class RulesContainer(Struct, frozen=True):
    """An init container that copies rule files into /usr/etc/snort/rules; with it the bundled rules are not used."""

    name: Literal["snort-rules"]
    image: str
    resources: ResourceRequirements | UnsetType = UNSET


class PodSpec(Struct, frozen=True, rename="camel"):
    """What may be said of the monitors' pods."""

    init_containers: Annotated[list[RulesContainer], Meta(max_length=1)] | UnsetType = UNSET


class PodTemplate(Struct, frozen=True):
    """Template of the monitors' pods."""

    spec: PodSpec | UnsetType = UNSET


class DaemonSetSpec(Struct, frozen=True):
    """Spec of the monitors' DaemonSet."""

    template: PodTemplate | UnsetType = UNSET


class MonitorDaemonSet(Struct, frozen=True):
    """The monitors' DaemonSet."""

    spec: DaemonSetSpec | UnsetType = UNSET


class IntrusionDetectionSpec(Struct, frozen=True, rename="camel"):
    """Settings of the monitors."""

    component_resources: Annotated[list[ComponentResource], Meta(max_length=1)] | UnsetType = UNSET
    deep_packet_inspection_daemonset: MonitorDaemonSet | UnsetType = UNSET
    anomaly_detection: Kept | UnsetType = UNSET
    intrusion_detection_controller_deployment: Kept | UnsetType = UNSET


class IntrusionDetectionStatus(Struct, frozen=True, rename="camel"):
    """State of the monitors' DaemonSet."""

    state: str | UnsetType = UNSET
    conditions: list[Condition] | UnsetType = UNSET


class IntrusionDetection(Struct, frozen=True, rename="camel"):
    """CPU, memory and rules of the monitors; at most one, named tigera-secure."""

    spec: IntrusionDetectionSpec = IntrusionDetectionSpec()
    status: IntrusionDetectionStatus | UnsetType = UNSET


class AlertExceptionSpec(Struct, frozen=True, rename="camel"):
    """Events that page and API do not show for a while."""

    description: str
    selector: Annotated[str, Meta(max_length=MAX_EXPRESSION, description="Over the fields of an event, joined with AND and OR.")]
    start_time: Timestamp
    end_time: Timestamp | UnsetType = UNSET


class ConditionsStatus(Struct, frozen=True):
    """Conditions alone."""

    conditions: list[Condition] | UnsetType = UNSET


class AlertException(Struct, frozen=True):
    """Hides events; the data stays."""

    spec: AlertExceptionSpec
    status: ConditionsStatus | UnsetType = UNSET


class KeyReference(Struct, frozen=True):
    """A key of a ConfigMap or Secret."""

    name: str
    key: str


class ValueSource(Struct, frozen=True, rename="camel"):
    """Where a value comes from."""

    config_map_key_ref: KeyReference | UnsetType = UNSET
    secret_key_ref: KeyReference | UnsetType = UNSET


class WebhookSetting(Struct, frozen=True, rename="camel"):
    """One setting of a webhook."""

    name: str
    value: str | UnsetType = UNSET
    value_from: ValueSource | UnsetType = UNSET


class SecurityEventWebhookSpec(Struct, frozen=True):
    """Who is told of which events."""

    consumer: Literal["Slack", "Jira", "Alertmanager", "Generic"]
    state: Literal["Enabled", "Disabled", "Debug", "Test"]
    query: Annotated[str, Meta(max_length=MAX_EXPRESSION, description="Over the fields of an event, joined with AND, OR, NOT.")]
    config: list[WebhookSetting]


class SecurityEventWebhook(Struct, frozen=True):
    """Tells another system of events."""

    spec: SecurityEventWebhookSpec
    status: list[Condition] | UnsetType = UNSET

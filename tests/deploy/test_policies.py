"""Network policies, and objects of other people's definitions: they name what is really there, in shapes that are taken."""

import msgspec
import pytest
from tests.kubernetes.conftest import anyio_backend, api_server, client
from tests.kubernetes.waiting import until
from tests.operator.running import ensure_namespace

from podlynx.kubernetes.kinds import DEFINITIONS, NETWORK_POLICIES, Resource
from podlynx.operator.desired import Wanted, desired

__all__ = ["anyio_backend", "api_server", "client"]
STRICT = {"dryRun": "All", "fieldValidation": "Strict", "fieldManager": "test", "force": "true"}
COMPONENTS = ["operator", "manager"]


def pods(made, component):
    return made["Deployment", f"podlynx-{component}"]["spec"]["template"]


def matches(selector, labels):
    return selector["matchLabels"].items() <= labels.items()


def container_ports(template):
    return {port["containerPort"] for container in template["spec"]["containers"] for port in container.get("ports", [])}


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_policy_holds_the_pods_of_its_component_and_no_others(objects, component):
    made = objects(networkPolicy={"enabled": True})
    selector = made["NetworkPolicy", f"podlynx-{component}"]["spec"]["podSelector"]
    held = {other for other in COMPONENTS if matches(selector, pods(made, other)["metadata"]["labels"])}
    assert held == {component}
    job = made["Job", "podlynx-farewell"]["spec"]["template"]["metadata"]["labels"]
    assert not matches(selector, job), "what runs after uninstalling is held by none of them"


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_policy_lets_in_exactly_by_the_ports_that_are_listened_on(objects, component):
    made = objects(networkPolicy={"enabled": True})
    spec = made["NetworkPolicy", f"podlynx-{component}"]["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    ports = {port["port"] for rule in spec["ingress"] for port in rule["ports"]}
    assert ports == container_ports(pods(made, component))
    assert not [rule for rule in spec["ingress"] if "from" in rule], "nodes and API server have no pod's labels"


def test_the_operator_may_ask_the_manager_where_its_service_leads(objects):
    made = objects(networkPolicy={"enabled": True})
    (asked,) = [rule for rule in made["NetworkPolicy", "podlynx-operator"]["spec"]["egress"] if "to" in rule]
    (peer,) = asked["to"]
    labels = pods(made, "manager")["metadata"]["labels"]
    assert matches(peer["podSelector"], labels)
    assert made["Service", "podlynx-manager"]["spec"]["selector"].items() <= labels.items()
    assert {port["port"] for port in asked["ports"]} <= container_ports(pods(made, "manager"))


@pytest.mark.parametrize(
    ("rules", "more"),
    [
        ({}, set()),
        ({"url": "http://mirror:8081/rules.tar.gz"}, {8081}),
        ({"url": "https://mirror/rules.tar.gz"}, set()),
        ({"proxy": "http://proxy:3128"}, {3128}),
        ({"url": "none"}, set()),
    ],
    ids=["community", "mirror", "mirror by HTTPS", "proxy", "none"],
)
def test_the_manager_reaches_its_rules(objects, rules, more):
    spec = objects(networkPolicy={"enabled": True}, rules=rules)["NetworkPolicy", "podlynx-manager"]["spec"]
    assert {port["port"] for rule in spec["egress"] for port in rule["ports"]} == {53, 443, 6443} | more


@pytest.mark.anyio
async def test_the_api_server_takes_every_policy_to_the_letter(objects, client):
    made = objects(networkPolicy={"enabled": True})
    policies = [each for (kind, _), each in made.items() if kind == "NetworkPolicy"]
    policies += [each for each in desired(Wanted(monitored=True)) if each["kind"] == "NetworkPolicy"]
    assert len(policies) == 3
    for policy in policies:
        metadata = policy["metadata"]
        await ensure_namespace(client, metadata["namespace"])
        await applied(client, NETWORK_POLICIES, policy)


async def applied(client, resource, manifest):
    """Strictly, and without a trace. Raises ApiError where a field is unknown or of another type."""
    path = resource.path(manifest["metadata"]["namespace"], manifest["metadata"]["name"])
    await client.raw("PATCH", path, params=STRICT, body=manifest, media="application/apply-patch+yaml")


TEXT, WHOLE, TRUE_OR_FALSE = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}


def fields(*required, **named):
    return {"type": "object", "properties": named, "required": list(required)}


def many(items):
    return {"type": "array", "items": items}


TEXTS = {"type": "object", "additionalProperties": TEXT}
KEY = fields("key", key=TEXT, name=TEXT, optional=TRUE_OR_FALSE)
DURATION = {
    "type": "string",
    "pattern": r"^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$",
}
# As far as the chart uses them: monitoring.coreos.com/v1 (Prometheus operator, API reference), cert-manager.io/v1 (cert-manager,
# API reference).
OTHERS = {
    Resource("monitoring.coreos.com", "v1", "podmonitors", "PodMonitor"): fields(
        "selector",
        selector=fields(matchLabels=TEXTS),
        podMetricsEndpoints=many(
            fields(
                port=TEXT,
                path=TEXT,
                scheme={"type": "string", "enum": ["http", "https"]},
                interval=DURATION,
                authorization=fields(type=TEXT, credentials=KEY),
                tlsConfig=fields(serverName=TEXT, ca=fields(configMap=KEY, secret=KEY)),
            )
        ),
    ),
    Resource("monitoring.coreos.com", "v1", "prometheusrules", "PrometheusRule"): fields(
        groups=many(
            fields(
                "name",
                name={"type": "string", "minLength": 1},
                interval=DURATION,
                rules=many(
                    fields(
                        "expr",
                        alert=TEXT,
                        record=TEXT,
                        expr={"x-kubernetes-int-or-string": True, "anyOf": [WHOLE, TEXT]},
                        labels=TEXTS,
                        annotations=TEXTS,
                        **{"for": DURATION},
                    )
                ),
            )
        )
    ),
    Resource("cert-manager.io", "v1", "certificates", "Certificate"): fields(
        "issuerRef",
        "secretName",
        secretName=TEXT,
        issuerRef=fields("name", name=TEXT, kind=TEXT, group=TEXT),
        dnsNames=many(TEXT),
        ipAddresses=many(TEXT),
        privateKey=fields(
            algorithm={"type": "string", "enum": ["RSA", "ECDSA", "Ed25519"]},
            size=WHOLE,
            rotationPolicy={"type": "string", "enum": ["Never", "Always"]},
        ),
    ),
}
VALUES = {
    "podMonitor": {"enabled": True, "interval": "15s", "labels": {"release": "prometheus"}},
    "prometheusRule": {"enabled": True},
    "tls": {"source": "certManager", "issuerRef": {"name": "ca", "kind": "ClusterIssuer"}},
}


@pytest.fixture
async def others(client):
    """A cluster in which these definitions are served."""
    for resource, spec in OTHERS.items():
        names = {"kind": resource.kind, "plural": resource.plural}
        schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
        version = {"name": resource.version, "served": True, "storage": True, "schema": schema}
        said = {"group": resource.group, "names": names, "scope": "Namespaced", "versions": [version]}
        manifest = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": resource.definition},
            "spec": said,
        }
        await client.apply(DEFINITIONS, manifest, manager="test")
    yield client
    for resource in OTHERS:
        await client.delete(DEFINITIONS, resource.definition)


@pytest.mark.anyio
async def test_other_peoples_definitions_take_what_the_chart_makes_of_their_values(objects, others):
    made = {each["kind"]: each for each in objects(**VALUES).values()}
    await ensure_namespace(others, "podlynx-system")
    for resource in OTHERS:
        await until_served(others, resource)
        await applied(others, resource, made[resource.kind])


async def until_served(client, resource):
    async def served():
        found = await client.get(DEFINITIONS, resource.definition)
        conditions = (found.get("status") or {}).get("conditions") or []
        return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)

    await until(served, 20)


def test_prometheus_reads_the_figures_by_a_port_a_name_and_an_authority_that_are_there(objects):
    made = objects(podMonitor={"enabled": True})
    monitor = made["PodMonitor", "podlynx-manager"]["spec"]
    template = pods(made, "manager")
    assert matches(monitor["selector"], template["metadata"]["labels"])
    (endpoint,) = monitor["podMetricsEndpoints"]
    assert endpoint["port"] in {port["name"] for container in template["spec"]["containers"] for port in container["ports"]}
    assert ("Secret", endpoint["authorization"]["credentials"]["name"]) in made
    assert endpoint["tlsConfig"]["serverName"] == "podlynx-manager.podlynx-system.svc"


def test_the_certificate_of_an_issuer_is_the_one_that_is_mounted(objects):
    made = objects(tls=VALUES["tls"])
    secret = made["Certificate", "podlynx-manager"]["spec"]["secretName"]
    volumes = pods(made, "manager")["spec"]["volumes"]
    assert secret in [volume["secret"]["secretName"] for volume in volumes if "secret" in volume]
    assert msgspec.json.encode(made["Certificate", "podlynx-manager"]["spec"]["issuerRef"]).find(b"ClusterIssuer") > 0

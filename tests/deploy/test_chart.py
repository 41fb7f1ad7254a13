"""What an installation consists of, and what each value changes in it."""

import pytest

DEFAULT = {
    ("ServiceAccount", "podlynx-manager"),
    ("ServiceAccount", "podlynx-operator"),
    ("PersistentVolumeClaim", "podlynx-manager"),
    ("ClusterRole", "podlynx-viewer"),
    ("ClusterRole", "podlynx-analyst"),
    ("ClusterRole", "podlynx-manager"),
    ("ClusterRole", "podlynx-operator"),
    ("ClusterRoleBinding", "podlynx-manager"),
    ("ClusterRoleBinding", "podlynx-operator"),
    ("Role", "podlynx-open"),
    ("Role", "podlynx-operator"),
    ("Role", "podlynx-manager"),
    ("RoleBinding", "podlynx-manager"),
    ("Namespace", "tigera-intrusion-detection"),
    ("ResourceQuota", "podlynx-webhooks"),
    ("Role", "podlynx-webhooks"),
    ("RoleBinding", "podlynx-webhooks"),
    ("Role", "podlynx-webhooks-keeper"),
    ("RoleBinding", "podlynx-webhooks-keeper"),
    ("Lease", "podlynx-operator"),
    ("RoleBinding", "podlynx-operator"),
    ("Service", "podlynx-manager"),
    ("Service", "podlynx-operator"),
    ("Deployment", "podlynx-manager"),
    ("Deployment", "podlynx-operator"),
    ("ValidatingWebhookConfiguration", "podlynx"),
}
FAREWELL = {
    (kind, "podlynx-farewell") for kind in ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Job")
}
"""Made when the release goes (tests/deploy/test_farewell.py)."""
DEPLOYMENTS = [("Deployment", "podlynx-manager"), ("Deployment", "podlynx-operator")]
WITH_PODS = [*DEPLOYMENTS, ("Job", "podlynx-farewell")]
TOGGLES = [
    ({"namespace": {"create": True}}, {("Namespace", "podlynx-system")}),
    ({"networkPolicy": {"enabled": True}}, {("NetworkPolicy", "podlynx-manager"), ("NetworkPolicy", "podlynx-operator")}),
    (
        {"podDisruptionBudget": {"enabled": True}, "operator": {"replicas": 2}},
        {("PodDisruptionBudget", "podlynx-operator")},
    ),
    (
        {"podMonitor": {"enabled": True}},
        {
            ("PodMonitor", "podlynx-manager"),
            ("PodMonitor", "podlynx-operator"),
            ("ServiceAccount", "podlynx-metrics"),
            ("Secret", "podlynx-metrics"),
            ("ClusterRole", "podlynx-metrics"),
            ("ClusterRoleBinding", "podlynx-metrics"),
        },
    ),
    ({"prometheusRule": {"enabled": True}}, {("PrometheusRule", "podlynx")}),
    ({"grafanaDashboard": {"enabled": True}}, {("ConfigMap", "podlynx-dashboard")}),
    ({"tls": {"source": "certManager", "issuerRef": {"name": "ca"}}}, {("Certificate", "podlynx-manager")}),
]


def pod(deployment):
    return deployment["spec"]["template"]["spec"]


def environment(deployment):
    return {each["name"]: each.get("value") for each in pod(deployment)["containers"][0]["env"]}


def test_the_defaults_are_all_that_is_installed(objects):
    assert set(objects()) - FAREWELL == DEFAULT


@pytest.mark.parametrize(("values", "more"), TOGGLES, ids=[next(iter(values)) for values, _ in TOGGLES])
def test_each_toggle_adds_what_it_says_and_nothing_else(objects, values, more):
    assert set(objects(**values)) - FAREWELL == DEFAULT | more


def test_everything_carries_our_label_and_stands_in_the_release_namespace(objects):
    spread = {"ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration", "Namespace"}
    for (kind, name), each in objects(namespace={"create": True}).items():
        assert each["metadata"]["labels"]["app.kubernetes.io/part-of"] == "podlynx"
        place = "tigera-intrusion-detection" if name.startswith("podlynx-webhooks") else "podlynx-system"
        assert each["metadata"].get("namespace") == (None if kind in spread else place)


@pytest.mark.parametrize("which", WITH_PODS, ids=lambda which: which[1])
def test_pods_keep_to_pod_security_restricted(objects, which):
    spec = pod(objects()[which])
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 65532
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert not [volume for volume in spec["volumes"] if "hostPath" in volume]


def test_what_is_written_has_a_volume_and_everything_else_is_read_only(objects):
    container = pod(objects()["Deployment", "podlynx-manager"])["containers"][0]
    mounts = {mount["mountPath"]: mount.get("readOnly", False) for mount in container["volumeMounts"]}
    written = {"/var/lib/podlynx": False, "/var/cache/podlynx": False, "/tmp": False}
    assert mounts == {**written, "/etc/podlynx/tls": True, "/etc/podlynx/session": True}


def test_the_webhook_never_stops_people_and_leaves_the_authority_to_the_operator(objects):
    (hook,) = objects()["ValidatingWebhookConfiguration", "podlynx"]["webhooks"]
    assert hook["failurePolicy"] == "Ignore"
    assert "caBundle" not in hook["clientConfig"]
    assert hook["clientConfig"]["service"] == {
        "name": "podlynx-operator",
        "namespace": "podlynx-system",
        "path": "/validate",
        "port": 443,
    }


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ({}, "localhost/podlynx:0.1.0"),
        ({"tag": "dev"}, "localhost/podlynx:dev"),
        ({"repository": "registry.example:5000/sec/podlynx", "tag": "2"}, "registry.example:5000/sec/podlynx:2"),
        ({"tag": "dev", "digest": f"sha256:{'0' * 64}"}, f"localhost/podlynx@sha256:{'0' * 64}"),
    ],
    ids=["version of the chart", "tag", "other registry", "a digest outranks the tag"],
)
def test_sensors_get_the_image_of_the_operator(objects, image, shown):
    made = objects(image=image)
    assert {pod(made[which])["containers"][0]["image"] for which in DEPLOYMENTS} == {shown}
    assert environment(made["Deployment", "podlynx-operator"])["PODLYNX_IMAGE"] == shown


def test_settings_of_the_sensors_reach_the_operator(objects):
    values = {
        "calicoGroups": "sideBySide",
        "sensor": {"captureMode": "pod", "priorityClassName": "mine", "logLevel": "debug"},
        "image": {"pullPolicy": "Never", "pullSecrets": ["one", "two"]},
    }
    made = objects(**values)
    told = environment(made["Deployment", "podlynx-operator"])
    assert told["PODLYNX_CALICO_GROUPS"] == "sideBySide"
    assert told["PODLYNX_CAPTURE_MODE"] == "pod"
    assert told["PODLYNX_PRIORITY_CLASS"] == "mine"
    assert told["PODLYNX_SENSOR_LOG_LEVEL"] == "debug"
    assert told["PODLYNX_IMAGE_PULL_POLICY"] == "Never"
    assert told["PODLYNX_IMAGE_PULL_SECRETS"] == "one,two"
    assert environment(made["Deployment", "podlynx-manager"])["PODLYNX_SENSOR_ACCOUNT"] == "podlynx-dpi/podlynx-dpi"


def test_rules_by_proxy_never_send_the_api_server_there(objects):
    told = environment(objects(rules={"proxy": "http://proxy:3128", "noProxy": ".corp"})["Deployment", "podlynx-manager"])
    assert told["HTTPS_PROXY"] == "http://proxy:3128"
    assert told["NO_PROXY"].split(",")[0] == "$(KUBERNETES_SERVICE_HOST)"
    assert told["NO_PROXY"].split(",")[-1] == ".corp"


def test_geoip_databases_are_mounted_and_named(objects):
    volume = {"persistentVolumeClaim": {"claimName": "geoip"}}
    manager = objects(manager={"geoip": {"volume": volume, "asn": "ASN.mmdb"}})["Deployment", "podlynx-manager"]
    assert environment(manager)["PODLYNX_GEOIP_ASN"] == "/usr/share/GeoIP/ASN.mmdb"
    assert "PODLYNX_GEOIP_CITY" not in environment(manager)
    assert {"name": "geoip", **volume} in pod(manager)["volumes"]


@pytest.mark.parametrize(
    ("persistence", "claim", "volume"),
    [
        ({}, True, {"persistentVolumeClaim": {"claimName": "podlynx-manager"}}),
        ({"existingClaim": "mine"}, False, {"persistentVolumeClaim": {"claimName": "mine"}}),
        ({"enabled": False}, False, {"emptyDir": {}}),
    ],
    ids=["own claim", "claim of yours", "none"],
)
def test_where_events_are_kept(objects, persistence, claim, volume):
    made = objects(manager={"persistence": persistence})
    assert (("PersistentVolumeClaim", "podlynx-manager") in made) is claim
    assert {"name": "data", **volume} in pod(made["Deployment", "podlynx-manager"])["volumes"]


def test_a_claim_outlives_the_release_only_where_that_was_asked_for(objects):
    def kept(**persistence):
        claim = objects(manager={"persistence": persistence})["PersistentVolumeClaim", "podlynx-manager"]
        return claim["metadata"].get("annotations", {}).get("helm.sh/resource-policy")

    assert kept() is None
    assert kept(keep=True) == "keep"


def test_a_certificate_of_ones_own_is_mounted_and_its_authority_passed_on(objects):
    made = objects(tls={"source": "secret", "secretName": "mine"})
    assert environment(made["Deployment", "podlynx-operator"])["PODLYNX_MANAGER_TLS_SECRET"] == "mine"
    volumes = pod(made["Deployment", "podlynx-manager"])["volumes"]
    assert "mine" in [volume["secret"]["secretName"] for volume in volumes if "secret" in volume]
    assert {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["mine"], "verbs": ["get"]} in made[
        "Role", "podlynx-operator"
    ]["rules"]


@pytest.mark.parametrize(
    ("choice", "groups"),
    [
        ("auto", ["projectcalico.org", "crd.projectcalico.org", "operator.tigera.io", "podlynx.io"]),
        ("sideBySide", ["podlynx.io"]),
    ],
)
def test_side_by_side_calicos_objects_are_not_sent_to_the_webhook(objects, choice, groups):
    (hook,) = objects(calicoGroups=choice)["ValidatingWebhookConfiguration", "podlynx"]["webhooks"]
    assert hook["rules"][0]["apiGroups"] == groups


@pytest.mark.parametrize(("ports", "open_ports"), [([443, 6443], {53, 443, 6443}), ([16443], {53, 443, 16443})])
def test_the_api_server_is_reached_by_its_ports(objects, ports, open_ports):
    policy = objects(networkPolicy={"enabled": True, "apiServerPorts": ports})["NetworkPolicy", "podlynx-manager"]
    assert {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]} == open_ports


def test_several_managers_over_a_search_engine(objects):
    store = {
        "url": "https://search.example:9200",
        "auth": "basic",
        "existingSecret": "search",
        "caSecret": "search-ca",
        "days": 7,
    }
    made = objects(manager={"replicas": 3}, store=store)
    deployment = made["Deployment", "podlynx-manager"]
    assert (deployment["spec"]["replicas"], deployment["spec"]["strategy"]["type"]) == (3, "RollingUpdate")
    assert ("PersistentVolumeClaim", "podlynx-manager") not in made
    assert made["Service", "podlynx-manager"]["spec"]["sessionAffinity"] == "ClientIP"
    said = environment(deployment)
    assert (said["PODLYNX_STORE"], said["PODLYNX_STORE_DAYS"]) == ("https://search.example:9200", "7")
    mounts = {each["mountPath"] for each in pod(deployment)["containers"][0]["volumeMounts"]}
    for name in ("PODLYNX_STORE_PASSWORD_FILE", "PODLYNX_STORE_CA"):
        assert said[name].rpartition("/")[0] in mounts
    volumes = {each["name"]: each for each in pod(deployment)["volumes"]}
    assert (volumes["store"]["secret"]["secretName"], volumes["data"]["emptyDir"]) == ("search", {})


def test_a_search_engine_is_let_through_the_network_policy(objects):
    made = objects(networkPolicy={"enabled": True}, store={"url": "https://search.example:9201"})
    ports = [port["port"] for rule in made["NetworkPolicy", "podlynx-manager"]["spec"]["egress"] for port in rule["ports"]]
    assert 9201 in ports

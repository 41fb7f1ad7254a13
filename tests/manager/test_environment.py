"""What the chart tells a manager."""

import pytest

from podlynx.manager.environment import BadVariable, read_environment


def test_defaults_are_those_of_the_chart():
    told = read_environment({})
    assert (str(told.certificate), told.sensor_account, told.rules_url) == (
        "/etc/podlynx/tls/tls.crt",
        "tigera-dpi/tigera-dpi",
        "",
    )
    settings = told.settings()
    assert settings.cookie_secure
    assert settings.allowed_hosts == (
        "podlynx-manager",
        "podlynx-manager.podlynx-system",
        "podlynx-manager.podlynx-system.svc",
        "podlynx-manager.podlynx-system.svc.cluster.local",
    )


def test_what_is_said_is_used():
    told = read_environment(
        {
            "POD_NAMESPACE": "dpi",
            "PODLYNX_ALLOWED_HOSTS": "dpi.example, other.example,",
            "PODLYNX_CLUSTER": "east",
            "PODLYNX_RULES_SHA256": "A" * 64,
            "PODLYNX_GEOIP_CITY": "/geo/city.mmdb",
        }
    )
    assert told.settings().allowed_hosts[1:] == (
        "podlynx-manager.dpi",
        "podlynx-manager.dpi.svc",
        "podlynx-manager.dpi.svc.cluster.local",
        "dpi.example",
        "other.example",
    )
    assert (told.cluster, told.rules_sha256, str(told.city), told.asn) == ("east", "a" * 64, "/geo/city.mmdb", None)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PODLYNX_SENSOR_ACCOUNT", "tigera-dpi"), ("PODLYNX_SENSOR_ACCOUNT", "a/b/c"), ("PODLYNX_RULES_SHA256", "abc")],
)
def test_what_makes_no_sense_is_named_with_its_mend(name, value):
    with pytest.raises(BadVariable, match=f"{name}.*(name the|give)"):
        read_environment({name: value})

"""Values that make no sense are refused, and the message names the value and what would do."""

import pytest

REFUSED = [
    ({"calicoGroups": "v2"}, "calicoGroups", "'auto', 'both', 'v1', 'v3', 'sideBySide'"),
    ({"calicoGroup": "auto"}, "additional properties 'calicoGroup' not allowed", ""),
    ({"image": {"tga": "1"}}, "/image", "'tga' not allowed"),
    ({"image": {"digest": "sha256:12"}}, "/image/digest", "pattern"),
    ({"image": {"repository": "podlynx:1"}}, "/image/repository", "pattern"),
    ({"image": {"pullPolicy": "Sometimes"}}, "/image/pullPolicy", "'Always', 'IfNotPresent', 'Never'"),
    ({"sensor": {"captureMode": "ebpf"}}, "/sensor/captureMode", "'host', 'pod'"),
    ({"sensor": {"resources": {}}}, "/sensor", "'resources' not allowed"),
    ({"sensor": {"outputs": ["syslog"]}}, "/sensor/outputs/0", "'alert_fast', 'alert_json', 'eve', 'ecs'"),
    ({"payloads": {"offInNamespaces": ["Pay"]}}, "/payloads/offInNamespaces/0", "pattern"),
    ({"manager": {"replicas": 2}}, "manager.replicas is 2", "set it to 1"),
    ({"manager": {"replicas": 2}}, "manager.replicas is 2", "store.url to your search engine"),
    ({"store": {"url": "search:9200"}}, "/store/url", "pattern"),
    ({"store": {"url": "https://u:secret@search:9200"}}, "/store/url", "pattern"),
    ({"store": {"url": "https://search:9200", "auth": "basic"}}, "store.existingSecret is empty", "name the Secret"),
    ({"store": {"url": "https://search:9200", "existingSecret": "mine"}}, "store.auth is none", "basic or apiKey"),
    ({"store": {"caSecret": "ca"}}, "store.url is empty", "give the address"),
    ({"manager": {"persistence": {"size": "10 GB"}}}, "/manager/persistence/size", "pattern"),
    ({"manager": {"persistence": {"enabled": False, "existingClaim": "mine"}}}, "existingClaim is mine", "persistence.enabled"),
    ({"manager": {"geoip": {"city": "GeoLite2-City.mmdb"}}}, "geoip.volume is empty", "give the volume"),
    ({"manager": {"geoip": {"volume": {"emptyDir": {}}}}}, "neither city nor asn", "name the database"),
    ({"manager": {"geoip": {"city": "../secret", "volume": {"emptyDir": {}}}}}, "/manager/geoip/city", "pattern"),
    ({"manager": {"allowedHosts": ["https://podlynx.example"]}}, "/manager/allowedHosts/0", "pattern"),
    ({"operator": {"replicas": 0}}, "/operator/replicas", "minimum"),
    ({"operator": {"tolerations": [{"keys": "a"}]}}, "/operator/tolerations/0", "'keys' not allowed"),
    ({"podDisruptionBudget": {"enabled": True}}, "would block every drain", "operator.replicas to 2"),
    ({"rules": {"url": "ftp://mirror/rules.tar.gz"}}, "/rules/url", "pattern"),
    ({"rules": {"sha256": "abc"}}, "/rules/sha256", "pattern"),
    ({"rules": {"proxy": "proxy:3128"}}, "/rules/proxy", "pattern"),
    ({"tls": {"source": "letsencrypt"}}, "/tls/source", "'operator', 'certManager', 'secret'"),
    ({"tls": {"source": "secret"}}, "tls.secretName is empty", "name the Secret"),
    ({"tls": {"secretName": "mine"}}, "tls.source is operator", "set tls.source to secret"),
    ({"tls": {"source": "certManager"}}, "tls.issuerRef.name is empty", "name the Issuer"),
]


@pytest.mark.parametrize(("values", "what", "mend"), REFUSED, ids=[what for _, what, _ in REFUSED])
def test_refused(render, values, what, mend):
    done = render(values)
    assert done.returncode != 0
    assert what in done.stderr
    assert mend in done.stderr

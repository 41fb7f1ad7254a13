"""Country, city and network of an address, where databases are mounted."""

import pytest

from podlynx.manager.identity.naming import Namer
from podlynx.manager.identity.places import LOOK_SECONDS, NOWHERE, Place, Places

from ..conftest import Clock
from ..mmdb import written
from ..observed import sensor_event
from .objects import Cluster

BERLIN = {"country": {"iso_code": "DE", "names": {"en": "Germany", "de": "Deutschland"}}, "city": {"names": {"en": "Berlin"}}}
NETWORK = {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Net"}


@pytest.fixture
def files(tmp_path):
    city = written(
        tmp_path / "city.mmdb", {"8.8.0.0/16": BERLIN, "2a00::/16": {"country": {"iso_code": "FR"}}, "9.9.9.0/24": {"city": 7}}
    )
    return city, written(tmp_path / "asn.mmdb", {"8.8.8.0/24": NETWORK})


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("8.8.8.8", Place("Germany", "DE", "Berlin", "AS64500 Example Net")),
        ("8.8.4.4", Place("Germany", "DE", "Berlin", "")),
        ("2a00::1", Place(iso="FR")),
        ("1.1.1.1", NOWHERE),
        ("9.9.9.9", NOWHERE),
        ("10.0.0.1", NOWHERE),
        ("nonsense", NOWHERE),
    ],
)
def test_places(files, address, place):
    assert Places(*files).of(address) == place


def test_without_a_database_or_with_a_damaged_one_nothing_is_known(tmp_path):
    damaged = tmp_path / "damaged.mmdb"
    damaged.write_bytes(b"no database" * 100)
    assert Places(None, None).of("8.8.8.8") == NOWHERE
    assert Places(damaged, tmp_path / "missing.mmdb").of("8.8.8.8") == NOWHERE


def test_a_newer_database_is_taken_up(files, tmp_path):
    clock = Clock()
    places = Places(files[0], None, clock)
    assert places.of("8.8.8.8").iso == "DE"
    written(tmp_path / "new.mmdb", {"8.8.0.0/16": {"country": {"iso_code": "NL"}}}).replace(files[0])
    clock.now += LOOK_SECONDS
    assert places.of("8.8.8.8").iso == "NL"


def test_the_document_tells_the_outer_end(files):
    namer = Namer(Cluster().watch, Places(*files))
    into = namer.document(sensor_event("server", src_ip="8.8.8.8"))
    assert (into.geo_info.country_name, into.geo_info.iso, into.geo_info.city_name) == ("Germany", "DE", "Berlin")
    assert into.endpoints.source.asn == "AS64500 Example Net"
    out = namer.document(sensor_event("client", dst_ip="8.8.8.8"))
    assert (out.geo_info.iso, out.endpoints.dest.city) == ("DE", "Berlin")
    assert namer.document(sensor_event("client")).geo_info.iso is None

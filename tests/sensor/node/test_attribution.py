"""What an event says of resources and pods: one event for one attack, a line in the alert file of each that watches."""

import os

import msgspec
import pytest
from msgspec.structs import replace
from tests.engine_events import engine_event, sensor_event

from podlynx.outputs.rotated import FILE_BYTES
from podlynx.sensor.node import alert_files
from podlynx.sensor.node.alert_files import AlertFiles
from podlynx.sensor.node.attribution import Attribution
from podlynx.sensor.node.identity import Identity
from podlynx.sensor.node.objects import Inspection, InspectionObject, Pod, PodObject, ResourceKey
from podlynx.sensor.node.roster import Roster

GROUP = "projectcalico.org/v3"
CLIENT, SERVER = "10.0.0.1", "10.0.0.2"


def pod(uid, address, **labels):
    return Pod(uid, "default", f"pod-{uid}", "pod-*", labels, (address,))


def inspection(name, label):
    return Inspection(ResourceKey("default", name), "", selects=lambda labels: label in labels)


@pytest.fixture
def attribution():
    """A client and a server on this node; `a` and `b` select the server, `c` the client."""
    roster, identity = Roster([GROUP]), Identity()
    roster.replace_inspections(GROUP, [inspection("b", "server"), inspection("a", "server"), inspection("c", "client")], 0)
    for uid, index, each in (("c", 1, pod("c", CLIENT, client="")), ("s", 2, pod("s", SERVER, server=""))):
        roster.set_pods([each], 0)
        identity.say(each, since=0, now=0)
        identity.attach(uid, index, since=0)
    return Attribution("node-1", roster, identity)


def shipped(attribution, **changed):
    event = engine_event(src_ip=CLIENT, dst_ip=SERVER, **changed)
    return attribution.attribute(event, attribution.owner(event), "veth0")


@pytest.mark.parametrize(("index", "towards"), [(1, False), (2, True)], ids=["client's interface", "server's interface"])
def test_the_servers_side_owns_it_whichever_interface_showed_it(attribution, index, towards):
    said = shipped(attribution, ifindex=index, towards_pod=towards, direction="C2S")
    assert said.event.origin == "dpi.default/a"
    assert [(each.origin, each.pod, each.side) for each in said.event.observers] == [
        ("dpi.default/a", "pod-s", "server"),
        ("dpi.default/b", "pod-s", "server"),
        ("dpi.default/c", "pod-c", "client"),
    ]
    assert (said.event.source.name, said.event.destination.name) == ("pod-c", "pod-s")
    assert [(key.name, of.name) for key, of in said.files] == [("a", "pod-s"), ("b", "pod-s"), ("c", "pod-c")]


def test_an_answer_is_the_servers_too(attribution):
    event = engine_event(src_ip=SERVER, dst_ip=CLIENT, ifindex=2, towards_pod=False, direction="S2C")
    said = attribution.attribute(event, "s", "veth0")
    assert (said.event.origin, said.event.observers[0].side, said.event.source.name) == ("dpi.default/a", "server", "pod-s")


def test_a_stranger_is_nobody(attribution):
    event = engine_event(src_ip="192.0.2.1", dst_ip=SERVER, ifindex=2, towards_pod=True)
    said = attribution.attribute(event, "s", "veth0")
    assert (said.event.source, said.event.destination.uid) == (None, "s")


def test_what_the_interface_says_outweighs_a_forged_address(attribution):
    event = engine_event(src_ip=SERVER, dst_ip="192.0.2.9", ifindex=1, towards_pod=False)
    said = attribution.attribute(event, attribution.owner(event), "veth0")
    assert (said.event.source.name, said.event.origin) == ("pod-c", "dpi.default/c")


def off(roster, identity, how):
    """Says for the server that no payload is kept; answers what `Attribution` is told."""
    if how == "pod":
        roster.set_pods([replace(pod("s", SERVER, server=""), payloads_off=True)], 1)
    elif how == "resource":
        roster.set_inspections(GROUP, [replace(inspection("quiet", "nobody"), payloads_off=True)], 1)
    return ["default"] if how == "namespace" else ["other"]


@pytest.mark.parametrize(("how", "wanted"), [("", False), ("pod", True), ("resource", True), ("namespace", True)])
def test_payloads_are_off_where_an_end_says_so(attribution, how, wanted):
    namespaces = off(attribution._roster, attribution._identity, how)
    other = Attribution("node-1", attribution._roster, attribution._identity, namespaces)
    assert shipped(other, ifindex=1, towards_pod=False, direction="C2S").payloads_off is wanted


@pytest.mark.parametrize(("said", "wanted"), [("off", True), ("OFF ", True), ("false", True), ("on", False), ("", False)])
def test_what_the_annotation_means(said, wanted):
    metadata = {"name": "x", "annotations": {"podlynx.io/payloads": said, "other": "off"}}
    assert msgspec.convert({"metadata": metadata}, PodObject).pod().payloads_off is wanted
    assert msgspec.convert({"metadata": metadata}, InspectionObject).inspection().payloads_off is wanted


@pytest.mark.parametrize("index", [None, 3])
def test_an_interface_of_nobody_has_no_owner(attribution, index):
    assert attribution.owner(engine_event(ifindex=index)) is None


KEY, WEB = ResourceKey("default", "dpi"), pod("u", CLIENT)


def test_alert_files_are_turned_over_before_they_grow_too_large(tmp_path):
    files = AlertFiles(tmp_path)
    folder = tmp_path / "default" / "dpi" / "pod-u"
    for number in range(8):
        files.write([(sensor_event(sid=number), ((KEY, WEB),))])
        with (folder / "alert_fast.txt").open("ab") as file:
            file.truncate(FILE_BYTES)
        files.write([(sensor_event(), ((KEY, WEB),))])
    assert sorted(path.name for path in folder.iterdir()) == [f"alert_fast.txt.{number}" for number in range(1, 6)]


def test_every_output_that_is_switched_on_has_a_file(tmp_path):
    AlertFiles(tmp_path, ("eve", "alert_json")).write([(sensor_event(), ((KEY, WEB),))])
    folder = tmp_path / "default" / "dpi" / "pod-u"
    assert sorted(path.name for path in folder.iterdir()) == ["alert_json.txt", "eve.json"]
    assert msgspec.json.decode((folder / "eve.json").read_bytes())["alert"]["signature_id"] == 57461


def test_alert_files_keep_their_cap_and_what_was_written_longest_ago_goes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(alert_files, "TOTAL_BYTES", 10_000)
    for number, name in enumerate(("old/alert_fast.txt", "old/alert_fast.txt.1", "new/alert_fast.txt", "new/alert_fast.txt.1")):
        path = tmp_path / f"of-{name.split('/')[0]}" / "dpi" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 4000)
        os.utime(path, (number, number))
    files = AlertFiles(tmp_path)
    files.write([(sensor_event(), ((KEY, WEB),))])
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("alert_fast*"))
    assert left == ["default/dpi/pod-u/alert_fast.txt", "of-new/dpi/new/alert_fast.txt", "of-old/dpi/old/alert_fast.txt"]
    assert files.dropped == 2
    monkeypatch.setattr(alert_files, "TOTAL_BYTES", 1000)
    files.write([(sensor_event(), ((KEY, WEB),))])
    assert [path.name for path in tmp_path.iterdir()] == ["default"], "no empty folders are left"
    assert (files.dropped, (tmp_path / "default/dpi/pod-u/alert_fast.txt").read_text().count("\n")) == (4, 2)


@pytest.mark.parametrize("name", ["../../etc", "..", ".", "", "a/b", "a\0b", "x" * 300])
def test_a_name_is_never_a_way_elsewhere(tmp_path, name):
    files = AlertFiles(tmp_path / "alerts")
    files.write([(sensor_event(msg="line\nbreak"), ((ResourceKey(name, name), Pod("u", name, name, name, {})),))])
    (written,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert len(written.relative_to(tmp_path / "alerts").parts) == 4
    assert written.read_text().count("\n") == 1


def test_a_disk_that_takes_nothing_is_counted(tmp_path):
    (tmp_path / "default").write_text("a file where a folder should be")
    files = AlertFiles(tmp_path)
    files.write([(sensor_event(), ((KEY, WEB),))])
    assert files.lost == 1

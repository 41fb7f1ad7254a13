"""Whose it was is told by the time of the packet: restarts, label changes and addresses that change hands are not mistaken."""

import msgspec
from tests.sensor.node.fakes import inspection_manifest, pod_manifest

from podlynx.sensor.node.history import TENURE_CAP, History
from podlynx.sensor.node.identity import Identity
from podlynx.sensor.node.objects import InspectionObject, Pod, PodObject, ResourceKey
from podlynx.sensor.node.roster import Roster

V3, V1 = "projectcalico.org/v3", "crd.projectcalico.org/v1"


def pod(uid, *addresses, labels=None):
    return Pod(uid, "default", f"web-{uid}", "web-*", labels or {"app": "web"}, addresses)


def inspection(name, selector, **more):
    return msgspec.convert(inspection_manifest(name, selector, **more), InspectionObject, strict=False).inspection()


def names(keys):
    return [key.name for key in keys]


def test_an_address_that_changes_hands_is_each_ones_at_its_time():
    identity = Identity()
    identity.say(pod("a", "10.0.0.1"), since=0, now=0)
    identity.attach("a", 5, since=0)
    identity.detach(5, now=100)  # the API server has not told yet
    identity.say(pod("b", "10.0.0.1"), since=150, now=200)
    identity.attach("b", 6, since=150)
    assert [identity.by_address("10.0.0.1", time) for time in (50, 99, 120, 160, 300)] == ["a", "a", None, "b", "b"]
    assert [identity.by_interface(5, 99), identity.by_interface(5, 101), identity.by_interface(6, 160)] == ["a", None, "b"]
    identity.say(pod("a", "10.0.0.1"), since=400, now=400)  # said again, of a pod that has lost it
    assert identity.by_address("10.0.0.1", 450) == "b"
    identity.leave(["a"], now=500)
    assert identity.by_address("10.0.0.1", 600) == "b"


def test_what_ended_long_ago_is_forgotten_and_what_ended_just_now_is_not():
    history = History()
    minute = 60 * 10**9
    history.begin("x", "a", begin=0)
    history.end("x", end=minute)
    history.begin("y", "b", begin=0)
    history.end("y", end=10 * minute)
    history.forget(5 * minute)
    assert (history.owner("x", 0), history.owner("y", 9 * minute)) == (None, "b")


def test_the_history_is_bounded_and_keeps_what_is_current():
    history = History()
    history.begin("now", "n", begin=0)
    for number in range(TENURE_CAP + 10):
        history.begin(number, "u", begin=number)
        history.end(number, end=number + 1)
    assert history.forgotten > 0
    assert history.current("now") == "n"
    assert history.owner(TENURE_CAP + 9, TENURE_CAP + 9) == "u"


def test_a_change_of_labels_or_selector_counts_from_then_on():
    roster = Roster([V3, V1])
    roster.replace_inspections(V3, [inspection("a", 'app == "web"'), inspection("b", "has(app)")], 0)
    roster.set_pods([pod("u")], 10)
    roster.set_pods([pod("u", labels={"app": "db"})], 100)
    roster.set_inspections(V3, [inspection("b", 'app == "web"')], 200)
    roster.drop_pods(["u"], 300)
    assert [names(roster.selecting("u", time)) for time in (5, 99, 150, 250, 400)] == [["a", "b"], ["a", "b"], ["b"], [], []]
    assert names(roster.selecting("u")) == []


def test_of_two_objects_with_one_name_the_source_counts_and_copies_never():
    roster = Roster([V3, V1])
    roster.set_pods([pod("u")], 0)
    roster.replace_inspections(
        V1, [inspection("a", "all()", owner=True), inspection("own", "all()"), inspection("c", "all()")], 1
    )
    roster.replace_inspections(V3, [inspection("c", 'app == "none"')], 2)
    assert names(roster.selecting("u")) == ["own"]
    roster.drop_inspections(V3, [ResourceKey("default", "c")], 3)
    assert names(roster.selecting("u")) == ["c", "own"]


def test_a_selector_that_cannot_be_read_selects_nothing_and_says_where():
    wrong = inspection("a", 'app = "web"')
    assert wrong.selects is None
    assert "^" in wrong.fault


def test_another_namespaces_pods_are_not_selected():
    roster = Roster([V3])
    roster.replace_inspections(V3, [inspection("a", "all()", namespace="shop")], 0)
    roster.set_pods([pod("u")], 0)
    assert not roster.selecting("u")


def test_a_pod_is_read_down_to_what_matters():
    manifest = pod_manifest("web-1", "u1", addresses=["10.0.0.1", "fd00::1"], phase="Succeeded")
    manifest["metadata"]["annotations"] = {"kubernetes.io/config.hash": "abc", "other": 3}
    read = msgspec.convert(manifest, PodObject).pod()
    assert (read.name_aggr, read.addresses, read.ended, read.process_uid) == ("web-*", ("10.0.0.1", "fd00::1"), True, "abc")


def test_a_pod_that_has_ended_is_gone_though_its_object_stays():
    roster = Roster([V3])
    roster.set_pods([pod("u")], 0)
    roster.set_pods([msgspec.structs.replace(pod("u"), ended=True)], 10)
    assert not roster.present("u")
    assert roster.pod("u").name == "web-u"

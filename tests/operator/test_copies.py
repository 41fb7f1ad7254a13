"""What has to be done so that v1 copies follow their v3 sources."""

from podlynx.kubernetes.inspections import copy_of, name_of
from podlynx.operator.copies import plan


def source(name="web", uid="u1", selector="all()", **metadata):
    metadata = {"name": name, "namespace": "shop", "uid": uid, **metadata}
    return {
        "apiVersion": "projectcalico.org/v3",
        "kind": "DeepPacketInspection",
        "metadata": metadata,
        "spec": {"selector": selector},
    }


def by_name(*objects):
    return {name_of(each): each for each in objects}


def names(objects):
    return [each["metadata"]["name"] for each in objects]


def test_a_source_without_a_copy_gets_one():
    todo = plan(by_name(source()), {})
    assert (names(todo.write), todo.delete, todo.blocked) == (["web"], [], [])


def test_nothing_is_done_where_the_copy_follows():
    todo = plan(by_name(source()), by_name(copy_of(source())))
    assert (todo.write, todo.delete, todo.blocked) == ([], [], [])


def test_a_copy_that_is_behind_is_written_again():
    assert names(plan(by_name(source(selector="has(a)")), by_name(copy_of(source()))).write) == ["web"]


def test_somebodys_own_v1_object_is_never_written():
    own = {**source(uid="u9"), "apiVersion": "crd.projectcalico.org/v1"}
    todo = plan(by_name(source()), by_name(own))
    assert (todo.write, todo.delete, todo.blocked) == ([], [], [("shop", "web")])


def test_a_copy_without_a_source_goes_and_somebodys_own_stays():
    own = {**source("own", uid="u9"), "apiVersion": "crd.projectcalico.org/v1"}
    assert names(plan({}, by_name(copy_of(source()), own)).delete) == ["web"]


def test_a_source_that_is_being_deleted_gets_no_new_copy():
    assert plan(by_name(source(deletionTimestamp="2026-11-25T08:00:00Z")), {}).write == []

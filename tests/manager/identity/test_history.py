"""Whose an address was at a packet's time, whatever became of it since."""

import pytest

from podlynx.manager.identity import watching

from .objects import Cluster, at, node, pod

ADDRESS = "10.244.1.7"


@pytest.fixture
def cluster():
    return Cluster()


def test_a_pod_has_its_address_from_its_start_to_its_end(cluster):
    cluster.tell(12, "set", pod("web", ADDRESS, started=10))
    cluster.tell(60, "delete", pod("web", ADDRESS, started=10))
    assert [cluster.name(ADDRESS, second) for second in (9, 10, 11, 59, 60.5, 70)] == [None, "web", "web", "web", "web", None]


def test_an_address_that_is_used_again_is_never_taken_for_its_former_owners(cluster):
    cluster.tell(2, "set", pod("old", ADDRESS))
    cluster.tell(60, "delete", pod("old", ADDRESS))
    cluster.tell(63, "set", pod("new", ADDRESS, started=58))
    # Between the start of the new one and the end of the old one there is no telling.
    assert [cluster.name(ADDRESS, second) for second in (30, 57, 59, 60.5, 62, 100)] == ["old", "old", None, None, "new", "new"]


def test_a_new_owner_that_is_told_before_the_end_of_the_old_one(cluster):
    cluster.tell(2, "set", pod("old", ADDRESS))
    cluster.tell(50, "set", pod("new", ADDRESS, started=49))
    assert cluster.name(ADDRESS, 55) is None
    cluster.tell(51, "delete", pod("old", ADDRESS))
    assert [cluster.name(ADDRESS, second) for second in (40, 55)] == ["old", "new"]


def test_a_pod_that_ended_by_itself_has_no_address_any_more(cluster):
    cluster.tell(1, "set", pod("job", ADDRESS))
    cluster.tell(20, "set", pod("job", ADDRESS, phase="Succeeded"))
    assert [cluster.name(ADDRESS, second) for second in (10, 30)] == ["job", None]


def test_what_is_missing_when_the_list_is_read_again_is_gone(cluster):
    cluster.tell(1, "replace", pod("a", ADDRESS), pod("b", "10.244.1.8"))
    cluster.tell(30, "replace", pod("b", "10.244.1.8"))
    assert [cluster.name(ADDRESS, 10), cluster.name(ADDRESS, 40), cluster.name("10.244.1.8", 40)] == ["a", None, "b"]


def test_a_pod_that_gets_another_address(cluster):
    cluster.tell(1, "set", pod("web", ADDRESS))
    cluster.tell(50, "set", pod("web", "10.244.1.9"))
    assert [cluster.name(ADDRESS, 60), cluster.name("10.244.1.9", 60), cluster.name("10.244.1.9", 20)] == [None, "web", None]


def test_both_families(cluster):
    cluster.tell(1, "set", pod("web", ADDRESS, "fd00:1::7"))
    assert [cluster.name(ADDRESS, 2), cluster.name("fd00:1::7", 2)] == ["web", "web"]


def test_a_pod_on_the_nodes_network_is_the_node(cluster):
    cluster.tell(1, "replace", node("n1", "10.199.0.11"))
    cluster.tell(1, "set", pod("proxy", "10.199.0.11", hostNetwork=True))
    assert cluster.name("10.199.0.11", 10) == "n1"


def test_labels_that_change_are_the_new_ones_of_the_same_pod(cluster):
    cluster.tell(1, "set", pod("web", ADDRESS, labels={"a": "1"}))
    cluster.tell(5, "set", pod("web", ADDRESS, labels={"a": "2"}))
    assert cluster.history.size == 1
    assert cluster.history.at(ADDRESS, at(6)).labels == {"a": "2"}


def test_it_forgets_an_hour_after_the_end():
    cluster = Cluster()
    cluster.tell(1, "set", pod("web", ADDRESS))
    cluster.tell(10, "delete", pod("web", ADDRESS))
    cluster.history.sweep(at(3_600))
    assert cluster.name(ADDRESS, 5) == "web"
    cluster.history.sweep(at(3_700))
    assert (cluster.name(ADDRESS, 5), cluster.history.size) == (None, 0)


def test_it_is_bounded_by_address_and_in_total_and_counts(monkeypatch):
    cluster = Cluster(per_address=3, total=5)
    for n in range(10):
        cluster.tell(10 * n, "set", pod(f"p{n}", ADDRESS, started=10 * n))
        cluster.tell(10 * n + 5, "delete", pod(f"p{n}", ADDRESS, started=10 * n))
    assert (cluster.history.size, cluster.history.forgotten_full) == (3, 7)
    assert [cluster.name(ADDRESS, 93), cluster.name(ADDRESS, 3)] == ["p9", None]
    for n in range(10):
        cluster.tell(200, "set", pod(f"q{n}", f"10.244.2.{n}"))
    assert (cluster.history.size, cluster.history.refused_full) == (5, 5)
    monkeypatch.setattr(watching, "MAX_PODS", 10)
    cluster.tell(201, "set", pod("one-more", "10.244.3.1"))
    assert cluster.watch.refused_pods == 1


def test_flapping_leaves_nothing_behind():
    cluster = Cluster(per_address=2, total=10)
    for n in range(500):
        cluster.tell(n % 3000, "set", pod(f"p{n}", ADDRESS))
        cluster.tell(n % 3000, "delete", pod(f"p{n}", ADDRESS))
    assert cluster.history.size == 2
    assert len(cluster.history._ended) <= 20


def test_synced_once_everything_was_read(cluster):
    assert not cluster.watch.synced
    for objects in ([pod("a", ADDRESS)], [node("n1", "10.199.0.11")]):
        cluster.tell(1, "replace", *objects)
    assert not cluster.watch.synced

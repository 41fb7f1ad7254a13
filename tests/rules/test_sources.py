"""Which rules are used, and how unreadable ones are told."""

from pathlib import Path

import pytest

from podlynx.rules import sources
from podlynx.rules.errors import RuleSourceError
from podlynx.rules.sources import find_rules

RULE = b'alert tcp any any -> any any ( msg:"a"; content:"abcd"; sid:1; rev:1; )\n'


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The three places beside --rules, all empty."""
    monkeypatch.setenv("PODLYNX_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sources, "CHECKOUT_RULES", tmp_path / "shared")
    monkeypatch.setattr(sources, "STARTER", tmp_path / "starter.rules")
    (tmp_path / "starter.rules").write_bytes(RULE)
    return {"fetched": tmp_path / "data" / "rules" / "community", "checkout": tmp_path / "shared"}


@pytest.mark.parametrize(
    ("present", "used"),
    [
        ((), "starter"),
        (("checkout",), "checkout"),
        (("fetched",), "fetched"),
        (("checkout", "fetched"), "fetched"),
    ],
)
def test_the_first_place_that_has_rules_is_used_alone(places, present, used):
    for name in present:
        places[name].mkdir(parents=True)
        (places[name] / f"{name}.rules").write_bytes(RULE)
    source = find_rules()
    assert source.kind == used
    assert [path.stem for path in source.paths] == [used]


def test_named_rules_win_over_all_places(places, tmp_path):
    places["fetched"].mkdir(parents=True)
    (places["fetched"] / "x.rules").write_bytes(RULE)
    own = tmp_path / "own.rules"
    own.write_bytes(RULE)
    source = find_rules([own])
    assert (source.kind, source.files) == ("named", ((str(own), RULE),))


def test_a_folder_stands_for_its_rule_files_in_order(tmp_path):
    for name in ("b.rules", "a.rules", "note.txt"):
        (tmp_path / name).write_bytes(RULE)
    assert [path.name for path in find_rules([tmp_path]).paths] == ["a.rules", "b.rules"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("absent.rules", "no such file"), ("empty", "holds no *.rules file"), ("large.rules", "larger than 64 MiB")],
)
def test_what_cannot_be_read_is_told_with_its_mend(tmp_path, name, says):
    (tmp_path / "empty").mkdir()
    with (tmp_path / "large.rules").open("wb") as file:
        file.truncate(sources.FILE_CAP + 1)
    with pytest.raises(RuleSourceError, match=says.replace("*", r"\*")) as caught:
        find_rules([tmp_path / name])
    assert str(tmp_path / name) in str(caught.value)
    assert caught.value.mend


def test_a_changed_file_changes_the_stamp(tmp_path):
    own = tmp_path / "own.rules"
    own.write_bytes(RULE)
    source = find_rules([own])
    before = source.stamp()
    own.write_bytes(RULE + RULE)
    assert source.stamp() != before
    own.unlink()
    assert source.stamp() == ((0, 0),)


def test_the_starter_rules_come_with_the_package():
    assert b"sid:" in Path(sources.PACKAGE / "starter.rules").read_bytes()

"""Which rules a node uses: its own alone, else the last good ones, else those that come along."""

import gzip

import msgspec
import pytest

from podlynx.models.rule_bundle import RuleBundle, version_of
from podlynx.rules.errors import RuleSourceError
from podlynx.sensor.confined.messages import Loaded, Patterns
from podlynx.sensor.node import rules as node_rules
from podlynx.sensor.node.bundle import BUNDLE_BYTES, unpack
from podlynx.sensor.node.rules import NodeRules

TEXT = 'alert tcp any any -> any any ( msg:"x"; content:"x"; sid:1; )\n'


def packed(text=TEXT, version=None):
    files = [("a.rules", text)]
    return gzip.compress(msgspec.json.encode(RuleBundle(version or version_of(files), "from a test", files)))


VERSION = version_of([("a.rules", TEXT)])
OTHER = version_of([("a.rules", TEXT + TEXT)])


@pytest.fixture
def rules(tmp_path):
    return NodeRules(tmp_path / "kept")


def started(rules):
    first = rules.first()
    rules.loaded(Loaded(first.version, loaded=5))
    return first


def test_what_comes_along_until_the_manager_has_something_and_its_last_good_after_that(rules, tmp_path):
    assert started(rules).version == "bundled"
    assert (rules.report.version, rules.report.loaded) == ("", 5)
    assert rules.wants(VERSION)
    offer = rules.fetched(packed(), VERSION)
    assert not rules.wants(VERSION)  # it is on its way
    rules.loaded(Loaded(offer.version, loaded=1))
    rules.keep()
    rules.keep_patterns(Patterns(VERSION, b"databases"))
    assert (rules.report.version, rules.report.source) == (VERSION, "from a test")
    after = NodeRules(tmp_path / "kept").first()
    assert (after.version, after.files, after.patterns) == (VERSION, [("a.rules", TEXT.encode())], b"databases")


def test_a_set_that_cannot_be_used_leaves_the_old_one_and_is_not_asked_for_again(rules):
    started(rules)
    rules.fetched(packed(), VERSION)
    assert rules.loaded(Loaded(VERSION, error="no rule can be used")) is None
    assert (rules.report.loaded, "no rule can be used" in rules.report.error) == (5, True)
    assert not rules.wants(VERSION)
    assert rules.wants(OTHER)


@pytest.mark.parametrize(
    ("died", "kept"), [(True, VERSION), (False, "bundled")], ids=["inspectors died, of whatever", "it does not compile"]
)
def test_a_kept_set_that_fails_at_the_start_gives_way_to_what_comes_along(rules, tmp_path, died, kept):
    started(rules)
    rules.loaded(Loaded(rules.fetched(packed(), VERSION).version, loaded=1))
    rules.keep()
    after = NodeRules(tmp_path / "kept")
    instead = after.loaded(Loaded(after.first().version, error="it failed", died=died))
    assert instead.version == "bundled"
    assert NodeRules(tmp_path / "kept").first().version == kept


def test_why_a_set_is_not_used_is_told_until_it_is_tried_again(rules, monkeypatch):
    started(rules)
    rules.loaded(Loaded(rules.fetched(packed(), VERSION).version, error="inspectors ended", died=True))
    rules.loaded(Loaded("bundled", loaded=5))  # the successor's word on what it began with
    assert (rules.report.loaded, "inspectors ended" in rules.report.error) == (5, True)
    assert not rules.wants(VERSION)
    monkeypatch.setattr(node_rules, "REFUSED_SECONDS", 0.0)
    rules.loaded(Loaded(rules.fetched(packed(), VERSION).version, error="inspectors ended", died=True))
    assert rules.wants(VERSION)
    rules.loaded(Loaded(rules.fetched(packed(), VERSION).version, loaded=1))
    assert (rules.report.version, rules.report.error) == (VERSION, "")


def test_own_rules_are_used_alone_and_taken_up_when_they_change(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    rules = NodeRules(tmp_path / "kept", own)
    assert rules.first() is None
    assert "no rules in" in rules.report.error
    assert "snort-rules" in rules.report.error, "there is no command line in a pod"
    stamp = rules.own_stamp()
    (own / "local.rules").write_text(TEXT)
    assert rules.own_stamp() != stamp
    started(rules)
    assert (rules.report.version, str(own) in rules.report.source, rules.report.error) == ("", True, "")
    assert not rules.wants(VERSION)


def test_kept_databases_that_another_could_have_written_are_not_run(rules, tmp_path):
    started(rules)
    rules.loaded(Loaded(rules.fetched(packed(), VERSION).version, loaded=1))
    rules.keep()
    rules.keep_patterns(Patterns(VERSION, b"databases"))
    (path,) = (tmp_path / "kept").glob("patterns-*")
    path.chmod(0o666)
    assert NodeRules(tmp_path / "kept").first().patterns is None


def test_an_answer_to_rules_that_nobody_offered_is_not_believed(rules):
    started(rules)
    rules.loaded(Loaded("f" * 32, loaded=9))
    assert rules.report.loaded == 5


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "cut short|cannot be read"),
        (b"no gzip", "cannot be read"),
        (packed()[:-9], "cut short|cannot be read"),
        (packed(version="0" * 32), "their hash is"),
        (packed(TEXT + TEXT), "their hash is"),
        (gzip.compress(b"[]"), "cannot be read"),
        (gzip.compress(b" " * (BUNDLE_BYTES + 1)), "larger than|cannot be read"),
    ],
    ids=["empty", "no gzip", "cut", "wrong version", "other version", "no bundle", "bomb"],
)
def test_what_is_not_the_set_that_was_asked_for_is_refused(data, says):
    with pytest.raises(RuleSourceError, match=says):
        unpack(data, VERSION)


def test_settings_come_with_the_rules_and_again_when_their_file_changes(tmp_path):
    path = tmp_path / "podlynx.toml"
    rules = NodeRules(tmp_path / "kept", settings=path)
    assert started(rules).settings == b'{"mode":"complete"}'  # there need not be any
    assert rules.with_other_settings() is None
    path.write_text('mode = "exact"\n[[suppress]]\nsid = 7\n')
    offer = rules.with_other_settings()
    assert (offer.version, offer.settings) == ("bundled", b'{"mode":"complete","suppress":[{"sid":7}]}')
    rules.loaded(Loaded(offer.version, loaded=5))
    path.write_text("[[suppress]]\nsid = -1\n")
    assert rules.with_other_settings() is None
    assert "podlynx.toml:2: suppress[0].sid" in rules.report.error
    assert "those before stay" in rules.report.error
    path.unlink()
    assert rules.with_other_settings().settings == b'{"mode":"complete"}'
    rules.loaded(Loaded("bundled", loaded=5))
    assert rules.report.error == ""

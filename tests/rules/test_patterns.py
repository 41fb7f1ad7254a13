"""Pattern databases kept between runs, and those that an image brings: used only where nobody else may have written them."""

import os

import pytest

from podlynx.rules import patterns
from podlynx.rules.catalogue import compile_sources
from podlynx.rules.sources import find_rules

RULE = 'alert tcp any any -> any any ( msg:"TEST"; content:"back door"; sid:1; )\n'


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setenv("PODLYNX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(patterns, "SHIPPED", tmp_path / "shipped")
    (tmp_path / "own.rules").write_text(RULE)
    return find_rules([tmp_path / "own.rules"])


def ship(source, content=b"made with the image"):
    patterns.SHIPPED.mkdir(exist_ok=True)
    path = patterns.SHIPPED / patterns.patterns_file(source).name
    path.write_bytes(content)
    path.chmod(0o644)
    return path


def test_what_was_compiled_is_kept_for_the_next_run(source):
    assert patterns.read_patterns(source) is None
    compiled = compile_sources(source)
    assert compiled.report.loaded == 1
    compiled.keep()
    assert patterns.read_patterns(source) == compiled.ruleset.cache()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a file that belongs to root")
def test_an_images_databases_serve_where_nothing_was_kept(source):
    ship(source)
    assert patterns.read_patterns(source) == b"made with the image"


def test_what_was_kept_here_outranks_them(source):
    ship(source)
    patterns.patterns_file(source).parent.mkdir(parents=True)
    patterns.patterns_file(source).write_bytes(b"kept")
    patterns.patterns_file(source).chmod(0o600)
    assert patterns.read_patterns(source) == b"kept"


@pytest.mark.parametrize("mode", [0o666, 0o664])
def test_a_database_that_others_may_write_is_never_used(source, mode):
    ship(source).chmod(mode)
    assert patterns.read_patterns(source) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_database_of_another_user_is_never_used(source):
    os.chown(ship(source), 12345, 12345)
    assert patterns.read_patterns(source) is None


def test_a_damaged_database_costs_time_and_nothing_else(source):
    ship(source, b"damaged")
    assert compile_sources(source).report.loaded == 1

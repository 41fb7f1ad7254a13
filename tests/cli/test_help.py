"""Help and manual cannot rot: every command has an example, every command and exit code stands in docs/cli.md."""

import pytest

from podlynx.cli.app import COMMANDS, EVENT_COMMANDS, RULE_COMMANDS, WEBHOOK_COMMANDS
from podlynx.cli.exits import Exit

VERBS = [(name,) for name, _, _ in COMMANDS] + [("rules", name) for name, _, _ in RULE_COMMANDS]
VERBS += [("events", name) for name, _, _ in EVENT_COMMANDS]
VERBS += [("webhooks", name) for name, _, _ in WEBHOOK_COMMANDS]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_has_an_example(podlynx, verb):
    ended = podlynx(*verb, "--help")
    assert ended.code == 0
    assert f"podlynx {' '.join(verb)}" in ended.out.partition("Example")[2]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_command_stands_in_the_manual(pytestconfig, verb):
    if verb != ("version",):
        assert f"podlynx {' '.join(verb)}" in (pytestconfig.rootpath / "docs" / "cli.md").read_text()


@pytest.mark.parametrize("code", Exit)
def test_every_exit_code_stands_in_the_manual(pytestconfig, code):
    assert f"| {code.value} |" in (pytestconfig.rootpath / "docs" / "cli.md").read_text()


def test_version(podlynx):
    ended = podlynx("version")
    assert ended.code == 0
    assert ended.out.startswith("podlynx ")

"""The command line as a person runs it: a process, its two outputs and its exit code."""

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
from tests.rules.conversation import capture

RULES = """\
# what the tests of the command line look for
alert tcp any any -> any any ( msg:"TEST back door"; flow:to_server,established; http_uri; content:"/backdoor"; \\
    classtype:trojan-activity; sid:1; rev:2; )
alert http ( msg:"TEST \\"quoted\\""; http_header; content:"X-Quiet"; priority:3; sid:2; )
"""


@dataclass
class Ended:
    """What a command left."""

    code: int
    out: str
    err: str


@pytest.fixture
def podlynx(tmp_path):
    """Runs the command line; `stdin` bytes, `env` added to the environment. Its data folder is its own."""
    environment = {**os.environ, "PODLYNX_DATA": str(tmp_path / "data"), "TZ": "UTC"}
    environment.pop("PODLYNX_DEBUG", None)

    def run(*arguments, stdin=b"", env=None, prefix=()):
        command = [*prefix, sys.executable, "-m", "podlynx.cli", *(str(each) for each in arguments)]
        ended = subprocess.run(
            command, input=stdin, capture_output=True, env={**environment, **(env or {})}, timeout=60, check=False
        )
        text = Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
        assert "Traceback" not in text.err
        return text

    return run


@pytest.fixture
def rules(tmp_path):
    """A rule file that the captures below know how to fire."""
    path = tmp_path / "test.rules"
    path.write_text(RULES)
    return path


@pytest.fixture
def attack():
    """A capture whose request fires rule 1:1:2 once."""
    return capture({"get": "/backdoor?x=1"})


@pytest.fixture
def benign():
    """A capture that fires nothing."""
    return capture({"get": "/index.html"})

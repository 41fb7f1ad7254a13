"""Fetching: from a local archive and over HTTP, what changed, and that a failure leaves the rules in use alone."""

import errno
import hashlib
import http.server
import os
import threading

import pytest
from tests.rules.test_archive import tar

from podlynx.rules.errors import DownloadError, RuleSourceError
from podlynx.rules.fetch import fetch
from podlynx.rules.sources import find_rules


def rule(sid, content="abcd"):
    return f'alert tcp any any -> any any ( msg:"rule {sid}"; content:"{content}"; sid:{sid}; rev:1; )\n'.encode()


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("PODLYNX_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "rules"


@pytest.fixture
def archive(tmp_path):
    def write(*rules):
        path = tmp_path / "rules.tar.gz"
        path.write_bytes(tar(("c/community.rules", b"".join(rules)), ("c/LICENSE", b"GPL"), ("c/AUTHORS", b"them")))
        return path

    return write


@pytest.fixture
def server(archive):
    """An HTTP server on loopback; answers `.tar.gz` with an archive, anything else with 404."""
    body = archive(rule(1)).read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.path.endswith(".tar.gz")
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(body) if known else 0))
            self.end_headers()
            self.wfile.write(body if known else b"")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


def test_a_first_fetch_is_used_from_then_on_with_its_licence_beside(archive, data):
    got = fetch(archive=archive(rule(1), rule(2)))
    assert got.report.loaded == 2
    assert [entry.sid for entry in got.changes.added] == [1, 2]
    assert sorted(path.name for path in (data / "community").iterdir()) == [
        "AUTHORS",
        "LICENSE",
        "community.rules",
        "source.json",
    ]
    assert find_rules().kind == "fetched"


def test_a_second_fetch_says_what_changed_and_leaves_no_old_version_behind(archive, data):
    fetch(archive=archive(rule(1), rule(2)))
    got = fetch(archive=archive(rule(2, "efgh"), rule(3)))
    changed = {word: [entry.sid for entry in getattr(got.changes, word)] for word in ("added", "removed", "changed")}
    assert changed == {"added": [3], "removed": [1], "changed": [2]}
    assert len([path for path in data.iterdir() if path.name.startswith("community-")]) == 1


def test_the_same_again_changes_nothing(archive):
    fetch(archive=archive(rule(1)))
    assert not fetch(archive=archive(rule(1))).changes


def test_a_bad_archive_leaves_the_rules_in_use(archive, tmp_path, data):
    fetch(archive=archive(rule(1)))
    bad = tmp_path / "bad.tar.gz"
    bad.write_bytes(tar(("c/x.rules", b"alert tcp any any -> any ( sid:1; )\n")))
    with pytest.raises(RuleSourceError, match="none of the archive's rules"):
        fetch(archive=bad)
    assert b"rule 1" in find_rules().files[0][1]
    assert len([path for path in data.iterdir() if path.name.startswith("community-")]) == 1


@pytest.mark.parametrize(
    ("call", "number", "mend"),
    [
        ("tempfile.mkdtemp", errno.EROFS, "chown"),
        ("os.fsync", errno.ENOSPC, "make room"),
        ("os.open", errno.EACCES, "chown"),
        ("pathlib.Path.replace", errno.EDQUOT, "make room"),
    ],
)
def test_a_folder_that_cannot_be_written_is_said_and_leaves_the_rules_in_use(archive, data, monkeypatch, call, number, mend):
    fetch(archive=archive(rule(1)))
    path = archive(rule(2))
    with monkeypatch.context() as patched:
        patched.setattr(call, raising(number))
        with pytest.raises(RuleSourceError, match="cannot write to") as refused:
            fetch(archive=path)
    assert mend in refused.value.mend
    assert b"rule 1" in find_rules().files[0][1]
    assert len([path for path in data.iterdir() if "community-" in path.name]) == 1


def raising(number):
    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    return fail


def test_the_checksum_is_held_against_the_archive(archive):
    path = archive(rule(1))
    assert fetch(archive=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest().upper()).report.loaded == 1
    with pytest.raises(RuleSourceError, match="SHA-256"):
        fetch(archive=path, sha256="0" * 64)


def test_download(server):
    seen = []
    got = fetch(url=f"{server}/rules.tar.gz", progress=lambda done, total: seen.append((done, total)))
    assert got.report.loaded == 1
    assert seen
    assert seen[-1][0] == seen[-1][1] == got.provenance.bytes


@pytest.mark.parametrize(
    ("address", "says"),
    [("{server}/absent", "answered 404"), ("http://127.0.0.1:1/x", "cannot download"), ("nonsense", "cannot download")],
)
def test_what_cannot_be_downloaded_says_so_with_its_mend(server, address, says):
    with pytest.raises(DownloadError, match=says) as caught:
        fetch(url=address.format(server=server))
    assert caught.value.mend

"""An archive is taken apart without trusting it."""

import gzip
import io
import tarfile

import pytest

from podlynx.rules import archive
from podlynx.rules.archive import unpack
from podlynx.rules.errors import RuleSourceError

RULE = b'alert tcp any any -> any any ( msg:"a"; content:"abcd"; sid:1; rev:1; )\n'


def tar(*members, kind=tarfile.REGTYPE):
    """A .tar.gz of (name, bytes)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        for name, text in members:
            entry = tarfile.TarInfo(name)
            entry.size, entry.type = len(text), kind
            entry.linkname = "/etc/passwd"
            made.addfile(entry, io.BytesIO(text))
    return out.getvalue()


def test_rules_and_licences_are_kept_and_nothing_else():
    got = unpack(tar(("set/x.rules", RULE), ("set/LICENSE", b"GPL"), ("set/AUTHORS", b"us"), ("set/run.sh", b"rm -rf")))
    assert got == {"x.rules": RULE, "LICENSE": b"GPL", "AUTHORS": b"us"}


@pytest.mark.parametrize("name", ["/etc/x.rules", "../../x.rules", "a/../../x.rules"])
def test_no_name_leads_out_of_the_folder(name):
    assert list(unpack(tar((name, RULE)))) == ["x.rules"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_left_out(kind):
    with pytest.raises(RuleSourceError, match="no Snort rules"):
        unpack(tar(("x.rules", b""), kind=kind))


def test_a_single_rule_file_is_taken_plain_and_compressed():
    assert unpack(RULE) == unpack(gzip.compress(RULE)) == {"fetched.rules": RULE}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<html>not found</html>", "no Snort rules"),
        (b"", "no Snort rules"),
        (tar(("x.rules", RULE))[:-30], "damaged"),
        (tar(("x.rules", b"\x7fELF\0\0\0sid:")), "no Snort rules"),
        (tar(("a/x.rules", RULE), ("b/x.rules", RULE)), "two files named x.rules"),
    ],
)
def test_what_is_no_rule_archive_is_refused(data, says):
    with pytest.raises(RuleSourceError, match=says) as caught:
        unpack(data)
    assert caught.value.mend


def test_a_bomb_is_cut_off(monkeypatch):
    monkeypatch.setattr(archive, "UNPACKED_CAP", 1_000_000)
    with pytest.raises(RuleSourceError, match="unpacks to more than"):
        unpack(gzip.compress(b"#" * 2_000_000))


def test_too_many_entries_are_cut_off(monkeypatch):
    monkeypatch.setattr(archive, "MEMBER_CAP", 3)
    with pytest.raises(RuleSourceError, match="more than 3 entries"):
        unpack(tar(*((f"{n}.rules", RULE) for n in range(5))))

"""Settings in TOML: what is wrong is told with its key, its line and what to write instead."""

import pytest

from podlynx.settings.effective import effective, held
from podlynx.settings.errors import SettingsError
from podlynx.settings.places import line_of
from podlynx.settings.reading import SIZE_CAP, every_field, parse_settings, read_settings
from podlynx.settings.watched import SettingsFile

WRONG = [
    ("mode = \n", "s.toml: is no TOML: Invalid value (at line 1", "docs/settings.md"),
    ("[event_queue]\n\nlgo = 3\n", "s.toml:3: event_queue.lgo: there is no such setting", "did you mean log?"),
    ("\n[event_queu]\nlog = 3\n", "s.toml:2: event_queu: there is no such setting", "did you mean event_queue?"),
    ("snaplen = 3\n", "s.toml:1: snaplen: there is no such setting", "snaplen stands in a table: daq.snaplen"),
    ('[daq]\nsnaplen = "all"\n', "s.toml:2: daq.snaplen: expected `int`, got `str`", ""),
    ("[daq]\nsnaplen = -1\n", "s.toml:2: daq.snaplen: expected `int` >= 0", ""),
    ('mode = "fast"\n', "s.toml:1: mode: invalid enum value 'fast'", ""),
    ("[[suppress]]\nsid = 1\n\n[[suppress]]\ngid = 1\n", "s.toml:4: suppress[1]: object missing required field `sid`", ""),
    (
        '[[suppress]]\nsid = 1\n[[suppress]]\nsid = 2\ntrack = "by_src"\nip = "here"\n',
        "s.toml:6: suppress[1].ip: `here` is no list of addresses",
        "",
    ),
    ('[alerts]\norder = "pass alarm"\n', "s.toml:2: alerts.order: `alarm` is no rule action: use pass, reject", ""),
    (
        '[ips.variables.nets]\n# mine\nHOME_NET = "10.0.0.0/33"\n',
        "s.toml:3: ips.variables.nets.HOME_NET: `10.0.0.0/33` is no value",
        "",
    ),
    ('[ips.variables.nets]\nHOME_NET = "$AWAY"\n', "ips.variables: `$AWAY` has no value", ""),
    ('[ips.variables.nets]\nA = "$B"\nB = "$A"\n', "ips.variables: ", ""),
]


@pytest.mark.parametrize(("text", "says", "mend"), WRONG)
def test_what_is_wrong_has_its_place_and_a_remedy(text, says, mend):
    with pytest.raises(SettingsError) as told:
        parse_settings(text, "s.toml")
    assert says in str(told.value)
    assert mend in told.value.mend
    assert told.value.mend


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\xff", "is not UTF-8 (byte 0)"), (b"#" * (SIZE_CAP + 1), "larger than 1 MiB"), (None, "no such file")],
)
def test_a_file_that_cannot_be_read(tmp_path, content, says):
    if content is not None:
        (tmp_path / "s.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=says.replace("(", r"\(").replace(")", r"\)")):
        read_settings(tmp_path / "s.toml")


def test_the_line_of_a_key_in_every_dress():
    text = '# first\n\n[a]\nb = [\n  1,\n]\n\n[[c]]\nd = """\nx\n"""\n[[c]]\ne.f = {g = 1}\n'
    assert [line_of(text, path) for path in (["a"], ["a", "b"], ["c", 0, "d"], ["c", 1], ["c", 1, "e", "f", "g"], ["z"])] == [
        3,
        4,
        9,
        12,
        13,
        None,
    ]


def test_each_mode_has_its_defaults_and_what_is_set_counts_in_both():
    settings = parse_settings("[event_queue]\nlog = 7\n", "s.toml")
    stock, complete = effective(settings, "exact"), effective(settings, "complete")
    assert (stock["search_engine"], stock["event_queue"]["max_queue"], stock["daq"]) == (
        {"max_queue_events": 5},
        8,
        {"snaplen": 1518},
    )
    assert (complete["event_queue"]["max_queue"], complete["daq"]) == (1024, {"snaplen": 0})
    assert stock["event_queue"]["log"] == complete["event_queue"]["log"] == 7
    origins = {each.name: each.origin for each in held(settings, "exact", "s.toml")}
    assert (origins["event_queue.log"], origins["daq.snaplen"]) == ("s.toml", "default of exact")


def test_the_model_names_what_the_engine_holds():
    def leaves(table, before=""):
        for name, value in table.items():
            if isinstance(value, dict) and name not in ("nets", "ports"):
                yield from leaves(value, f"{before}{name}.")
            else:
                yield f"{before}{name}"

    engine = set(leaves(effective(parse_settings("", "s.toml"), "exact")))
    listed = {
        name
        for name in every_field()
        if name.split(".")[0] in ("suppress", "event_filter", "rate_filter", "classifications", "references")
    }
    assert engine - {name.split(".")[0] for name in listed} == set(every_field()) - listed


def test_a_file_is_read_again_when_it_changes_and_a_wrong_one_is_told_once(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text("[daq]\nsnaplen = 100\n")
    file = SettingsFile(path)
    assert file.changed() is None
    path.write_text("[daq]\nsnaplen = 2000\n")
    assert file.changed().daq.snaplen == 2000
    path.write_text("[daq]\nsnaplen = 'all'\n")
    with pytest.raises(SettingsError):
        file.changed()
    assert (file.changed(), file.settings.daq.snaplen) == (None, 2000)

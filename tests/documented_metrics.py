"""What docs/metrics.md says of each process, and what an answer of `/metrics` tells, in the same words."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

PAGE = Path(__file__).resolve().parents[1] / "docs" / "metrics.md"
_OF_HISTOGRAMS = {"le"}


def documented(process):
    """{name: (type, labels)} of that section."""
    section = PAGE.read_text().partition(f"\n## {process}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| `")]
    return {name.strip("`"): (kind, set(labels.replace("`", "").replace(",", "").split())) for name, kind, labels, *_ in rows}


def served(text):
    """{name: (type, labels)} of an answer; labels of a figure without any sample are empty."""
    told = {}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        told[name] = (family.type, {label for each in family.samples for label in each.labels} - _OF_HISTOGRAMS)
    return told


def assert_same(process, text, *, without=()):
    """Every figure that is served is documented with its type and labels, and the other way round but for `without`."""
    wanted, found = documented(process), served(text)
    assert set(wanted) - set(found) == set(without)
    for name, (kind, labels) in found.items():
        assert name in wanted, f"{name} is not in docs/metrics.md: make gen"
        assert kind == wanted[name][0]
        assert labels <= wanted[name][1], name

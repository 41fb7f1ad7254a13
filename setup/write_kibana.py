"""Writes deploy/kibana/podlynx.ndjson: what Kibana and OpenSearch Dashboards import (`make gen`).

The objects are of the form of 7.10, the last that both have in common; later versions of either bring them up to date themselves.
"""

import json
from pathlib import Path
from typing import Any, Final

from podlynx.models.event import INDEX

TARGET: Final = Path(__file__).resolve().parents[1] / "deploy" / "kibana" / "podlynx.ndjson"
PATTERN: Final = "podlynx-events"
SEARCH: Final = "podlynx-alerts"
COLUMNS: Final = (
    *("severity", "name", "source_ip", "source_namespace", "source_name", "dest_ip", "dest_namespace", "dest_name"),
    *("dest_port", "host"),
)
_OPEN: Final = "NOT dismissed: true"
_SOURCE_REF: Final = "kibanaSavedObjectMeta.searchSourceJSON.index"
_WIDTH: Final = 48

Object = dict[str, Any]


def _terms(number: int, field: str, label: str, size: int = 10, schema: str = "segment") -> Object:
    params = {"field": field, "orderBy": "1", "order": "desc", "size": size, "customLabel": label}
    return {"id": str(number), "enabled": True, "type": "terms", "schema": schema, "params": params}


COUNT: Final[Object] = {"id": "1", "enabled": True, "type": "count", "schema": "metric", "params": {"customLabel": "Alerts"}}
OVER_TIME: Final[Object] = {
    "id": "2",
    "enabled": True,
    "type": "date_histogram",
    "schema": "segment",
    "params": {"field": "time", "interval": "auto", "min_doc_count": 1, "customLabel": "Time"},
}
WORST: Final[Object] = {
    "id": "3",
    "enabled": True,
    "type": "max",
    "schema": "metric",
    "params": {"field": "severity", "customLabel": "Severity"},
}
PANELS: Final = (
    (
        "podlynx-over-time",
        "Alerts over time, by severity",
        "histogram",
        [COUNT, OVER_TIME, _terms(3, "severity", "Severity", 5, "group")],
    ),
    (
        "podlynx-rules",
        "Rules that fired",
        "table",
        [COUNT, WORST, _terms(2, "name", "Rule", 20, "bucket"), _terms(4, "podlynx.sid", "Signature", 1, "bucket")],
    ),
    ("podlynx-namespaces", "Namespaces that were reached", "pie", [COUNT, _terms(2, "dest_namespace", "Namespace")]),
    (
        "podlynx-pods",
        "Pods that were reached",
        "table",
        [COUNT, _terms(2, "dest_namespace", "Namespace", 10, "bucket"), _terms(3, "dest_name", "Pod", 10, "bucket")],
    ),
    ("podlynx-sources", "Where from", "table", [COUNT, _terms(2, "source_ip", "Address", 20, "bucket")]),
    ("podlynx-techniques", "ATT&CK techniques", "pie", [COUNT, _terms(2, "mitre_ids", "Technique")]),
)
"""(id, title, kind, aggregations) of each visualisation."""


def objects() -> list[Object]:
    """All of them; what others refer to comes first."""
    return [_pattern(), _search(), *(_visualisation(*panel) for panel in PANELS), _dashboard()]


def _pattern() -> Object:
    return {
        "id": PATTERN,
        "type": "index-pattern",
        "attributes": {"title": f"{INDEX}*", "timeFieldName": "time"},
        "references": [],
        "migrationVersion": {"index-pattern": "7.6.0"},
    }


def _source(query: str = _OPEN) -> Object:
    source = {"query": {"query": query, "language": "lucene"}, "filter": [], "indexRefName": _SOURCE_REF}
    return {"searchSourceJSON": json.dumps(source, sort_keys=True)}


def _on_pattern() -> list[Object]:
    return [{"name": _SOURCE_REF, "type": "index-pattern", "id": PATTERN}]


def _search() -> Object:
    return {
        "id": SEARCH,
        "type": "search",
        "attributes": {
            "title": "Podlynx: open alerts",
            "description": "Alerts that nobody dismissed, newest first",
            "columns": list(COLUMNS),
            "sort": [["time", "desc"]],
            "kibanaSavedObjectMeta": _source(),
        },
        "references": _on_pattern(),
        "migrationVersion": {"search": "7.9.3"},
    }


def _visualisation(name: str, title: str, kind: str, aggregations: list[Object]) -> Object:
    state = {"title": f"Podlynx: {title}", "type": kind, "aggs": aggregations, "params": _PARAMS[kind]}
    return {
        "id": name,
        "type": "visualization",
        "attributes": {
            "title": f"Podlynx: {title}",
            "description": "",
            "visState": json.dumps(state, sort_keys=True),
            "uiStateJSON": "{}",
            "kibanaSavedObjectMeta": _source(),
        },
        "references": _on_pattern(),
        "migrationVersion": {"visualization": "7.10.0"},
    }


_AXIS: Final = {"show": True, "labels": {"show": True, "filter": True, "truncate": 100}, "style": {}, "title": {}}
_PARAMS: Final[dict[str, Object]] = {
    "table": {"perPage": 10, "showPartialRows": False, "showMetricsAtAllLevels": False, "showTotal": False},
    "pie": {"type": "pie", "addTooltip": True, "addLegend": True, "legendPosition": "right", "isDonut": True},
    "histogram": {
        "type": "histogram",
        "addTooltip": True,
        "addLegend": True,
        "legendPosition": "right",
        "categoryAxes": [
            {"id": "CategoryAxis-1", "type": "category", "position": "bottom", "scale": {"type": "linear"}, **_AXIS}
        ],
        "valueAxes": [
            {
                "id": "ValueAxis-1",
                "name": "LeftAxis-1",
                "type": "value",
                "position": "left",
                "scale": {"type": "linear", "mode": "normal"},
                **_AXIS,
            }
        ],
        "seriesParams": [
            {
                "show": True,
                "type": "histogram",
                "mode": "stacked",
                "data": {"label": "Alerts", "id": "1"},
                "valueAxis": "ValueAxis-1",
                "drawLinesBetweenPoints": True,
                "showCircles": True,
            }
        ],
    },
}


def _dashboard() -> Object:
    """Two panels a row, the table of alerts below them."""
    panels = []
    references = []
    for place, (name, _, _, _) in enumerate(PANELS):
        grid = {"x": place % 2 * _WIDTH // 2, "y": place // 2 * 14, "w": _WIDTH // 2, "h": 14, "i": str(place)}
        panels.append({"panelIndex": str(place), "gridData": grid, "panelRefName": f"panel_{place}", "embeddableConfig": {}})
        references.append({"name": f"panel_{place}", "type": "visualization", "id": name})
    last = len(PANELS)
    grid = {"x": 0, "y": (last + 1) // 2 * 14, "w": _WIDTH, "h": 20, "i": str(last)}
    panels.append({"panelIndex": str(last), "gridData": grid, "panelRefName": f"panel_{last}", "embeddableConfig": {}})
    references.append({"name": f"panel_{last}", "type": "search", "id": SEARCH})
    whole = {"query": {"query": "", "language": "lucene"}, "filter": []}
    return {
        "id": "podlynx",
        "type": "dashboard",
        "attributes": {
            "title": "Podlynx: deep packet inspection",
            "description": "Alerts of the pods that are inspected",
            "panelsJSON": json.dumps(panels, sort_keys=True),
            "optionsJSON": json.dumps({"useMargins": True, "hidePanelTitles": False}),
            "timeRestore": True,
            "timeFrom": "now-24h",
            "timeTo": "now",
            "refreshInterval": {"pause": False, "value": 60_000},
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(whole, sort_keys=True)},
        },
        "references": references,
        "migrationVersion": {"dashboard": "7.9.3"},
    }


def lines() -> str:
    """One object a line."""
    return "".join(json.dumps(each, sort_keys=True) + "\n" for each in objects())


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(lines())

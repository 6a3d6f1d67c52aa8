"""The panels of logs find a site's entries and no others: their LogsQL, in a real VictoriaLogs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product

import httpx
import pytest

from dashboard_build.catalogue import FOLDER
from dashboard_build.logs import VICTORIALOGS
from victoria_logs import insert, victoria_logs
from victoria_logs import query as query_of

PANELS = [
    (path.stem, panel["title"], panel["targets"][0]["expr"])
    for path in sorted((FOLDER / VICTORIALOGS).glob("*.json"))
    for panel in json.loads(path.read_text())["panels"]
    if panel["type"] == "logs"
]
COMPONENTS = ("server", "web", "worker", "uploads", "database", "plugin-database", "redis")
STREAMS = "namespace,instance,component,pod"
OPERATOR = {"namespace": "omero-system", "instance": "omero-platform", "component": "operator"}


def _entries() -> list[dict[str, str]]:
    """Of two sites whose names begin alike, in two namespaces that do, and of the operator."""
    sites = product(("lab", "lab-2"), ("demo", "demo-2"), COMPONENTS, ("info", "error"))
    found = [
        {"namespace": namespace, "instance": name, "component": part, "level": level}
        for namespace, name, part, level in sites
    ]
    found.append(OPERATOR | {"level": "info"})
    for each in found:
        each["pod"] = f"{each['instance']}-{each['component']}-5f7d9-x2x4z"
        each["_msg"] = " ".join(each.values())
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """VictoriaLogs with these entries."""
    with victoria_logs(tmp_path_factory.mktemp("victoria-logs")) as client:
        insert(client, [each | {"_time": "0"} for each in _entries()], STREAMS)
        yield client


@pytest.mark.parametrize(("dashboard", "title", "query"), PANELS)
def test_a_panel_finds_what_it_is_about(
    store: httpx.Client, dashboard: str, title: str, query: str
) -> None:
    asked = query.replace("$namespace", "lab").replace("$instance", "demo")
    found = query_of(store, asked)
    assert found, (dashboard, title)
    if dashboard == "omero-operator":
        assert [each["component"] for each in found] == ["operator"]
        return
    assert {(each["namespace"], each["instance"]) for each in found} == {("lab", "demo")}
    if "level:" in query:
        assert sorted(each["component"] for each in found) == sorted(COMPONENTS)
        assert {each["level"] for each in found} == {"error"}
    else:
        assert len({each["component"] for each in found}) == 1
        assert len(found) == 2

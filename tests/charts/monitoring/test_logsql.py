"""The panels of logs find a site's entries and no others: their LogsQL, in a real VictoriaLogs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import httpx
import pytest

from dashboard_build.catalogue import FOLDER
from dashboard_build.logs import VICTORIALOGS
from free_ports import free_port
from tools.common.paths import bin_folder
from tools.common.wait import wait_until

PANELS = [
    (path.stem, panel["title"], panel["targets"][0]["expr"])
    for path in sorted((FOLDER / VICTORIALOGS).glob("*.json"))
    for panel in json.loads(path.read_text())["panels"]
    if panel["type"] == "logs"
]
COMPONENTS = ("server", "web", "worker", "uploads", "database", "plugin-database", "redis")
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
    port, folder = free_port(), tmp_path_factory.mktemp("victoria-logs")
    command: list[str | Path] = [bin_folder() / "victoria-logs"]
    command += [f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={folder / 'data'}"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            wait_until(lambda: _answers(client), 30, lambda why: (folder / "log").read_text() + why)
            streams = "namespace,instance,component,pod"
            lines = "\n".join(json.dumps(each | {"_time": "0"}) for each in _entries())
            where = {"_stream_fields": streams}
            client.post("/insert/jsonline", params=where, content=lines).raise_for_status()
            client.get("/internal/force_flush").raise_for_status()
            yield client
    finally:
        server.kill()
        server.wait()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").is_success
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(("dashboard", "title", "query"), PANELS)
def test_a_panel_finds_what_it_is_about(
    store: httpx.Client, dashboard: str, title: str, query: str
) -> None:
    asked = query.replace("$namespace", "lab").replace("$instance", "demo")
    answer = store.post("/select/logsql/query", data={"query": asked})
    assert answer.is_success, answer.text
    found = [json.loads(line) for line in answer.text.splitlines()]
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

"""`helm upgrade` as the documents tell it, from a chart with fewer keys and older defaults."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from http_double import answering
from omero_ci.charts import kubernetes_version
from omero_ci.paths import ROOT, path_with_tools

# A key of the chart's values that came with some version.
NEW_KEY = "networkPolicy"
NEEDS_IT = "networkpolicy.yaml"
# What an older chart had as the tag of Redis.
OLD_TAG = "7.0-alpine"
RELEASE = "omero-platform"
NAMESPACE = ["--namespace", "omero-system"]


class _Discovery(BaseHTTPRequestHandler):
    """What Helm asks a cluster before it renders: its version and its kinds, here none."""

    answers = {  # noqa: RUF012 - read only
        "/version": {"gitVersion": kubernetes_version()},
        "/api": {"kind": "APIVersions", "versions": []},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    }

    def do_GET(self) -> None:
        body = json.dumps(self.answers[self.path.partition("?")[0]]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Helm:
    """The real program; releases are in a file, and what it would send to a cluster goes nowhere.

    Helm's own driver for tests, `memory`, holds them: the merge of old and new values, the schema
    and the templates are those of every `helm upgrade`.
    """

    def __init__(self, server: str, folder: Path) -> None:
        self._releases = folder / "releases.json"
        self._releases.write_text("[]")
        self._environment = os.environ | {
            "PATH": path_with_tools(),
            "HELM_DRIVER": "memory",
            "HELM_MEMORY_DRIVER_DATA": str(self._releases),
            "HELM_KUBEAPISERVER": server,
        }

    def run(self, *arguments: str, chart: Path = ROOT) -> dict[str, Any]:
        """Run a command in the chart's folder; the release that it made."""
        command = ["helm", *arguments, "--output", "json"]
        ended = subprocess.run(
            command, cwd=chart, env=self._environment, capture_output=True, text=True
        )
        if ended.returncode:
            raise RuntimeError(ended.stderr)
        release: dict[str, Any] = json.loads(ended.stdout)
        self._releases.write_text(json.dumps([release]))
        return release


@pytest.fixture
def helm(tmp_path: Path) -> Iterator[Helm]:
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), _Discovery)) as url:
        yield Helm(url.rstrip("/"), tmp_path)


@pytest.fixture(scope="module")
def old_chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart before it knew `NEW_KEY`, and with `OLD_TAG`."""
    chart = tmp_path_factory.mktemp("old") / "chart"
    chart.mkdir()
    for name in ("Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"):
        shutil.copy(ROOT / name, chart)
    for name in ("templates", "charts"):
        shutil.copytree(ROOT / name, chart / name)
    operator = chart / "charts" / "omero-operator"
    (operator / "templates" / NEEDS_IT).unlink()
    for file, read in (("values.yaml", yaml.safe_load), ("values.schema.json", json.loads)):
        content = read((operator / file).read_text())
        del content.get("properties", content)[NEW_KEY]
        if file == "values.yaml":
            content["global"]["images"]["redis"] |= {"tag": OLD_TAG, "digest": ""}
        (operator / file).write_text(json.dumps(content))
    return chart


def _documented() -> list[str]:
    """The command of docs/operations.md, without the program's name."""
    (line,) = re.findall(
        r"^    helm (upgrade omero-platform .*)$",
        (ROOT / "docs" / "operations.md").read_text(),
        re.MULTILINE,
    )
    return shlex.split(line)


def _kinds(release: dict[str, Any]) -> set[str]:
    return {one["kind"] for one in yaml.safe_load_all(release["manifest"]) if one}


def test_documented_upgrade_keeps_what_was_chosen_and_takes_new_defaults(
    helm: Helm, old_chart: Path
) -> None:
    chosen = ("--set", "omero-operator.replicas=2")
    before = helm.run("install", RELEASE, "./", *NAMESPACE, *chosen, chart=old_chart)
    assert "NetworkPolicy" not in _kinds(before)
    assert OLD_TAG in before["manifest"]
    after = helm.run(*_documented())
    assert after["config"] == {"omero-operator": {"replicas": 2}}
    assert "replicas: 2" in after["manifest"]
    assert "NetworkPolicy" in _kinds(after)
    assert OLD_TAG not in after["manifest"]


def test_reuse_values_would_keep_old_defaults(helm: Helm, old_chart: Path) -> None:
    """Why the documents do not tell it: an image with a mended fault would never arrive."""
    helm.run("install", RELEASE, "./", *NAMESPACE, chart=old_chart)
    after = helm.run("upgrade", RELEASE, "./", *NAMESPACE, "--reuse-values")
    assert OLD_TAG in after["manifest"]

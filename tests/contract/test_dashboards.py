"""Queries of dashboards and rules: of this site, of published metrics, and in correct language."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from dashboard_build import catalogue, published, queries
from dashboard_build.logs import LOKI, STORES, logql
from dashboard_build.queries import Query
from dashboard_build.report import filled
from omero_ci.paths import ROOT, environment_with_tools
from omeroweb_admin_tools.planning.logs.logql import errors_question
from omeroweb_admin_tools.planning.logs.model import SECOND, Range, Site
from tools.installer.logql import RECIPE, folder

CHARTS = ROOT / "charts"
OPERATOR = yaml.safe_load((CHARTS / "omero-operator" / "values.yaml").read_text())
PINNED = {
    **yaml.safe_load((CHARTS / "omero-monitoring" / "values.yaml").read_text()),
    **{part: {"image": image} for part, image in OPERATOR["global"]["images"].items()},
}
ALL = [*queries.of_dashboards(), *queries.of_rules()]
IDS = {
    "omero-infrastructure",
    "database-metrics",
    "plugin-database-metrics",
    "redis-metrics",
    "omero-operator",
    "omero-plugins",
}
# About all sites, on purpose.
OF_ALL = {"variable namespace", "variable node", "Platforms", "Platforms ready"}
# Of no site: nodes, and what the operator says of itself.
NOT_OF_A_SITE = re.compile(r"node_|omero_operator_|omero:site:info$")


@pytest.mark.parametrize("store", STORES)
def test_dashboards_have_the_ids_that_pages_link_to(store: str) -> None:
    files = list((catalogue.FOLDER / store).iterdir())
    assert {path.stem for path in files} == IDS
    for path in files:
        dashboard = json.loads(path.read_text())
        assert dashboard["uid"] == path.stem
        names = [variable["name"] for variable in dashboard["templating"]["list"]]
        assert names[:4] == ["datasource", "logs", "namespace", "instance"]
        assert [p["type"] for p in dashboard["panels"]].count("logs") >= 1
        assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_every_metric_is_published_by_a_pinned_program() -> None:
    programs = published.programs()
    unknown = {name: places for name, places in published.used().items() if name not in programs}
    assert unknown == {}


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("kubeStateMetrics", "kube-state-metrics"),
        ("nodeExporter", "node_exporter"),
        ("blackbox", "blackbox_exporter"),
        ("postgresExporter", "postgres_exporter"),
        ("redisExporter", "redis_exporter"),
    ],
)
def test_published_names_are_those_of_the_version_in_the_chart(part: str, name: str) -> None:
    version = PINNED[part]["image"]["tag"].removeprefix("v")
    assert (published.LISTS / f"{name}-{version}.txt").exists()


def test_questions_of_dashboards_are_about_the_chosen_site() -> None:
    for query in queries.of_dashboards():
        if query.name in OF_ALL:
            continue
        for metric, matchers in re.findall(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}", query.text):
            if NOT_OF_A_SITE.match(metric):
                continue
            assert 'namespace=~"$namespace"' in matchers, query
            joined = "omero:pod:info{" in query.text
            assert 'instance=~"$instance"' in matchers or joined, query


def test_prometheus_reads_every_query(tmp_path: Path) -> None:
    rules = [
        {"record": f"query:{number}", "expr": filled(query.text)}
        for number, query in enumerate(ALL)
    ]
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
    ended = _run(["promtool", "check", "rules", str(path)])
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_loki_reads_every_query() -> None:
    asked = [logql(wanted) for page in catalogue.PAGES for wanted in page.logs.values()]
    in_files = [
        target["expr"]
        for path in (catalogue.FOLDER / LOKI).glob("*.json")
        for panel in json.loads(path.read_text())["panels"]
        if panel["type"] == "logs"
        for target in panel["targets"]
    ]
    assert sorted(asked) == sorted(in_files)
    # What the exporter asks is no panel's.
    errors = errors_question(Site("images", "demo"), Range(0, 600 * SECOND)).form["query"]
    texts = json.dumps([*(filled(text) for text in asked), errors])
    ended = _run(["node", str(RECIPE / "check.mjs"), str(folder())], texts)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_grammar_of_loki_finds_a_mistake() -> None:
    ended = _run(["node", str(RECIPE / "check.mjs"), str(folder())], '["{a=}", "{a=\\"b\\"}"]')
    assert ended.returncode == 1
    assert ended.stdout == "{a=}: not accepted at character 3\n"


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ('sum by (a, b) (rate(x_total{c="d{}"}[5m])) / on (a) group_left (e) y', {"x_total", "y"}),
        ("max(a:b:c) or vector(0) > bool 1e3", {"a:b:c"}),
        ("absent(up offset 1h) unless on () z == 0", {"up", "z"}),
        ('label_replace(a, "b", "$1", "c", "(.+)") and time() - d > 3 * 86400', {"a", "d"}),
    ],
)
def test_metrics_of_a_query(text: str, metrics: set[str]) -> None:
    assert Query("", "", text).metrics == metrics


def _run(command: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        input=given,
        env=environment_with_tools(),
        capture_output=True,
        text=True,
        check=False,
    )

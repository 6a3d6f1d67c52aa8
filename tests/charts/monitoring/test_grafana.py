"""Grafana has all that its dashboards need, and a way to get it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
import yaml

from omero_ci.charts import MONITORING_CHART

Rendered = Callable[..., list[dict[str, Any]]]
# Data sources that Grafana's image has.
BUILT_IN: Final = {"prometheus", "loki"}
PLUGIN: Final = "victoriametrics-logs-datasource"
WITH_GRAFANA: Final = (
    "grafana.enabled=true,grafana.url=https://g.example.org/,grafana.adminSecret=a"
)
DNS: Final = {53, 5353}


@pytest.fixture
def grafana(rendered: Rendered) -> Callable[[str], list[dict[str, Any]]]:
    """The chart's manifests with Grafana and more values, as `--set` takes them."""

    def manifests(values: str = "") -> list[dict[str, Any]]:
        options = ("--set", ",".join(filter(None, (WITH_GRAFANA, values))))
        return rendered(*options, chart=MONITORING_CHART)

    return manifests


def _one(manifests: list[dict[str, Any]], kind: str, name: str = "grafana") -> dict[str, Any]:
    (found,) = [
        each
        for each in manifests
        if each["kind"] == kind and each["metadata"]["name"] == f"omero-platform-{name}"
    ]
    return found


def _variables(manifests: list[dict[str, Any]]) -> dict[str, str]:
    (container,) = _one(manifests, "StatefulSet")["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each["value"] for each in container["env"]}


def _to_anywhere(manifests: list[dict[str, Any]]) -> set[int]:
    """The ports to which Grafana may connect at any address."""
    rules = _one(manifests, "NetworkPolicy")["spec"]["egress"]
    return {port["port"] for rule in rules if "to" not in rule for port in rule["ports"]} - DNS


def _sources(manifests: list[dict[str, Any]]) -> dict[str, str]:
    """The data sources: type → uid."""
    text = _one(manifests, "ConfigMap")["data"]["datasources.yaml"]
    return {each["type"]: each["uid"] for each in yaml.safe_load(text)["datasources"] or []}


@pytest.mark.parametrize("stack", ["victorialogs", "loki"])
def test_each_data_source_of_a_dashboard_is_there(
    grafana: Callable[[str], list[dict[str, Any]]], stack: str
) -> None:
    manifests = grafana(f"logs.stack={stack}")
    installed = _variables(manifests).get("GF_PLUGINS_PREINSTALL_SYNC", "").split("@")[0]
    sources = set(_sources(manifests))
    assert sources <= BUILT_IN | {installed}
    asked = set()
    for manifest in manifests:
        if manifest["metadata"]["name"].startswith("omero-platform-dashboard-"):
            (text,) = manifest["data"].values()
            variables = json.loads(text)["templating"]["list"]
            asked |= {each["query"] for each in variables if each["type"] == "datasource"}
    assert asked == sources


def test_the_plugin_is_downloaded_in_the_pinned_version(
    grafana: Callable[[str], list[dict[str, Any]]],
) -> None:
    manifests = grafana("")
    version = yaml.safe_load((MONITORING_CHART / "values.yaml").read_text())["grafana"][
        "logsPlugin"
    ]["version"]
    assert _variables(manifests)["GF_PLUGINS_PREINSTALL_SYNC"] == f"{PLUGIN}@{version}"
    assert _to_anywhere(manifests) == {443}


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://files.example.org:8080/plugin.zip", 8080),
        ("http://files.example.org/plugin.zip", 80),
        ("https://files.example.org/plugin.zip", 443),
    ],
)
def test_the_plugin_can_come_from_a_server_inside(
    grafana: Callable[[str], list[dict[str, Any]]], url: str, port: int
) -> None:
    manifests = grafana(f"grafana.logsPlugin.url={url},grafana.logsPlugin.version=1.2.3")
    assert _variables(manifests)["GF_PLUGINS_PREINSTALL_SYNC"] == f"{PLUGIN}@1.2.3@{url}"
    assert _to_anywhere(manifests) == {port}


@pytest.mark.parametrize(
    "values", ["grafana.logsPlugin.download=false", "logs.stack=loki", "logs.enabled=false"]
)
def test_without_a_download_no_port_is_open(
    grafana: Callable[[str], list[dict[str, Any]]], values: str
) -> None:
    manifests = grafana(values)
    variables = _variables(manifests)
    assert variables["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert "GF_PLUGINS_PREINSTALL_SYNC" not in variables
    assert _to_anywhere(manifests) == set()


@pytest.mark.parametrize(
    ("url", "path"),
    [("https://omero.example.org/grafana", "/grafana/"), ("https://grafana.example.org", "/")],
)
def test_the_address_is_a_path_or_a_host_of_its_own(
    grafana: Callable[[str], list[dict[str, Any]]], url: str, path: str
) -> None:
    manifests = grafana(f"grafana.url={url}")
    (rule,) = _one(manifests, "Ingress")["spec"]["rules"]
    (served,) = rule["http"]["paths"]
    assert f"https://{rule['host']}{served['path']}" == _variables(manifests)["GF_SERVER_ROOT_URL"]
    assert served["path"] == path


def test_grafana_has_time_for_the_download(
    grafana: Callable[[str], list[dict[str, Any]]],
) -> None:
    """It gives up after five minutes by itself; the kubelet must not end it before."""
    (container,) = _one(grafana(""), "StatefulSet")["spec"]["template"]["spec"]["containers"]
    start = container["startupProbe"]
    assert start["periodSeconds"] * start["failureThreshold"] > 300

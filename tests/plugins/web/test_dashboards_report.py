"""The report of the dashboards' queries, on a Prometheus that scrapes real programs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics import MetricWrapperBase

import monitoring_lab
from dashboard_build import report
from dashboard_build.report import Answer
from free_ports import free_port
from local_services import folder_for_postgres
from monitoring_lab import SITE, Target
from omero_ci.paths import ROOT
from omero_operator import metrics
from scraping import exporter_of
from whole_site import WholeSite

# What only a cluster has.
NOT_HERE: Final = ("kube", "container_", "omero:pod:", "omero:volume:", "omero_log", "omero:log_")
# Of the loopback device there are no panels, and a test run may have no other.
NO_NETWORK: Final = ("node_network_",)
# OMERO.web's pods, and what has to happen first.
NOT_HERE_YET: Final = ("omero_web_", "omero_jobs", "omero_upload_", "omero_export_seconds")
# What an operator counts that has done something.
OPERATOR: Final = ("omero_operator_",)


@pytest.fixture
def operator_metrics() -> Iterator[Target]:
    """What the operator would publish of a site that is ready."""
    present = {"Ready": "True", "ServerReady": "True", "WebReady": "False"}
    metrics.CONDITIONS.publish("images", "demo", present, asleep=False)
    metrics.LEADER.set(1)
    # Other tests in this process may have counted for OMERO.web.
    registry = CollectorRegistry()
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase | metrics.Conditions):
            registry.register(metric)
    port = free_port()
    server, thread = start_http_server(port, "127.0.0.1", registry)
    yield Target("omero-operator", port, {"component": "operator", "pod": "operator-1"})
    server.shutdown()
    server.server_close()
    thread.join()
    metrics.forget("images", "demo")


def test_queries_return_data_of_real_exporters(
    whole: WholeSite, operator_metrics: Target, tmp_path: Path
) -> None:
    with (
        folder_for_postgres() as folder,
        monitoring_lab.exporters(tmp_path, folder) as (targets, use_redis),
        exporter_of(whole, tmp_path) as figures,
    ):
        pod = {**SITE, "component": "exporter", "pod": "demo-exporter-1"}
        targets += [operator_metrics, Target("sites", figures, pod)]
        with monitoring_lab.prometheus(tmp_path, targets, use_redis) as url:
            answers = report.ask(url, **SITE)
            printed = _command(url)
            other = report.ask(url, "elsewhere", "demo")
    assert printed == report.table(answers)
    nothing = [answer for answer in answers if report.is_nothing(answer)]
    unexplained = [answer for answer in nothing if not _explained(answer)]
    assert [answer.query.name for answer in unexplained] == ["Web pods"], report.table(nothing)
    _check_dashboards(answers)
    # Of another namespace there is nothing but nodes and what is of all sites.
    seen = {a.query.name for a in other if a.series and a.query.place == "database-metrics"}
    assert seen == {"variable namespace"}


def _check_dashboards(answers: list[Answer]) -> None:
    silent = [a.query.name for a in answers if a.query.place == "redis-metrics" and not a.series]
    assert silent == []
    silent = [a.query.name for a in answers if a.query.place == "database-metrics" and not a.series]
    assert silent == ["Space of the volume"]
    alerts = {a.query.name: a for a in answers if a.query.place.endswith(".yaml")}
    # One condition is not True: its alert would fire, and those of the others are quiet.
    assert alerts["OmeroWebDown"].series == 1
    assert alerts["Watchdog"].series == 1
    assert report.is_quiet_alert(alerts["OmeroServerDown"])
    assert report.is_quiet_alert(alerts["OmeroRepositoryIdentity"])


def _explained(answer: Answer) -> bool:
    missing = answer.note.removeprefix("no series of ").split(", ")
    return any(name.startswith(NOT_HERE + NO_NETWORK + NOT_HERE_YET + OPERATOR) for name in missing)


def _command(url: str) -> str:
    command = [ROOT / "ci" / "dashboards", "report", "--url", url]
    command += ["--namespace", SITE["namespace"], "--instance", SITE["instance"]]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return ended.stdout.rstrip("\n")

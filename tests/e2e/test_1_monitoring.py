"""What a site writes is in the log store once each, and what it measures is in Prometheus.

Every run asks the site's own pods; at night the monitoring of `make demo` runs beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from omero_ci.kubectl import Kubectl
from site_ring.installation import RELEASE, SYSTEM, Site, all_of
from site_ring.login import MS_TO_BE_DRAWN, log_in
from site_ring.monitoring import entries, prometheus, stream_fields
from tools.common.wait import wait_until

pytestmark = pytest.mark.timeout(3600)

# A metric that only the real source behind it can give, by component and container.
MEASURED = {
    ("database", "postgres-exporter"): "pg_up 1",
    ("plugin-database", "postgres-exporter"): "pg_up 1",
    ("redis", "redis-exporter"): "redis_up 1",
    ("web", "omero-web"): "omero_web_requests_running",
    ("exporter", "exporter"): 'omero_exporter_up{source="omero"} 1.0',
}
COLLECTOR = f"daemonset/{RELEASE}-otel-collector"
LOG = "/opt/omero/server/OMERO.server/var/log/Blitz-0.log"
# What the pages and the dashboards ask by. Nothing else of a pod becomes a label.
FIELDS = {"namespace", "instance", "component", "pod", "container", "file"}
JOBS = {
    *("omero-platform", "omero-operator", "monitoring", "kube-state-metrics", "node-exporter"),
    *("kubelet", "cadvisor", "probe-login-page", "probe-omero"),
}
# Seconds; a busy machine is slow.
WITHIN = 300


def write(site: Site, first: int, last: int) -> None:
    """Write entries of several lines: what a pod of OMERO.web prints, and a log file of OMERO."""
    printed = (
        f"for n in $(seq {first} {last}); do "
        r"printf '2026-11-30 ERROR printed-%s-\nTraceback (most recent call last):\n  of %s\n' "
        "$n $n; done > /proc/1/fd/1"
    )
    site.exec("deploy/demo-web", "sh", "-c", printed)
    filed = (
        f"for n in $(seq {first} {last}); do "
        r"""printf '%s,001 WARN  [x] (y) filed-%s-\njava.lang.Error: of\n\tat %s\n' """
        f"\"$(date -u '+%Y-%m-%d %H:%M:%S')\" $n $n; done >> {LOG}"
    )
    site.exec("statefulset/demo-server", "sh", "-c", filed)


def found(kubectl: Kubectl, word: str) -> Counter[int]:
    """How often each entry is in the store; only those of three lines."""
    texts = [each["_msg"] for each in entries(kubectl, f'_msg:~"{word}-[0-9]+-" | fields _msg')]
    whole = [text for text in texts if text.count("\n") == 2]
    assert len(whole) == len(texts), texts
    return Counter(int(re.findall(rf"{word}-(\d+)-", text)[0]) for text in whole)


def measured(site: Site) -> dict[tuple[str, str], str]:
    """What each container with a port for metrics says, by component and container."""
    told = {}
    for pod in all_of(site.kubectl, "pods", site.namespace):
        for container in pod["spec"]["containers"]:
            for port in container.get("ports", []):
                if port.get("name") == "metrics":
                    place = f"/api/v1/namespaces/{site.namespace}/pods/{pod['metadata']['name']}"
                    address = f"{place}:{port['containerPort']}/proxy/metrics"
                    component = pod["metadata"]["labels"]["app.kubernetes.io/component"]
                    said = site.kubectl.run("get", "--raw", address)
                    told[component, container["name"]] = said
    return told


def test_every_part_of_a_site_measures_itself(site: Site) -> None:
    def told() -> bool:
        said = measured(site)
        return all(words in said.get(where, "") for where, words in MEASURED.items())

    # The site's exporter asks OMERO and the queue now and then.
    wait_until(told, WITHIN, lambda why: f"{why}: {sorted(measured(site))}", pause=1)


@pytest.mark.nightly
def test_entries_arrive_once_each_also_over_a_restart_of_the_collector(watched: Site) -> None:
    site, kubectl = watched, watched.kubectl
    write(site, 1, 40)
    wait_until(lambda: len(found(kubectl, "filed")) == 40, WITHIN, str, pause=1)
    write(site, 41, 80)
    kubectl.run("rollout", "restart", COLLECTOR, "--namespace", SYSTEM)
    write(site, 81, 120)
    status = ("rollout", "status", COLLECTOR, "--namespace", SYSTEM, "--timeout=600s")
    kubectl.run(*status)
    write(site, 121, 160)
    once = Counter(range(1, 161))
    for word in ("printed", "filed"):
        wait_until(partial(_all_there, kubectl, word, once), WITHIN, str, pause=1)
        assert found(kubectl, word) == once


def _all_there(kubectl: Kubectl, word: str, wanted: Counter[int]) -> bool:
    """Whether as many entries as wanted are in the store, once each or not."""
    return found(kubectl, word).total() >= wanted.total()


@pytest.mark.nightly
def test_an_entry_says_whose_it_is_and_nothing_else(watched: Site) -> None:
    site = watched
    write(site, 501, 501)
    wait_until(lambda: found(site.kubectl, "filed")[501] == 1, WITHIN, str, pause=1)
    (filed,) = entries(site.kubectl, '_msg:"filed-501-"')
    wanted = {
        "namespace": site.namespace,
        "instance": site.name,
        "component": "server",
        "pod": f"{site.name}-server-0",
        "file": "Blitz-0.log",
        "level": "warn",
    }
    assert {key: filed.get(key) for key in wanted} == wanted
    (printed,) = entries(site.kubectl, '_msg:"printed-501-"')
    assert (printed["component"], printed["level"]) == ("web", "error")
    assert stream_fields(site.kubectl) <= FIELDS


@pytest.mark.nightly
def test_prometheus_reaches_everything_that_it_has_found(watched: Site) -> None:
    site = watched

    def targets() -> list[dict[str, str]]:
        active = prometheus(site.kubectl, "targets", state="active")["activeTargets"]
        return [{**each["labels"], **each} for each in active]

    def all_up() -> bool:
        return {each["job"] for each in targets()} >= JOBS and all(
            each["health"] == "up" for each in targets()
        )

    def why(reason: str) -> str:
        down = [
            f"{each['job']} {each['scrapeUrl']}: {each['lastError']}"
            for each in targets()
            if each["health"] != "up"
        ]
        missing = JOBS - {each["job"] for each in targets()}
        return f"{reason}: without targets {missing}; down: {down}"

    wait_until(all_up, WITHIN, why, pause=2)
    components = {each["component"] for each in targets() if each["job"] == "omero-platform"}
    assert components >= {"database", "plugin-database", "redis", "web", "worker", "exporter"}
    probes = prometheus(site.kubectl, "query", query="probe_success")["result"]
    assert {each["metric"]["job"]: each["value"][1] for each in probes} == {
        "probe-login-page": "1",
        "probe-omero": "1",
    }


@pytest.mark.nightly
def test_the_page_of_logs_shows_what_the_collector_has_brought(
    watched: Site, page: Page, artifacts: Path
) -> None:
    site = watched
    write(site, 901, 901)
    wait_until(lambda: found(site.kubectl, "filed")[901] == 1, WITHIN, str, pause=1)
    log_in(page, site)
    page.goto(f"{site.url}omeroweb_admin_tools/logs/")
    expect(page.locator("body")).to_contain_text("filed-901-", timeout=MS_TO_BE_DRAWN)
    page.screenshot(path=artifacts / "logs-of-the-cluster.png", full_page=True)

"""Resources as an administrator sees them, from doubles of the Kubernetes API and Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

import local_services
from browser.accessibility import check_accessible
from browser.keep import picture
from browser.objects.login import LoginPage
from browser.objects.plugin import PluginPage
from browser.site_under_test import SiteUnderTest
from browser.widths import at_widths
from cluster_doubles import KubernetesApiDouble, PrometheusDouble
from cluster_objects import BAD_NAME, event, site
from http_double import serving
from whole_site import WholeSite

GRAFANA = "https://omero.example.org/grafana"
SERIES = {
    "node_cpu_seconds_total": [({"node": "node-1"}, 20.0), ({"node": "node-2"}, 35.0)],
    "node_memory_MemAvailable": [({"node": "node-1"}, 61.0), ({"node": "node-2"}, 44.0)],
    "container_memory_working_set": [({"pod": f"demo-web-{at}"}, at * 1e8) for at in range(1, 5)],
    "pg_database_size_bytes": [({"component": BAD_NAME}, 5e9)],
    "omero_web_requests_total": [({"code": "200"}, 3.2), ({"code": "500"}, 0.4)],
    "kubelet_volume_stats_used_bytes": [({"persistentvolumeclaim": "demo-db"}, 9.9e9)],
    "kubelet_volume_stats_capacity_bytes": [({"persistentvolumeclaim": "demo-db"}, 1.07e10)],
}


@pytest.fixture(scope="module")
def api() -> Iterator[KubernetesApiDouble]:
    with serving(KubernetesApiDouble()) as double:
        yield double


@pytest.fixture(scope="module")
def prometheus() -> Iterator[PrometheusDouble]:
    with serving(PrometheusDouble(series=SERIES)) as double:
        yield double


@pytest.fixture(scope="module")
def beside(
    whole: WholeSite,
    api: KubernetesApiDouble,
    prometheus: PrometheusDouble,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[local_services.Site]:
    """OMERO.web that knows both."""
    folder: Path = tmp_path_factory.mktemp("resources")
    (folder / "token").write_text("a-token-of-the-kubelet")
    names = {
        "ADMIN_TOOLS_NAMESPACE": "imaging",
        "ADMIN_TOOLS_INSTANCE": "demo",
        "ADMIN_TOOLS_KUBERNETES_URL": api.url,
        "ADMIN_TOOLS_KUBERNETES_TOKEN_FILE": str(folder / "token"),
        "ADMIN_TOOLS_KUBERNETES_CA_FILE": "/etc/ssl/certs/ca-certificates.crt",
        "ADMIN_TOOLS_PROMETHEUS_URL": prometheus.url,
        "ADMIN_TOOLS_GRAFANA_URL": GRAFANA,
    }
    with local_services.web_beside(whole.site, folder, **names) as web:
        yield web


@pytest.fixture
def resources(
    request: pytest.FixtureRequest,
    whole: WholeSite,
    beside: local_services.Site,
    api: KubernetesApiDouble,
    prometheus: PrometheusDouble,
) -> PluginPage:
    """The page of root."""
    api.objects, api.down, prometheus.down = site(), set(), set()
    page = request.getfixturevalue("page")
    under_test = SiteUnderTest(beside.url, "root", whole.site.standin.password, beside)
    LoginPage(page, under_test).log_in_at_once()
    return PluginPage(page, under_test, "omeroweb_admin_tools/resource-monitoring/")


def test_what_runs_and_how_it_has_been(
    resources: PluginPage, api: KubernetesApiDouble, prometheus: PrometheusDouble
) -> None:
    api.down, prometheus.down = {"cronjobs"}, {"pg_stat"}
    # A busy hour, with what a long probe says.
    api.objects["events"] += [event("Pod", "demo-db-0", 10, message="probe " * 99)] * 40
    resources.open()
    main = resources.main
    expect(main.locator("#cluster-status")).to_contain_text(
        "demo in the namespace imaging: 5 pods, 1 with troubles, 12 restarts."
    )
    expect(main.get_by_role("alert")).to_contain_text("Unknown: CronJobs: it answered 503")
    pods = main.locator("#pods")
    # What somebody wrote into a message is text.
    expect(pods).to_contain_text(f"CrashLoopBackOff. back-off 5m0s {BAD_NAME}")
    expect(pods).to_contain_text("OOMKilled: it needed more memory than its limit")
    expect(pods.get_by_label("Memory of demo-server-0")).to_have_attribute("high", "966367641.6")
    expect(main.get_by_label("Use of demo-db")).to_be_visible()
    expect(pods.get_by_role("link", name="Logs of demo-server-0")).to_have_attribute(
        "href", "/omeroweb_admin_tools/logs/?pod=demo-server-0&lookback=3600"
    )
    events = main.locator("#events tbody tr")
    expect(events).to_have_count(20)
    expect(events.last.locator("summary")).to_have_text(f"{('probe ' * 50)} …")
    expect(main.get_by_role("img", name="Nodes: CPU. node-2")).to_be_visible()
    expect(main.get_by_text("Connections: it answered 503: query timed out")).to_be_visible()
    for width in at_widths(resources.page, (360, 1280)):
        picture(resources.page, f"admin-tools-resources-{width}")
        check_accessible(resources.page)
    main.get_by_role("button", name="Show all 42 Events").click()
    expect(events).to_have_count(42)
    main.get_by_label("Of the last").select_option("86400")
    link = main.get_by_role("link", name="Grafana: Redis")
    expect(link).to_have_attribute(
        "href",
        f"{GRAFANA}/d/redis-metrics?var-namespace=imaging&var-instance=demo&from=now-24h&to=now",
    )
    expect(main.get_by_role("img", name="Nodes: CPU. node-2")).to_be_visible()
    # One of both is unavailable: what was shown stays, and so does the other.
    api.down = {"/"}
    main.get_by_role("button", name="Refresh now").click()
    expect(main.get_by_role("alert")).to_contain_text("The Kubernetes API gives no answer since 20")
    expect(main.locator("#cluster-status")).to_contain_text("This was so at")
    expect(pods.get_by_role("rowheader", name="demo-server-0")).to_be_attached()
    expect(main.locator("#figures-status")).to_have_text("")
    api.down, prometheus.down = set(), {"("}
    main.get_by_role("button", name="Refresh now").click()
    expect(main.get_by_role("alert")).to_be_empty()
    expect(main.locator("#figures-status")).to_contain_text("Prometheus gives no answer since 20")

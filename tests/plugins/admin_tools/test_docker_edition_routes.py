"""Every address of the Docker edition's admin tools answers, or says what there is instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import local_services
from admin_tools_routes import PLUGIN
from plugin_site import Browser
from whole_site import WholeSite

GRAFANA: Final = "https://omero.example.org/grafana"
# Address, and what the answer of a site without log store, Kubernetes API and Prometheus is.
PAGES: Final = (
    "", "logs/", "resource-monitoring/", "storage/", "server-database-testing/", "help/",
)  # fmt: skip
ANSWERS: Final = {
    "root-status/": {"is_root_user"},
    "storage/data/": {"totals", "by_user", "by_group", "by_user_group"},
    "storage/quota/data/": {"quotas_gb", "logs", "reconcile"},
}
WITHOUT_SERVERS: Final = {
    "logs/data/?container=omeroserver&lookback=900&limit=10&query=x&level=error": "no_log_store",
    "logs/internal-labels/?service=omeroserver_internal": "no_log_store",
    "resource-monitoring/data/": "no_kubernetes",
}
PROXIES: Final = ("grafana-proxy", "prometheus-proxy")


def test_pages_and_answers(root: Browser) -> None:
    for page in PAGES:
        answer = root.get(PLUGIN + page)
        assert answer.status_code == 200, page
        kind = "text/markdown" if page == "help/" else "text/html"
        assert answer.headers["Content-Type"].startswith((kind, "text/html")), page
    for address, keys in ANSWERS.items():
        assert keys <= root.get(PLUGIN + address).json().keys(), address
    for address, code in WITHOUT_SERVERS.items():
        answer = root.get(PLUGIN + address)
        assert (answer.status_code, answer.json()["code"]) == (503, code), address


def test_files_and_what_is_sent(root: Browser) -> None:
    template = root.get(f"{PLUGIN}storage/quota/template/")
    assert "group-quotas-template.csv" in template.headers["Content-Disposition"]
    group = {"group": "cell-biology", "quota_gb": 5}
    # As a script of the Docker edition sends it; only that nothing is changed is ours.
    sent = root.post(f"{PLUGIN}storage/quota/update/", {"updates": [group], "dry_run": True}).json()
    assert {"quotas_gb", "reconcile"} <= sent.keys()
    answer = root.client.post(
        f"{PLUGIN}storage/quota/import/",
        data={"dry_run": "1"},
        files={"file": ("quotas.csv", b"Group,Quota [GB]\ncell-biology,5\n", "text/csv")},
        headers={"X-CSRFToken": root.token},
    )
    assert {"quotas_gb", "reconcile"} <= answer.json().keys()
    run = root.post(f"{PLUGIN}server-database-testing/run/", {"scripts": ["plugin_database"]})
    assert "request_id" in run.json()
    for address in ("storage/quota/update/", "storage/quota/import/"):
        assert root.get(PLUGIN + address).status_code == 405


@pytest.mark.parametrize("below", ["", "api/v1/query?query=up", "d/redis-metrics/redis"])
def test_proxies_are_gone_and_say_so(root: Browser, below: str) -> None:
    for proxy in PROXIES:
        answer = root.get(f"{PLUGIN}resource-monitoring/{proxy}/{below}")
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")
        assert "passes nothing on" in answer.json()["error"]
        # No method passes anything on.
        assert root.post(f"{PLUGIN}resource-monitoring/{proxy}/{below}", {}).status_code == 405


@pytest.fixture
def with_grafana(whole: WholeSite, tmp_path: Path) -> Iterator[Browser]:
    """The root of a site that has Grafana."""
    names = {
        "ADMIN_TOOLS_GRAFANA_URL": GRAFANA,
        "ADMIN_TOOLS_NAMESPACE": "imaging",
        "ADMIN_TOOLS_INSTANCE": "demo",
    }
    with local_services.web_beside(whole.site, tmp_path, **names) as web:
        yield Browser(web.url).log_in("root", whole.site.standin.password)


def test_dashboards_are_found_where_grafana_is_now(with_grafana: Browser) -> None:
    def leads_to(below: str) -> Any:
        address = f"{PLUGIN}resource-monitoring/grafana-proxy/{below}"
        answer = with_grafana.client.get(address, follow_redirects=False)
        assert answer.status_code == 302
        return answer.headers["Location"]

    site = "?var-namespace=imaging&var-instance=demo"
    assert leads_to("d/redis-metrics/redis") == f"{GRAFANA}/d/redis-metrics{site}"
    assert leads_to("d/database-metrics/database?orgId=1") == f"{GRAFANA}/d/database-metrics{site}"
    first = f"{GRAFANA}/d/omero-infrastructure{site}"
    for other in ("", "api/health", "https://evil.example/", "//evil.example/d/x"):
        assert leads_to(other) == first

"""The pages of the admin tools beside a real Prometheus and log store, and when these are away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from browser.keep import picture
from site_ring.installation import RELEASE, SYSTEM, Site
from site_ring.login import log_in
from site_ring.monitoring import prometheus
from tools.common.wait import wait_until

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]

LOGS = "omeroweb_admin_tools/logs/"
RESOURCES = "omeroweb_admin_tools/resource-monitoring/"
MS_TO_BE_SHOWN = 180_000


@contextmanager
def away(site: Site, part: str) -> Iterator[None]:
    """A part of the monitoring has no pod."""
    workload = f"statefulset/{RELEASE}-{part}"
    scale = ("scale", workload, "--namespace", SYSTEM)
    pods = ("wait", "--for=delete", "pod", f"{RELEASE}-{part}-0", "--namespace", SYSTEM)
    site.kubectl.run(*scale, "--replicas=0")
    try:
        site.kubectl.run(*pods, "--timeout=600s")
        yield
    finally:
        site.kubectl.run(*scale, "--replicas=1")
    ready = ("rollout", "status", workload, "--namespace", SYSTEM, "--timeout=600s")
    site.kubectl.run(*ready)


def no_answer(name: str) -> re.Pattern[str]:
    """What a page says of a server that is away: which, and since when."""
    return re.compile(rf"{name} gives no answer since 20\d\d-\d\d-\d\d \d\d:\d\d UTC: \S+")


def test_the_page_of_resources_shows_what_prometheus_has_measured(
    watched: Site, page: Page
) -> None:
    site = watched

    def drawn() -> bool:
        rate = f'rate(omero_web_requests_total{{instance="{site.name}"}}[5m])'
        return bool(prometheus(site.kubectl, "query", query=rate)["result"])

    wait_until(drawn, 600, str, pause=2)
    log_in(page, site)
    page.goto(f"{site.url}{RESOURCES}")
    main = page.locator("main")
    pod = main.locator("#pods").get_by_role("rowheader", name=f"{site.name}-server-0")
    expect(pod).to_be_visible(timeout=MS_TO_BE_SHOWN)
    for chart in ("Nodes: Memory", "Pods: Memory", "Databases: Size", "OMERO.web: Requests"):
        image = main.get_by_role("img", name=chart).first
        expect(image).to_be_visible(timeout=MS_TO_BE_SHOWN)
    expect(main.get_by_role("alert")).to_be_empty()
    picture(page, "cluster-resources")


def test_a_log_store_that_is_away_is_named_and_the_rest_works(watched: Site, page: Page) -> None:
    site = watched
    log_in(page, site)
    with away(site, "victorialogs"):
        page.goto(f"{site.url}{LOGS}")
        status = page.locator("#logs-status")
        expect(status).to_contain_text(no_answer("The log store"), timeout=MS_TO_BE_SHOWN)
        picture(page, "cluster-logs-without-store")
        page.goto(f"{site.url}{RESOURCES}")
        image = page.get_by_role("img", name="Nodes: Memory").first
        expect(image).to_be_visible(timeout=MS_TO_BE_SHOWN)
    page.goto(f"{site.url}{LOGS}")
    expect(page.locator("#logs-status")).to_contain_text("newest first", timeout=MS_TO_BE_SHOWN)


def test_a_prometheus_that_is_away_is_named_and_the_rest_works(watched: Site, page: Page) -> None:
    site = watched
    log_in(page, site)
    with away(site, "prometheus"):
        page.goto(f"{site.url}{RESOURCES}")
        status = page.locator("#figures-status")
        expect(status).to_contain_text(no_answer("Prometheus"), timeout=MS_TO_BE_SHOWN)
        pod = page.locator("#pods").get_by_role("rowheader", name=f"{site.name}-server-0")
        expect(pod).to_be_visible()
        picture(page, "cluster-resources-without-prometheus")
    page.goto(f"{site.url}{RESOURCES}")
    image = page.get_by_role("img", name="Nodes: Memory").first
    expect(image).to_be_visible(timeout=MS_TO_BE_SHOWN)
